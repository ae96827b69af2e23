"""Moving a library's vectors: to a Milvus server and back, into a mirror and out of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from finder.core.cancellation import Cancelled
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.use_cases.library.vector_store import (
    import_client,
    register_models,
    synchronise,
    used_address,
)

if TYPE_CHECKING:
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.sending import Report, SendProgress, Step
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import Precision, StoreSettings
    from finder.core.paths import Home


def use_server(
    home: Home,
    address: ServerAddress,
    holder: str,
    machine: str = "",
    secret: Secret | None = None,
    cancelled: Callable[[], bool] | None = None,
    precision: Precision | None = None,
) -> Generator[SendProgress]:
    """From now on the library's vectors are on this server. All that is here is sent first; until
    that is complete the library stays what it was, and a new call goes on where it was stopped.
    machine: this machine's name among those that share the library; secret: if it is not the one
    that is kept; precision: of a library that is new there. Raises FinderError, Cancelled."""
    import_client()
    from finder.core.library.server.store_settings import (
        Precision,
        read_store_settings,
        require_machine_name,
    )

    before = read_store_settings(home)
    _require_other(before, address)
    if machine and before.is_server and machine != before.machine:
        raise FinderError(
            tr("This machine is “{name}” in the library.").format(name=before.machine),
            tr("To change that, bring the vectors back first: image-finder store use embedded"),
        )
    wanted = precision or (before.precision if before.is_server else Precision.FLOAT32)
    is_there = before.address == address  # then it stays as it is, with a mirror or without
    settings = replace(
        before, address=address, mirror=before.mirror if is_there else True, precision=wanted
    )
    if machine:
        settings = replace(settings, machine=require_machine_name(machine))
    yield from _send_to(home, settings, holder, secret, joins=True, cancelled=cancelled)


def copy_to_server(
    home: Home,
    address: ServerAddress,
    holder: str,
    verifies: bool = False,
    secret: Secret | None = None,
    precision: Precision | None = None,
) -> Generator[SendProgress]:
    """Send all that this machine has to a server, and stay where it is. verifies: fetch every
    vector again, and compare it; precision: as for `use_server`. Raises FinderError."""
    import_client()
    from finder.core.library.server.store_settings import Precision, read_store_settings

    before = read_store_settings(home)
    if before.is_server:
        _require_mirror(before)
    settings = replace(before, address=address, precision=precision or Precision.FLOAT32)
    yield from _send_to(home, settings, holder, secret, joins=False, verifies=verifies)


def copy_to_embedded(home: Home, holder: str, verifies: bool = False) -> Generator[SendProgress]:
    """Put a copy of all vectors that this machine has into the library's folder, and stay on the
    server. Raises FinderError."""
    import_client()
    from finder.core.library.server.sending import SendProgress, Step, verify
    from finder.core.library.server.store_settings import read_store_settings
    from finder.core.library.vectors.milvus_lite_backend import MilvusLiteBackend
    from finder.core.library.writer import LibraryWriter

    used_address(home)
    _require_mirror(read_store_settings(home))
    with LibraryWriter(home, holder, MilvusLiteBackend(home)) as writer:
        states = writer.catalogue.models.states()
        for number, name in enumerate(states):
            yield SendProgress(Step.VECTORS, number, len(states), name)
            store = writer.store.opened_for(name)
        if verifies and states:
            yield from verify(writer, store)


def use_embedded(
    home: Home,
    holder: str,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """From now on the library's vectors are in its folder again, those of this machine's pictures.
    What is on the server stays there. progress and cancelled: as for `set_mirror`; cancelled, the
    library is on the server still, and what other machines have is copied here again by the next
    run. Raises FinderError, Cancelled."""
    import_client()
    from finder.core.library.server.mirror import Mirror
    from finder.core.library.server.sending import Step
    from finder.core.library.server.server_counts import forget_counts
    from finder.core.library.server.store_settings import read_store_settings
    from finder.core.library.vectors.milvus_lite_backend import MilvusLiteBackend
    from finder.core.library.writer import LibraryWriter

    settings = read_store_settings(home)
    if not settings.is_server:
        raise FinderError(
            tr("The vectors of this library are in its folder already."),
            tr("“image-finder store” shows where."),
        )
    if not settings.mirror:  # else there is nothing here to fill the folder with
        set_mirror(home, True, holder, progress, cancelled)
    report = _checked(progress, cancelled)
    with LibraryWriter(home, holder, MilvusLiteBackend(home)) as writer:
        writer.store.watch = _watch(report, Step.FILLING)
        Mirror(writer, report).forget()
        writer.store.repair()
        with writer.catalogue.transaction():
            writer.catalogue.unpublished.end()
            forget_counts(writer.catalogue)
        _use(home, replace(settings, address=None, mirror=True))


def set_mirror(
    home: Home,
    is_on: bool,
    holder: str,
    progress: Report | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Keep a copy of all vectors on this machine, or search on the server only. Nothing on the
    server is changed. progress: is called with each step; cancelled: is asked many times a second.
    Cancelled, a mirror that is not complete is not used, and of one that is not wanted any more the
    next run removes what is left; the next call goes on. Raises FinderError, Cancelled."""
    import_client()
    from finder.core.library.server.mirror import Mirror
    from finder.core.library.server.sending import Step
    from finder.core.library.server.server_backend import ServerBackend
    from finder.core.library.server.server_counts import forget_counts
    from finder.core.library.server.store_settings import read_store_settings
    from finder.core.library.vectors.vector_matrix import drop_all_but
    from finder.core.library.writer import LibraryWriter

    used_address(home)
    report = _checked(progress, cancelled)
    before = read_store_settings(home)
    settings = replace(before, mirror=is_on)
    if not is_on:  # what is only here must be there first
        synchronise(home, holder, cancelled, report)
    if before.mirror and not is_on:
        with LibraryWriter(home, holder, ServerBackend(before, cancelled=cancelled)) as writer:
            writer.store.watch = _watch(report, Step.VECTORS)
            writer.store.compare()
    with LibraryWriter(home, holder, ServerBackend(settings, cancelled=cancelled)) as writer:
        assert writer.sharing is not None
        writer.sharing.report_to(report)
        writer.store.watch = _watch(report, Step.FETCHING)
        if is_on:  # until that is complete, searches go on on the server
            with writer.catalogue.transaction():
                forget_counts(writer.catalogue)
            writer.store.repair()
            register_models(writer)
            writer.synchronise()
            _use(home, settings)
        else:
            _use(home, settings)
            drop_all_but(home.nearest, ())
            Mirror(writer, report).forget(but_removed=True)
            writer.sharing.follow()


