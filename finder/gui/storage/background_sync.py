"""Follows what the other machines of a shared library do, while the window is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.i18n import tr
from finder.gui.common.notices.messages import Message, message_for
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.server.mirror import Pulled
    from finder.gui.common.notices.notice_bar import NoticeBar
    from finder.jobs.workspace import Workspace

_EVERY_MS = 120_000
_FIRST_MS = 1_500
"""After the start, when what the window shows first has been read."""


@dataclass(frozen=True)
class SyncState:
    """succeeded: when changes were last exchanged since the window was opened; problem: why not
    since then."""

    succeeded: datetime | None = None
    problem: Message | None = None


class BackgroundSync(QObject):
    """Exchanges changes with the other machines on start and every two minutes; not while something
    else writes to the library, for which it gives way at once. A failure is shown once, until it is
    another one or an exchange has succeeded.

    Signals: followed: pictures of other machines have come or gone; noted: `state` is another one;
    storage_requested, by the user; failed(error without a message).
    """

    followed = Signal()
    noted = Signal()
    storage_requested = Signal()
    failed = Signal(object)

    def __init__(
        self,
        is_read_only: Callable[[], bool],
        notice: NoticeBar,
        task_runner: TaskRunner,
        workspace: Workspace,
        parent: QObject,
    ) -> None:
        """is_read_only: whether nothing can be written to the library now."""
        super().__init__(parent)
        self._is_read_only = is_read_only
        self._notice = notice
        self._task_runner = task_runner
        self._storage = workspace.storage
        self._task: Task | None = None
        self._state = SyncState()
        self._shown = ""
        self._first = QTimer(self, singleShot=True, interval=_FIRST_MS)
        self._timer = QTimer(self, interval=_EVERY_MS)
        for timer in (self._first, self._timer):
            timer.timeout.connect(self.synchronise)
        task_runner.queued.connect(self._give_way)

    @property
    def state(self) -> SyncState:
        return self._state

    def start(self) -> None:
        """Begin, if the library is on a server; also after it was moved."""
        self.stop()
        self._task_runner.call(
            Lane.QUICK, self._storage.is_shared, self._begin, self._starting_failed
        )

    def stop(self) -> None:
        self._first.stop()
        self._timer.stop()
        self._drop()

    def _begin(self, is_shared: bool) -> None:
        if is_shared:
            self._first.start()
            self._timer.start()
        else:
            self._note(SyncState())

    def _starting_failed(self, error: BaseException) -> None:
        """Where the vectors are cannot be read."""
        self._show_failure(error)

    def synchronise(self) -> None:
        """Now, unless something else writes to the library."""
        if self._task_runner.busy(Lane.LIBRARY) or self._is_read_only():
            return
        stop = CancelToken()
        self._task = self._task_runner.call(
            Lane.LIBRARY, partial(self._storage.follow, stop), self._ended, self._ended_badly, stop
        )

    def _give_way(self, lane: str) -> None:
        if lane == Lane.LIBRARY and self._task is not None and self._task.stop is not None:
            self._task.stop.set()

    def _drop(self) -> None:
        if self._task is not None:
            self._task.drop()
            self._task = None

    def _ended(self, pulled: Pulled | None) -> None:
        self._task = None
        if pulled is None:
            return
        self.note_success()
        if pulled.files or pulled.gone or pulled.vectors:
            self.followed.emit()

    def _ended_badly(self, error: BaseException) -> None:
        self._task = None
        if isinstance(error, Cancelled):
            self.followed.emit()  # a part may have been done
        else:
            self._show_failure(error)

    def note_success(self) -> None:
        """Changes have just been exchanged, here or by the user."""
        self._note(SyncState(datetime.now(UTC)))

    def _show_failure(self, error: BaseException) -> None:
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
            return
        is_new = self._state.problem != message
        self._note(replace(self._state, problem=message))
        if is_new:
            self._shown = message.text
            self._notice.show_notice(message.text, tr("Storage…"), self.storage_requested.emit)

    def _note(self, state: SyncState) -> None:
        if state.problem is None and self._shown:
            self._notice.clear_text(self._shown)
            self._shown = ""
        self._state = state
        self.noted.emit()
