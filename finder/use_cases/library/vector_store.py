"""Where a library keeps its vectors: in its folder, or on a Milvus server."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from finder.core.cancellation import Cancelled
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.crops import is_crops, without_crops
from finder.core.suggestions import did_you_mean
from finder.workers.deferred_imports import import_deferred

if TYPE_CHECKING:
    from collections.abc import Mapping

    from finder.core.library.server.connection_test import ServerFacts
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.machines import Machine
    from finder.core.library.server.mirror import Pulled
    from finder.core.library.server.sending import Report
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import IndexType, Precision, StoreSettings
    from finder.core.library.writer import LibraryWriter
    from finder.core.paths import Home


@dataclass(frozen=True)
class StoreStatus:
    """vectors: how many each model has in the store; here: how many this machine knows. machines:
    that share it; indexes: of each model on a server; precisions: of those whose vectors are not
    float32 there. All are empty for a library in its folder."""

    settings: StoreSettings
    vectors: Mapping[str, int]
    here: Mapping[str, int]
    version: str = ""
    indexes: Mapping[str, str] = field(default_factory=dict)
    machines: Mapping[str, Machine] = field(default_factory=dict)
    precisions: Mapping[str, Precision] = field(default_factory=dict)


def store_status(home: Home, cancelled: Callable[[], bool] | None = None) -> StoreStatus:
    """Asks the server, if there is one. Raises FinderError, Cancelled."""
    from finder.core.library.catalogue.catalogue import open_existing

    known = known_status(home)
    settings, here = known.settings, known.here
    if not settings.is_server:
        return known
    with closing(open_existing(home)) as catalogue:
        states = without_crops(catalogue.models.states())
    import_client()
    from finder.core.library.server.patience import Patience
    from finder.core.library.server.server_library import ServerLibrary
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.server.store_settings import Precision

    with closing(ServerStore(ServerLibrary(settings, patience=Patience(cancelled)))) as store:
        vectors = {name: store.count(state) for name, state in states.items()}
        machines = store.library.state.machines()
        indexes = {
            name: str(store.describe_index(state).get("index_type", ""))
            for name, state in states.items()
            if store.has(state)
        }
        fields = {name: store.field(state) for name, state in states.items() if store.has(state)}
        precisions = {
            name: one.precision
            for name, one in fields.items()
            if one.precision is not Precision.FLOAT32
        }
        version = store.library.client.version()
        return StoreStatus(settings, vectors, here, version, indexes, machines, precisions)


def synchronise(
    home: Home,
    holder: str,
    cancelled: Callable[[], bool] | None = None,
    progress: Report | None = None,
) -> Pulled:
    """Exchange with the other machines what has changed. Raises FinderError, Cancelled."""
    import_client()
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
        if progress is not None:
            writer.sharing.report_to(progress)
        writer.store.repair_unstamped()
        register_models(writer)
        return writer.sharing.synchronise()


def register_models(writer: LibraryWriter) -> None:
    """The installed models that other machines have indexed with: a machine that has indexed
    nothing finds what they have."""
    from finder.core.library.catalogue.records import ModelState
    from finder.core.models.crops import with_crops
    from finder.core.models.registry import list_models

    known, store = writer.catalogue.models.states(), writer.store.opened()
    installed, _ = list_models(writer.home.model_dirs())
    new = [
        spec
        for spec in with_crops(installed)
        if spec.name not in known and store.has(ModelState.of(spec))
    ]
    if new:
        writer.register_models(new)


def index_server(home: Home, wanted: IndexType, holder: str) -> Generator[tuple[str, str]]:
    """Index the vectors on the server anew, with this type from now on; yields each model with the
    type that it has got. Nobody can search a model meanwhile. Raises FinderError."""
    import_client()
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.server.store_settings import update_store_settings
    from finder.core.library.writer import LibraryWriter

    used_address(home)
    with LibraryWriter(home, holder) as writer:
        update_store_settings(home, lambda kept: replace(kept, index=wanted))
        store = writer.store.opened()
        assert isinstance(store, ServerStore)
        for name, state in writer.catalogue.models.states().items():
            if store.has(state):
                made = store.build_index(state, wanted)
                if not is_crops(name):
                    yield name, made


def forget_machine(home: Home, machine: str, holder: str) -> int:
    """Remove a machine that is gone for good from a shared library. Returns how many files it had.
    Raises FinderError: it is this one, or there is none of that name."""
    import_client()
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


def map_folder(
    home: Home, folder: str, here: str | None, cancelled: Callable[[], bool] | None = None
) -> StoreSettings:
    """Keep where a folder of another machine ("nas-2:/mnt/photos") is here, or with None that it is
    nowhere. cancelled: is asked once the folder was found, which may take long on a network drive.
    Raises FinderError, Cancelled."""
    from finder.core.library.server.path_mappings import add_mapping
    from finder.core.library.server.store_settings import update_store_settings

    added = add_mapping({}, folder, here) if here is not None else {}
    if cancelled is not None and cancelled():
        raise Cancelled

    def mapped(kept: StoreSettings) -> StoreSettings:
        others = {name: path for name, path in kept.mappings.items() if name != folder}
        if not added and len(others) == len(kept.mappings):
            raise FinderError(
                tr("{folder} has no place on this machine.").format(folder=folder),
                did_you_mean(folder, kept.mappings)
                or tr("“image-finder store” lists those that do."),
            )
        return replace(kept, mappings={**others, **added})

    return update_store_settings(home, mapped)


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
    import_client()
    from finder.core.library.server.connection_test import try_connection
    from finder.core.library.server.credentials import secret_of
    from finder.core.library.server.server_client import ServerClient

    secret = secret or secret_of(address)
    with closing(ServerClient(address, secret, cancelled=cancelled)) as client:
        facts = try_connection(client, thorough=True)
    if facts.failure is not None:
        raise facts.failure
    return facts


def import_client() -> None:
    import_deferred("finder.core.library.server.server_library")


def known_status(home: Home) -> StoreStatus:
    """What is known without asking the server: of a library on one, no vectors there, no version,
    no machines. Raises FinderError."""
    from finder.core.library.catalogue.catalogue import open_existing
    from finder.core.library.server.store_settings import read_store_settings

    settings = read_store_settings(home)
    with closing(open_existing(home)) as catalogue:
        here = without_crops(catalogue.embeddings.counts())
    return StoreStatus(settings, {} if settings.is_server else here, here)


def sign_in(address: ServerAddress, secret: Secret) -> bool:
    """From now on this is the secret for the server. False where no keyring keeps it: then it is
    held until the program ends."""
    from finder.core.library.server.credentials import hold_secret, keep_secret

    is_kept = keep_secret(address, secret)
    hold_secret(address, type(secret)() if is_kept else secret)
    return is_kept
