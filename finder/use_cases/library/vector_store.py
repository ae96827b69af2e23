"""Where a library keeps its vectors: in its folder, or on a Milvus server."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.workers.deferred_imports import import_deferred

if TYPE_CHECKING:
    from collections.abc import Mapping

    from finder.core.library.server.connection_test import ServerFacts
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.machines import Machine
    from finder.core.library.server.mirror import Pulled
    from finder.core.library.server.sending import SendProgress
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import StoreSettings
    from finder.core.paths import Home


@dataclass(frozen=True)
class StoreStatus:
    """vectors: how many each model has in the store; here: how many this machine knows. machines:
    that share it; empty for a library in its folder."""

    settings: StoreSettings
    vectors: Mapping[str, int]
    here: Mapping[str, int]
    version: str = ""
    machines: Mapping[str, Machine] = field(default_factory=dict)


def store_status(home: Home) -> StoreStatus:
    """Asks the server, if there is one. Raises FinderError."""
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.core.library.server.store_settings import read_store_settings

    settings = read_store_settings(home)
    with closing(open_existing(home)) as catalogue:
        states = catalogue.models.states()
        here = catalogue.embeddings.counts()
    if not settings.is_server:
        return StoreStatus(settings, here, here)
    _import_client()
    from finder.core.library.server.server_library import ServerLibrary
    from finder.core.library.server.server_store import ServerStore

    with closing(ServerStore(ServerLibrary(settings))) as store:
        vectors = {name: store.count(state) for name, state in states.items()}
        machines = store.library.state.machines()
        return StoreStatus(settings, vectors, here, store.library.client.version(), machines)


def use_server(
    home: Home,
    address: ServerAddress,
    holder: str,
    machine: str = "",
    secret: Secret | None = None,
) -> Generator[SendProgress]:
    """From now on the library's vectors are on this server. All that is here is sent first; until
    that is complete the library stays what it was, and a new call goes on where it was stopped.
    machine: this machine's name among those that share the library; secret: if it is not the one
    that is kept. Raises FinderError."""
    _import_client()
    from finder.core.library.server.store_settings import (
        read_store_settings,
        require_machine_name,
        write_store_settings,
    )

    before = read_store_settings(home)
    _require_other(before, address)
    settings = replace(before, address=address, mirror=True)
    settings = yield from _send_to(
        home,
        replace(settings, machine=require_machine_name(machine)) if machine else settings,
        holder,
        secret,
        joins=True,
    )
    write_store_settings(home, settings)
    _remove_embedded(home)


def copy_to_server(
    home: Home,
    address: ServerAddress,
    holder: str,
    verifies: bool = False,
    secret: Secret | None = None,
) -> Generator[SendProgress]:
    """Send all that this machine has to a server, and stay where it is. verifies: fetch every
    vector again, and compare it. Raises FinderError."""
    _import_client()
    from finder.core.library.server.store_settings import read_store_settings

    before = read_store_settings(home)
    settings = replace(before, address=address)
    yield from _send_to(home, settings, holder, secret, joins=False, verifies=verifies)


def use_embedded(home: Home, holder: str) -> None:
    """From now on the library's vectors are in its folder again, those of this machine's pictures.
    What is on the server stays there. Raises FinderError."""
    _import_client()
    from finder.core.library.server.store_settings import read_store_settings, write_store_settings
    from finder.core.library.vectors.milvus_lite_backend import MilvusLiteBackend
    from finder.core.library.writer import LibraryWriter

    settings = read_store_settings(home)
    if not settings.is_server:
        raise FinderError(
            tr("The vectors of this library are in its folder already."),
            tr("“image-finder store” shows where."),
        )
    with LibraryWriter(home, holder, MilvusLiteBackend(home)) as writer:
        from finder.core.library.server.mirror import Mirror

        with writer.catalogue.transaction():
            writer.catalogue.unpublished.end()
        Mirror(writer).forget()
        writer.store.repair()
        write_store_settings(home, replace(settings, address=None, mirror=True))


def synchronise(home: Home, holder: str) -> Pulled:
    """Exchange with the other machines what has changed. Raises FinderError."""
    _import_client()
    from finder.core.library.writer import LibraryWriter

    with LibraryWriter(home, holder) as writer:
        if writer.sharing is None:
            raise FinderError(
                tr("The vectors of this library are in its folder: no other machine has them."),
                tr("image-finder store use URI puts them on a server."),
            )
        writer.store.repair_unstamped()
        return writer.sharing.synchronise()


def used_address(home: Home) -> ServerAddress:
    """The server that the library is on. Raises FinderError where it is on none."""
    from finder.core.library.server.store_settings import read_store_settings

    address = read_store_settings(home).address
    if address is None:
        raise FinderError(
            tr("The vectors of this library are in its folder, not on a server."),
            tr("Name a server: image-finder store test http://host:19530"),
        )
    return address


def try_server(address: ServerAddress, secret: Secret | None = None) -> ServerFacts:
    """Connect, and try all that a library needs there. Raises FinderError with the reason."""
    _import_client()
    from finder.core.library.server.connection_test import try_connection
    from finder.core.library.server.credentials import secret_of
    from finder.core.library.server.server_client import ServerClient

    with closing(ServerClient(address, secret or secret_of(address))) as client:
        facts = try_connection(client, thorough=True)
    if facts.failure is not None:
        raise facts.failure
    return facts


def _send_to(
    home: Home,
    settings: StoreSettings,
    holder: str,
    secret: Secret | None,
    joins: bool,
    verifies: bool = False,
) -> Generator[SendProgress, None, StoreSettings]:
    """Returns the settings with this machine's name."""
    from finder.core.library.server.sending import join, send, verify
    from finder.core.library.server.server_backend import ServerBackend
    from finder.core.library.server.server_library import ServerLibrary
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.server.store_settings import read_store_settings
    from finder.core.library.writer import LibraryWriter

    is_shared = read_store_settings(home).is_server
    with LibraryWriter(home, holder) as writer:  # what is here must be right before it is sent
        writer.store.repair_unstamped()
        writer.removals.finish()
        with closing(ServerLibrary(settings, secret)) as library:
            settings = join(library, writer.catalogue)
    with LibraryWriter(home, holder, ServerBackend(settings, secret)) as writer:
        store = writer.store.opened()
        assert isinstance(store, ServerStore)
        yield from send(writer, store)
        if verifies:
            yield from verify(writer, store)
        if joins:
            writer.synchronise()
            return settings
        with writer.catalogue.transaction():
            if is_shared:  # the server in use must hear of all that was marked as published
                writer.catalogue.unpublished.begin()
            else:
                writer.catalogue.unpublished.end()
    return settings


def _require_other(settings: StoreSettings, address: ServerAddress) -> None:
    if settings.is_server and settings.address != address:
        raise FinderError(
            tr("The vectors of this library are on another server."),
            tr("Bring them back first: image-finder store use embedded"),
        )


def _remove_embedded(home: Home) -> None:
    """The database in the library's folder: the server and the mirror have all of it."""
    import shutil

    shutil.rmtree(home.vectors, ignore_errors=True)
    shutil.rmtree(home.damaged_vectors, ignore_errors=True)


def _import_client() -> None:
    import_deferred("finder.core.library.server.server_library")
