"""Opens the storage dialog; reads where the vectors are, tries a server and moves them there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.gui.storage.background_sync import SyncState
from finder.gui.storage.server_actions import ServerActions
from finder.gui.storage.storage_words import tested_words
from finder.gui.storage.storage_work import StorageWork
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.server.connection_test import ServerFacts
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.sending import SendProgress
    from finder.core.library.server.server_address import ServerAddress
    from finder.gui.storage.storage_dialog import StorageDialog
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.library_overview import Overview
    from finder.use_cases.library.vector_store import StoreStatus


class StorageController(QObject):
    """At most one dialog is there, with one work under way. That goes on where the dialog is
    closed, and opening it again shows it.

    Signals: moved: the vectors are elsewhere now; followed: pictures of other machines may have
    come or gone; synchronised: all changes were exchanged; status_changed(text): how something
    ended after the dialog was closed; failed(error without a message, or after that).
    """

    moved = Signal()
    followed = Signal()
    synchronised = Signal()
    status_changed = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        overview: Callable[[], Overview],
        task_runner: TaskRunner,
        workspace: Workspace,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._overview = overview
        self._task_runner = task_runner
        self._storage = workspace.storage
        self._folder = str(workspace.home.root)
        self._window = window
        self._dialog: StorageDialog | None = None
        self._sync = SyncState()

    # The dialog

    def open(self) -> None:
        """Show the dialog, or bring it to the front."""
        from finder.gui.storage.storage_dialog import StorageDialog

        if self._dialog is not None:
            self._dialog.show()
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        self._dialog = dialog = StorageDialog(self._folder, self._window)
        work = StorageWork(
            dialog,
            self._task_runner,
            self.failed.emit,
            self.status_changed.emit,
            partial(self._closed, dialog),
        )
        actions = ServerActions(
            work,
            self._task_runner,
            self._storage,
            self.moved.emit,
            self.followed.emit,
            self.synchronised.emit,
            lambda: self._read(work, actions),
        )
        dialog.server.test_requested.connect(partial(self._test_or_stop, work, actions))
        dialog.server.move_requested.connect(partial(self._move, work, actions))
        dialog.server.cancel_requested.connect(partial(self._cancel_moving, work))
        dialog.finished.connect(lambda _: work.close())
        dialog.place.show_sync(self._sync)
        dialog.show()
        self._task_runner.call(
            Lane.SERVER,
            self._storage.has_keyring,
            partial(self._show_keyring, work),
            self.failed.emit,
        )
        self._read(work, actions)

    def show_sync(self, state: SyncState) -> None:
        """How following the other machines goes."""
        self._sync = state
        if self._dialog is not None:
            self._dialog.place.show_sync(state)

    def _show_keyring(self, work: StorageWork, has_keyring: bool) -> None:
        if not work.is_closed:
            work.dialog.server.form.show_keyring(has_keyring)

    def _closed(self, dialog: StorageDialog) -> None:
        self._dialog = None
        dialog.deleteLater()

    # Where the vectors are

    def _read(self, work: StorageWork, actions: ServerActions) -> None:
        work.drop_reading()
        failed = partial(self._reading_failed, work)
        known = partial(self._show_known, work, actions)
        work.read(Lane.QUICK, self._storage.known, known, failed)

    def _show_known(self, work: StorageWork, actions: ServerActions, status: StoreStatus) -> None:
        """What is known here; then ask the server, if there is one."""
        activity = work.dialog.activity
        self._show_status(work, actions, status)
        if status.settings.is_server:
            if not activity.verdict.text:
                activity.show_busy(tr("Asking the server …"))
            stop = CancelToken()
            work.read(
                Lane.SERVER,
                partial(self._storage.status, stop),
                partial(self._show_answer, work, actions),
                partial(self._reading_failed, work),
                stop,
            )

    def _show_answer(self, work: StorageWork, actions: ServerActions, status: StoreStatus) -> None:
        if work.is_idle:
            work.dialog.activity.end_busy()
        self._show_status(work, actions, status)

    def _show_status(self, work: StorageWork, actions: ServerActions, status: StoreStatus) -> None:
        work.settings = status.settings
        actions.note_status(status)
        work.dialog.show_status(status, {spec.name: spec for spec in self._overview().models})
        work.dialog.set_can_act(work.is_idle)

    def _reading_failed(self, work: StorageWork, error: BaseException) -> None:
        message = work.message(error)
        if message is not None and work.is_idle:
            work.dialog.activity.show_problem(message)

    # Trying a server

    def _test_or_stop(self, work: StorageWork, actions: ServerActions) -> None:
        if not work.is_idle:
            work.drop()
            work.dialog.server.verdict.show_note(tr("The test was stopped."))
            return
        typed = self._typed(work)
        if typed is None:
            return
        address, secret = typed
        work.dialog.server.show_testing()
        stop, keeps = CancelToken(), secret is not None and work.server is not None
        work.begin(
            self._task_runner.call(
                Lane.SERVER,
                partial(self._storage.test, address, secret, keeps, stop),
                partial(self._tested, work, actions, address, keeps),
                partial(self._failed_there, work),
                stop,
            ),
            ends_with_dialog=True,
        )

    def _tested(
        self,
        work: StorageWork,
        actions: ServerActions,
        address: ServerAddress,
        is_signed_in: bool,
        facts: ServerFacts,
    ) -> None:
        if not work.end():
            return
        server = work.dialog.server
        server.verdict.show_success(*tested_words(address, facts))
        work.dialog.reveal_server()
        if is_signed_in:
            server.form.secret.clear()
            work.dialog.activity.clear()
            self._read(work, actions)

    # Moving there

    def _move(self, work: StorageWork, actions: ServerActions) -> None:
        typed = self._typed(work)
        if typed is None or not work.can_begin:
            return
        address, secret = typed
        server = work.dialog.server
        server.show_moving(work.waiting_text(Lane.LIBRARY))
        stop, machine = CancelToken(), server.form.typed_machine()
        precision = server.form.typed_precision()
        work.begin(
            self._task_runner.run(
                Lane.LIBRARY,
                partial(self._storage.move, address, machine, secret, precision, stop),
                partial(self._show_progress, work),
                partial(self._moved, work, actions, address),
                partial(self._failed_there, work),
                stop,
            )
        )

    def _show_progress(self, work: StorageWork, progress: SendProgress) -> None:
        if not work.is_closed:
            work.dialog.server.show_progress(progress)

    def _cancel_moving(self, work: StorageWork) -> None:
        if not work.is_idle:
            work.dialog.server.show_stopping()
            work.cancel()

    def _moved(
        self,
        work: StorageWork,
        actions: ServerActions,
        address: ServerAddress,
        _: SendProgress | None,
    ) -> None:
        """Also after it was cancelled, perhaps too late."""
        self.moved.emit()
        dialog = work.dialog
        if work.was_cancelled:
            said = (
                tr("Copying was stopped; the vectors are used where they were."),
                tr("What was sent stays on the server. The next time, copying goes on there."),
            )
            if work.end(*said):
                dialog.server.verdict.show_note(*said)
                self._read(work, actions)
        else:
            now = tr("The vectors are on {server} now.").format(server=address.shown)
            if work.end(now):
                dialog.server.form.secret.clear()
                dialog.activity.show_success(now)
                self._read(work, actions)

    def _typed(self, work: StorageWork) -> tuple[ServerAddress, Secret | None] | None:
        """None if it cannot be used, which the dialog then says."""
        server = work.dialog.server
        try:
            return server.form.typed_address(), server.form.typed_secret()
        except FinderError as error:
            server.verdict.show_failure(error.sentence, error.hint)
            work.dialog.reveal_server()
            return None

    def _failed_there(self, work: StorageWork, error: BaseException) -> None:
        message = work.message(error)
        if work.end() and message is not None:
            work.dialog.server.verdict.show_failure(message.title, message.hint)
            work.dialog.reveal_server()