def _checked(progress: Report | None, cancelled: Callable[[], bool] | None) -> Report:
    def report(step: SendProgress) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled
        if progress is not None:
            progress(step)

    return report


def _watch(report: Report, step: Step) -> Callable[[str, int, int], None]:
    """For `StoreSession.watch`."""
    from finder.core.library.server.sending import SendProgress

    return lambda model, done, total: report(SendProgress(step, done, total, model))


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
    from finder.core.library.server.mirror import Pulled
    from finder.core.library.server.patience import Patience
    from finder.core.library.server.precision import agreed_precision
    from finder.core.library.server.sending import join, send, verify
    from finder.core.library.server.server_backend import ServerBackend
    from finder.core.library.server.server_library import ServerLibrary
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.server.store_settings import read_store_settings
    from finder.core.library.writer import LibraryWriter

    before = read_store_settings(home)
    with LibraryWriter(home, holder) as writer:  # what is here must be right before it is sent
        writer.store.repair_unstamped()
        writer.removals.finish()
        settings = settings.with_machine()
        _keep_identity(home, settings)
        with closing(ServerLibrary(settings, secret, Patience(cancelled))) as library:
            precision = agreed_precision(library)
            settings = replace(join(library, writer.catalogue), precision=precision)
        if not before.is_server:  # else it keeps its name on the server in use
            _keep_identity(home, settings)
    with LibraryWriter(home, holder, ServerBackend(settings, secret, cancelled)) as writer:
        store = writer.store.opened()
        assert isinstance(store, ServerStore)
        for step in chain(send(writer, store), verify(writer, store) if verifies else ()):
            yield replace(step, precision=settings.precision)
        writer.removals.finish()
        if joins:
            assert writer.sharing is not None
            register_models(writer)
            for step in writer.sharing.synchronising(Pulled()):
                yield replace(step, precision=settings.precision)
            _use(home, settings)
            _remove_embedded(home)
            return
        with writer.catalogue.transaction():
            if before.is_server:  # the server in use must hear of all that was marked as published
                writer.catalogue.unpublished.begin()
            else:
                writer.catalogue.unpublished.end()


def _keep_identity(home: Home, settings: StoreSettings) -> None:
    """This machine's name and token."""
    from finder.core.library.server.store_settings import update_store_settings

    update_store_settings(
        home, lambda kept: replace(kept, machine=settings.machine, token=settings.token)
    )


def _use(home: Home, settings: StoreSettings) -> None:
    """From now on. What another process may have changed meanwhile stays: where folders of other
    machines are, and the index."""
    from finder.core.library.server.store_settings import update_store_settings

    update_store_settings(
        home, lambda kept: replace(settings, mappings=kept.mappings, index=kept.index)
    )


def _require_mirror(settings: StoreSettings) -> None:
    if not settings.mirror:
        raise FinderError(
            tr("This machine has no copy of the vectors that could be sent."),
            tr("First fetch them: image-finder store mirror on"),
        )


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
