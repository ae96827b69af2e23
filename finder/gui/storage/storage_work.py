"""What an open storage dialog reads, and the one thing that it has under way."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.i18n import tr
from finder.gui.common.library_run import waiting_text
from finder.gui.common.notices.messages import Message, message_for
from finder.jobs.task_runner import Lane, Run, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.server.server_address import ServerAddress
    from finder.core.library.server.store_settings import StoreSettings
    from finder.gui.storage.storage_dialog import StorageDialog

Value = TypeVar("Value")


class StorageWork:
    """Of one dialog, which may be closed before its work has ended. Then a test ends with it;
    anything else goes on, and the dialog is hidden until that has ended, or it is opened again."""

    def __init__(
        self,
        dialog: StorageDialog,
        task_runner: TaskRunner,
        failed: Callable[[BaseException], object],
        said: Callable[[str], object],
        closed: Callable[[], object],
    ) -> None:
        """failed: called with an error without a message, and with any while the dialog is hidden;
        said: with what the window should say then; closed: once the dialog is not needed any more.
        """
        self.dialog = dialog
        self.settings: StoreSettings | None = None
        self.is_closed = False
        self._task_runner = task_runner
        self._failed, self._said, self._closed = failed, said, closed
        self._task: Task | None = None
        self._ends_with_dialog = False
        self._reading: list[Task] = []

    @property
    def is_idle(self) -> bool:
        return self._task is None

    @property
    def can_begin(self) -> bool:
        return self._task is None and not self.is_closed

    @property
    def was_cancelled(self) -> bool:
        return isinstance(self._task, Run) and self._task.cancelled

    @property
    def server(self) -> ServerAddress | None:
        """The one in use."""
        return self.settings.address if self.settings is not None else None

    def read(
        self,
        lane: Lane,
        function: Callable[[], Value],
        done: Callable[[Value], None],
        failed: Callable[[BaseException], None],
        stop: CancelToken | None = None,
    ) -> None:
        """It is dropped where the dialog is closed, and where something begins."""
        self._reading.append(self._task_runner.call(lane, function, done, failed, stop))

    def drop_reading(self) -> None:
        for task in self._reading:
            task.drop()
        self._reading.clear()

    def waiting_text(self, lane: Lane) -> str:
        """What must end first; empty if nothing must."""
        return waiting_text(self._task_runner) if lane is Lane.LIBRARY else ""

    def begin(self, task: Task, ends_with_dialog: bool = False) -> None:
        self._task, self._ends_with_dialog = task, ends_with_dialog
        self.dialog.set_can_act(False)

    def cancel(self) -> None:
        _cancel(self._task)

    def drop(self) -> None:
        """End it without its result."""
        if self._task is not None:
            self._task.drop()
            self.end()

    def end(self, *said: str) -> bool:
        """Nothing is under way any more. Returns whether the dialog is there to say how it ended;
        else the window says it, in these sentences."""
        self._task = None
        if self._is_hidden:
            self._said(" ".join(said))
            self._end_dialog()
        if self.is_closed:
            return False
        self.dialog.server.show_idle()
        self.dialog.set_can_act(True)
        return True

    def close(self) -> None:
        """The user has closed the dialog."""
        self.drop_reading()
        if self._task is not None and not self._ends_with_dialog:
            self._said(tr("This goes on: Library → Storage… shows how far it is."))
            return
        _cancel(self._task)
        self._end_dialog()

    @property
    def _is_hidden(self) -> bool:
        return not self.is_closed and self.dialog.isHidden()

    def _end_dialog(self) -> None:
        self.is_closed = True
        self._closed()

    def message(self, error: BaseException) -> Message | None:
        """None for what is said elsewhere (a bug, and any error while the dialog is hidden), and
        for what was cancelled."""
        if isinstance(error, Cancelled):
            return None
        message = message_for(error)
        if message is None or self._is_hidden:
            self._failed(error)
            return None
        return message


def _cancel(task: Task | None) -> None:
    """What has no token is not cancelled."""
    if isinstance(task, Run) and task.stop is not None:
        task.cancel()
    elif task is not None and task.stop is not None:
        task.stop.set()
