"""Lays the library out in another thread, again and again while the window's edge is dragged."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.gui.library.browse.listed_pictures import GridSize, ListedPictures


class LaneLayout(QObject):
    """The newest request wins. What is under way is finished, so that the grid follows while it is
    being dragged; requests that came after it, and are not the newest, are left out. Signals:
    finished(ListedPictures); failed(error)."""

    finished = Signal(object)
    failed = Signal(object)

    def __init__(self, task_runner: TaskRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._task_runner = task_runner
        self._task: Task | None = None
        self._next: tuple[ListedPictures, GridSize] | None = None

    def lay_out(self, listed: ListedPictures, size: GridSize) -> None:
        self._next = listed, size
        if self._task is None:
            self._begin()

    def clear(self) -> None:
        """Other pictures are shown now."""
        if self._task is not None:
            self._task.drop()
        self._task = self._next = None

    def _begin(self) -> None:
        self._task = None
        if self._next is not None:
            (listed, size), self._next = self._next, None
            self._task = self._task_runner.call(
                Lane.LAYOUT, partial(listed.laid_out, size), self._finish, self._fail
            )

    def _finish(self, listed: ListedPictures) -> None:
        self._begin()
        self.finished.emit(listed)

    def _fail(self, error: BaseException) -> None:
        self._begin()
        self.failed.emit(error)
