"""Opens the storage dialog; asks the server, moves the vectors there and back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.gui.common.notices.messages import Message, message_for
from finder.gui.storage.storage_words import pulled_words, tested_words
from finder.jobs.task_runner import Lane, Run, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.server.connection_test import ServerFacts
    from finder.core.library.server.credentials import Secret
    from finder.core.library.server.mirror import Pulled
    from finder.core.library.server.sending import SendProgress
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import StoreSettings
    from finder.gui.storage.storage_dialog import StorageDialog
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.library_overview import Overview
    from finder.use_cases.library.vector_store import StoreStatus

Value = TypeVar("Value")


class StorageController(QObject):
    """At most one dialog is open, with one work under way; closing it ends that.

    Signals: moved: the vectors are elsewhere now; followed: pictures of other machines may have
    come or gone; failed(error without a message).
    """

    moved = Signal()
    followed = Signal()
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
        self._settings: StoreSettings | None = None
        self._reading: list[Task] = []
        self._looking: Task | None = None
        self._work: Task | None = None

    # The dialog

    def open(self) -> None:
        """Show the dialog, or bring it to the front."""
        from finder.gui.storage.storage_dialog import StorageDialog

        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        self._dialog = dialog = StorageDialog(self._folder, self._window)
        dialog.place.sync_requested.connect(partial(self._synchronise, dialog))
        dialog.place.bring_back_requested.connect(partial(self._ask_to_bring_back, dialog))
        dialog.server.test_requested.connect(partial(self._test_or_stop, dialog))
        dialog.server.move_requested.connect(partial(self._move, dialog))
        dialog.server.cancel_requested.connect(partial(self._cancel_moving, dialog))
        dialog.finished.connect(partial(self._closed, dialog))
        dialog.show()
        self._looking = self._task_runner.call(
            Lane.SERVER,
            self._storage.has_keyring,
            dialog.server.form.show_keyring,
            self.failed.emit,
        )
        self._read(dialog)

    def _closed(self, dialog: StorageDialog, _: int) -> None:
        """End what is under way. Moving ends at its next step; bringing back does not end early,
        and the window follows either."""
        self._dialog = None
        self._drop_reading()
        if self._looking is not None:
            self._looking.drop()
        work, self._work = self._work, None
        if isinstance(work, Run):
            work.cancel()
        elif work is not None and work.stop is not None:
            work.stop.set()
        dialog.deleteLater()

    # Where the vectors are

    def _read(self, dialog: StorageDialog) -> None:
        self._drop_reading()
        failed = partial(self._reading_failed, dialog)
        self._call(Lane.QUICK, self._storage.known, partial(self._show_known, dialog), failed)

    def _show_known(self, dialog: StorageDialog, status: StoreStatus) -> None:
        """What is known here; then ask the server, if there is one."""
        self._show_status(dialog, status)
        if status.settings.is_server:
            if not dialog.place.verdict.text:
                dialog.place.show_busy(tr("Asking the server …"))
            stop = CancelToken()
            self._call(
                Lane.SERVER,
                partial(self._storage.status, stop),
                partial(self._show_answer, dialog),
                partial(self._reading_failed, dialog),
                stop,
            )

    def _show_answer(self, dialog: StorageDialog, status: StoreStatus) -> None:
        if self._work is None:
            dialog.place.end_busy()
        self._show_status(dialog, status)

    def _show_status(self, dialog: StorageDialog, status: StoreStatus) -> None:
        self._settings = status.settings
        titles = {spec.name: spec.title for spec in self._overview().models}
        dialog.show_status(status, titles)
        dialog.set_can_act(self._work is None)

    def _reading_failed(self, dialog: StorageDialog, error: BaseException) -> None:
        message = self._message(error)
        if message is not None and self._work is None:
            dialog.place.show_problem(message)

    def _call(
        self,
        lane: Lane,
        function: Callable[[], Value],
        done: Callable[[Value], None],
        failed: Callable[[BaseException], None],
        stop: CancelToken | None = None,
    ) -> None:
        """For what is read: it is dropped with the dialog."""
        self._reading.append(self._task_runner.call(lane, function, done, failed, stop))

    def _drop_reading(self) -> None:
        for task in self._reading:
            task.drop()
        self._reading.clear()

    # Trying a server

    def _test_or_stop(self, dialog: StorageDialog) -> None:
        if self._work is not None:
            self._work.drop()
            self._end(dialog)
            dialog.server.verdict.show_note(tr("The test was stopped."))
            return
        typed = self._typed(dialog)
        if typed is None:
            return
        address, secret = typed
        dialog.server.show_testing()
        stop, keeps = CancelToken(), secret is not None and self._used_server() is not None
        self._begin(
            dialog,
            self._task_runner.call(
                Lane.SERVER,
                partial(self._storage.test, address, secret, keeps, stop),
                partial(self._tested, dialog, address, keeps),
                partial(self._failed_there, dialog),
                stop,
            ),
        )

    def _tested(
        self, dialog: StorageDialog, address: ServerAddress, is_signed_in: bool, facts: ServerFacts
    ) -> None:
        if self._dialog is not dialog:
            return
        self._end(dialog)
        dialog.server.verdict.show_success(*tested_words(address, facts))
        dialog.reveal(dialog.server)
        if is_signed_in:
            dialog.server.form.secret.clear()
            dialog.place.show_busy("")
            self._read(dialog)

    # Moving there

    def _move(self, dialog: StorageDialog) -> None:
        typed = self._typed(dialog)
        if typed is None or self._work is not None:
            return
        address, secret = typed
        dialog.server.show_moving(self._waiting_text())
        stop, machine = CancelToken(), dialog.server.form.typed_machine()
        self._begin(
            dialog,
            self._task_runner.run(
                Lane.LIBRARY,
                partial(self._storage.move, address, machine, secret, stop),
                lambda progress: self._show_progress(dialog, progress),
                partial(self._moved, dialog, address),
                partial(self._failed_there, dialog),
                stop,
            ),
        )

    def _show_progress(self, dialog: StorageDialog, progress: SendProgress) -> None:
        if self._dialog is dialog:
            dialog.server.show_progress(progress)

    def _cancel_moving(self, dialog: StorageDialog) -> None:
        if isinstance(self._work, Run):
            dialog.server.show_stopping()
            self._work.cancel()

    def _moved(self, dialog: StorageDialog, address: ServerAddress, _: SendProgress | None) -> None:
        """Also after it was cancelled, perhaps too late."""
        self.moved.emit()
        if self._dialog is not dialog:
            return
        cancelled = isinstance(self._work, Run) and self._work.cancelled
        self._end(dialog)
        if cancelled:
            dialog.server.verdict.show_note(
                tr("Copying was stopped; the vectors are used where they were."),
                tr("What was sent stays on the server. The next time, copying goes on there."),
            )
        else:
            dialog.server.form.secret.clear()
            dialog.place.show_success(
                tr("The vectors are on {server} now.").format(server=address.shown)
            )
            dialog.reveal(dialog.place)
        self._read(dialog)

    # Back, and synchronising

    def _ask_to_bring_back(self, dialog: StorageDialog) -> None:
        from finder.gui.storage.storage_dialog import ask_to_bring_back

        address = self._used_server()
        if address is not None and self._work is None:
            ask_to_bring_back(dialog, address.shown, partial(self._bring_back, dialog))

    def _bring_back(self, dialog: StorageDialog) -> None:
        self._work_here(
            dialog, tr("Bringing the vectors back …"), self._storage.bring_back, self._brought_back
        )

    def _brought_back(self, dialog: StorageDialog, _: None) -> None:
        self.moved.emit()
        if self._dialog is dialog:
            self._end(dialog)
            dialog.place.show_success(tr("The vectors are in the library’s folder again."))
            dialog.server.verdict.clear()
            self._read(dialog)

    def _synchronise(self, dialog: StorageDialog) -> None:
        stop = CancelToken()
        function = partial(self._storage.synchronise, stop)
        self._work_here(dialog, tr("Synchronising …"), function, self._synchronised, stop)

    def _synchronised(self, dialog: StorageDialog, pulled: Pulled) -> None:
        self.followed.emit()
        if self._dialog is dialog:
            self._end(dialog)
            dialog.place.show_success(pulled_words(pulled))
            self._read(dialog)

    def _work_here(
        self,
        dialog: StorageDialog,
        text: str,
        function: Callable[[], Value],
        done: Callable[[StorageDialog, Value], None],
        stop: CancelToken | None = None,
    ) -> None:
        if self._work is not None or self._dialog is not dialog:
            return
        self._drop_reading()
        dialog.place.show_busy(self._waiting_text() or text)
        failed = partial(self._failed_here, dialog)
        task = self._task_runner.call(Lane.LIBRARY, function, partial(done, dialog), failed, stop)
        self._begin(dialog, task)

    # All of them

    def _typed(self, dialog: StorageDialog) -> tuple[ServerAddress, Secret | None] | None:
        """None if it cannot be used, which the dialog then says."""
        form = dialog.server.form
        try:
            return form.typed_address(), form.typed_secret()
        except FinderError as error:
            dialog.server.verdict.show_failure(error.sentence, error.hint)
            dialog.reveal(dialog.server)
            return None

    def _used_server(self) -> ServerAddress | None:
        return self._settings.address if self._settings is not None else None

    def _waiting_text(self) -> str:
        busy = self._task_runner.busy(Lane.LIBRARY)
        return tr("Waiting for indexing to finish …") if busy else ""

    def _begin(self, dialog: StorageDialog, work: Task) -> None:
        self._work = work
        dialog.set_can_act(False)

    def _end(self, dialog: StorageDialog) -> None:
        self._work = None
        dialog.server.show_idle()
        dialog.set_can_act(True)

    def _failed_there(self, dialog: StorageDialog, error: BaseException) -> None:
        message = self._failed_work(dialog, error)
        if message is not None:
            dialog.server.verdict.show_failure(message.title, message.hint)
            dialog.reveal(dialog.server)

    def _failed_here(self, dialog: StorageDialog, error: BaseException) -> None:
        self.followed.emit()  # a part may have been done
        message = self._failed_work(dialog, error)
        if message is not None:
            dialog.place.show_problem(message)
            dialog.reveal(dialog.place)

    def _failed_work(self, dialog: StorageDialog, error: BaseException) -> Message | None:
        """What to show of it; None if the dialog is closed, too."""
        message = self._message(error)
        if self._dialog is not dialog:
            return None
        self._end(dialog)
        return message

    def _message(self, error: BaseException) -> Message | None:
        """None for a bug, which is reported, and for what was cancelled."""
        if isinstance(error, Cancelled):
            return None
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        return message
