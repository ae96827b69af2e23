"""Where a library keeps its vectors: in its folder, or on a Milvus server."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.suggestions import did_you_mean
from finder.workers.deferred_imports import import_deferred

if TYPE_CHECKING:
    from collections.abc import Mapping

    from finder.core.library.server.connection_test import ServerFacts
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.machines import Machine
    from finder.core.library.server.mirror import Pulled
    from finder.core.library.server.sending import SendProgress
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import IndexType, StoreSettings
    from finder.core.library.writer import LibraryWriter
    from finder.core.paths import Home


@dataclass(frozen=True)
class StoreStatus:
    """vectors: how many each model has in the store; here: how many this machine knows. machines:
    that share it; indexes: of each model on a server. Both are empty for a library in its
    folder."""

    settings: StoreSettings
    vectors: Mapping[str, int]
    here: Mapping[str, int]
    version: str = ""
    indexes: Mapping[str, str] = field(default_factory=dict)
    machines: Mapping[str, Machine] = field(default_factory=dict)


def store_status(home: Home, cancelled: Callable[[], bool] | None = None) -> StoreStatus:
    """Asks the server, if there is one. Raises FinderError, Cancelled."""
    from finder.core.library.catalogue.catalogue import open_existing

    known = known_status(home)
    settings, here = known.settings, known.here
    if not settings.is_server:
        return known
    with closing(open_existing(home)) as catalogue:
        states = catalogue.models.states()
    _import_client()
    from finder.core.library.server.patience import Patience
    from finder.core.library.server.server_library import ServerLibrary
    from finder.core.library.server.server_store import ServerStore

    with closing(ServerStore(ServerLibrary(settings, patience=Patience(cancelled)))) as store:
        vectors = {name: store.count(state) for name, state in states.items()}
        machines = store.library.state.machines()
        indexes = {
            name: str(store.describe_index(state).get("index_type", ""))
            for name, state in states.items()
            if store.has(state)
        }
        version = store.library.client.version()
        return StoreStatus(settings, vectors, here, version, indexes, machines)


def use_server(
    home: Home,
    address: ServerAddress,
    holder: str,
    machine: str = "",
    secret: Secret | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Generator[SendProgress]:
    """From now on the library's vectors are on this server. All that is here is sent first; until
    that is complete the library stays what it was, and a new call goes on where it was stopped.
    machine: this machine's name among those that share the library; secret: if it is not the one
    that is kept. Raises FinderError, Cancelled."""
    _import_client()
    from finder.core.library.server.store_settings import read_store_settings, require_machine_name

    before = read_store_settings(home)
    _require_other(before, address)
    if machine and before.is_server and machine != before.machine:
        raise FinderError(
            tr("This machine is “{name}” in the library.").format(name=before.machine),
            tr("To change that, bring the vectors back first: image-finder store use embedded"),
        )
    settings = replace(before, address=address, mirror=True)
    if machine:
        settings = replace(settings, machine=require_machine_name(machine))
    yield from _send_to(home, settings, holder, secret, joins=True, cancelled=cancelled)


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


def copy_to_embedded(home: Home, holder: str, verifies: bool = False) -> Generator[SendProgress]:
    """Put a copy of all vectors that this machine has into the library's folder, and stay on the
    server. Raises FinderError."""
    _import_client()
    from finder.core.library.server.sending import SendProgress, Step, verify
    from finder.core.library.server.store_settings import read_store_settings
    from finder.core.library.vectors.milvus_lite_backend import MilvusLiteBackend
    from finder.core.library.writer import LibraryWriter

    used_address(home)
    if not read_store_settings(home).mirror:
        raise FinderError(
            tr("This machine has no copy of the vectors that could be put into the folder."),
            tr("First fetch them: image-finder store mirror on"),
        )
    with LibraryWriter(home, holder, MilvusLiteBackend(home)) as writer:
        states = writer.catalogue.models.states()
        for number, name in enumerate(states):
            yield SendProgress(Step.VECTORS, number, len(states), name)
            store = writer.store.opened_for(name)
        if verifies and states:
            yield from verify(writer, store)


def use_embedded(home: Home, holder: str) -> None:
    """From now on the library's vectors are in its folder again, those of this machine's pictures.
    What is on the server stays there. Raises FinderError."""
    _import_client()
    from finder.core.library.server.server_counts import forget_counts
    from finder.core.library.server.store_settings import read_store_settings, write_store_settings
    from finder.core.library.vectors.milvus_lite_backend import MilvusLiteBackend
    from finder.core.library.writer import LibraryWriter

    settings = read_store_settings(home)
    if not settings.is_server:
        raise FinderError(
            tr("The vectors of this library are in its folder already."),
            tr("“image-finder store” shows where."),
        )
    if not settings.mirror:  # else there is nothing here to fill the folder with
        set_mirror(home, True, holder)
    with LibraryWriter(home, holder, MilvusLiteBackend(home)) as writer:
        from finder.core.library.server.mirror import Mirror

        with writer.catalogue.transaction():
            writer.catalogue.unpublished.end()
            forget_counts(writer.catalogue)
        Mirror(writer).forget()
        writer.store.repair()
        write_store_settings(home, replace(settings, address=None, mirror=True))


def synchronise(home: Home, holder: str, cancelled: Callable[[], bool] | None = None) -> Pulled:
    """Exchange with the other machines what has changed. Raises FinderError, Cancelled."""
    _import_client()
    from finder.core.library.server.server_backend import ServerBackend
    from finder.core.library.server.store_settings import read_store_settings
    from finder.core.library.writer import LibraryWriter

    settings = read_store_settings(home)
    if not settings.is_server:
        raise FinderError(
            tr("The vectors of this library are in its folder: no other machine has them."),
            tr("image-finder store use URI puts them on a server."),
        )
    with LibraryWriter(home, holder, ServerBackend(settings, cancelled=cancelled)) as writer:
        assert writer.sharing is not None
        writer.store.repair_unstamped()
        _register_models(writer)
        return writer.sharing.synchronise()


def _register_models(writer: LibraryWriter) -> None:
    """The installed models that other machines have indexed with: a machine that has indexed
    nothing finds what they have."""
    from finder.core.library.catalogue.records import ModelState
    from finder.core.models.registry import list_models

    known, store = writer.catalogue.models.states(), writer.store.opened()
    installed, _ = list_models(writer.home.model_dirs())
    new = [
        spec
        for spec in installed
        if spec.name not in known
        and store.has(ModelState(spec.name, spec.version, spec.sha256, spec.dimension, 0, 0, 0))
    ]
    if new:
        writer.register_models(new)


def set_mirror(home: Home, is_on: bool, holder: str) -> None:
    """Keep a copy of all vectors on this machine, or search on the server only. Nothing on the
    server is changed. Raises FinderError."""
    _import_client()
    from finder.core.library.server.mirror import Mirror
    from finder.core.library.server.server_backend import ServerBackend
    from finder.core.library.server.server_counts import forget_counts
    from finder.core.library.server.store_settings import read_store_settings, write_store_settings
    from finder.core.library.vectors.vector_matrix import drop_all_but
    from finder.core.library.writer import LibraryWriter

    used_address(home)
    settings = replace(read_store_settings(home), mirror=is_on)
    if not is_on:
        synchronise(home, holder)  # what is only here must be there first
    with LibraryWriter(home, holder, ServerBackend(settings)) as writer:
        assert writer.sharing is not None
        if is_on:  # until that is complete, searches go on on the server
            with writer.catalogue.transaction():
                forget_counts(writer.catalogue)
            writer.store.repair()
            _register_models(writer)
            writer.synchronise()
            write_store_settings(home, settings)
        else:
            write_store_settings(home, settings)
            Mirror(writer).forget()
            drop_all_but(home.nearest, ())
            writer.sharing.follow()


def index_server(home: Home, wanted: IndexType, holder: str) -> Generator[tuple[str, str]]:
    """Index the vectors on the server anew, with this type from now on; yields each model with the
    type that it has got. Nobody can search a model meanwhile. Raises FinderError."""
    _import_client()
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.server.store_settings import read_store_settings, write_store_settings
    from finder.core.library.writer import LibraryWriter

    used_address(home)
    write_store_settings(home, replace(read_store_settings(home), index=wanted))
    with LibraryWriter(home, holder) as writer:
        store = writer.store.opened()
        assert isinstance(store, ServerStore)
        for name, state in writer.catalogue.models.states().items():
            if store.has(state):
                yield name, store.build_index(state, wanted)


def forget_machine(home: Home, machine: str, holder: str) -> int:
    """Remove a machine that is gone for good from a shared library. Returns how many files it had.
    Raises FinderError: it is this one, or there is none of that name."""
    _import_client()
    from finder.core.library.server.store_settings import read_store_settings
    from finder.core.library.writer import LibraryWriter

    used_address(home)
    if machine == read_store_settings(home).machine:
        raise FinderError(
            tr("“{name}” is this machine.").format(name=machine),
            tr("To leave the server, use: image-finder store use embedded"),
        )
    known = store_status(home).machines
    if machine not in known:
        raise FinderError(
            tr("No machine “{name}” shares this library.").format(name=machine),
            did_you_mean(machine, known) or tr("“image-finder store” lists them."),
        )
    with LibraryWriter(home, holder) as writer:
        assert writer.sharing is not None
        return writer.sharing.forget_machine(machine)


def map_folder(home: Home, folder: str, here: str | None) -> StoreSettings:
    """Keep where a folder of another machine ("nas-2:/mnt/photos") is here, or with None that it is
    nowhere. Raises FinderError."""
    from finder.core.library.server.path_mappings import add_mapping
    from finder.core.library.server.store_settings import read_store_settings, write_store_settings

    before = read_store_settings(home)
    mappings = {name: path for name, path in before.mappings.items() if name != folder}
    if here is not None:
        mappings = add_mapping(mappings, folder, here)
    elif len(mappings) == len(before.mappings):
        raise FinderError(
            tr("{folder} has no place on this machine.").format(folder=folder),
            did_you_mean(folder, before.mappings)
            or tr("“image-finder store” lists those that do."),
        )
    after = replace(before, mappings=mappings)
    write_store_settings(home, after)
    return after


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


def try_server(
    address: ServerAddress,
    secret: Secret | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ServerFacts:
    """Connect, and try all that a library needs there. Raises FinderError with the reason,
    Cancelled."""
    _import_client()
    from finder.core.library.server.connection_test import try_connection
    from finder.core.library.server.credentials import secret_of
    from finder.core.library.server.server_client import ServerClient

    secret = secret or secret_of(address)
    with closing(ServerClient(address, secret, cancelled=cancelled)) as client:
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
    cancelled: Callable[[], bool] | None = None,
) -> Generator[SendProgress]:
    """joins: and use it from now on. This machine's name and token are kept before anything is
    sent, so that it is the same machine after an interruption."""
    from finder.core.library.server.patience import Patience
    from finder.core.library.server.sending import join, send, verify
    from finder.core.library.server.server_backend import ServerBackend
    from finder.core.library.server.server_library import ServerLibrary
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.server.store_settings import read_store_settings, write_store_settings
    from finder.core.library.writer import LibraryWriter

    before = read_store_settings(home)
    with LibraryWriter(home, holder) as writer:  # what is here must be right before it is sent
        writer.store.repair_unstamped()
        writer.removals.finish()
        settings = settings.with_machine()
        _keep_identity(home, settings)
        with closing(ServerLibrary(settings, secret, Patience(cancelled))) as library:
            settings = join(library, writer.catalogue)
        _keep_identity(home, settings)
    with LibraryWriter(home, holder, ServerBackend(settings, secret, cancelled)) as writer:
        store = writer.store.opened()
        assert isinstance(store, ServerStore)
        yield from send(writer, store)
        if verifies:
            yield from verify(writer, store)
        if joins:
            _register_models(writer)
            writer.synchronise()
            write_store_settings(home, settings)
            _remove_embedded(home)
            return
        with writer.catalogue.transaction():
            if before.is_server:  # the server in use must hear of all that was marked as published
                writer.catalogue.unpublished.begin()
            else:
                writer.catalogue.unpublished.end()


def _keep_identity(home: Home, settings: StoreSettings) -> None:
    """This machine's name and token."""
    from finder.core.library.server.store_settings import read_store_settings, write_store_settings

    kept = read_store_settings(home)
    write_store_settings(home, replace(kept, machine=settings.machine, token=settings.token))


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


def known_status(home: Home) -> StoreStatus:
    """What is known without asking the server: of a library on one, no vectors there, no version,
    no machines. Raises FinderError."""
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.core.library.server.store_settings import read_store_settings

    settings = read_store_settings(home)
    with closing(open_existing(home)) as catalogue:
        here = catalogue.embeddings.counts()
    return StoreStatus(settings, {} if settings.is_server else here, here)


def sign_in(address: ServerAddress, secret: Secret) -> bool:
    """From now on this is the secret for the server. False where no keyring keeps it: then it is
    held until the program ends."""
    from finder.core.library.server.credentials import hold_secret, keep_secret

    is_kept = keep_secret(address, secret)
    hold_secret(address, type(secret)() if is_kept else secret)
    return is_kept
