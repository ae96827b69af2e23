"""The thumbnail feed: ready pixmaps by content id; what is missing is asked for, newest first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from finder.jobs.task_runner import Lane, Task, TaskRunner
from finder.jobs.workspace import Workspace

_KEPT_BYTES = 160_000_000  # 250 pixmaps of 400 × 400, 1,000 of 200 × 200
_ASKED_AT_ONCE = 8


class ThumbnailFeed(QObject):
    """`pixmap` only looks up. `arrived` tells which picture's thumbnail is there now."""

    arrived = Signal(object)  # a content id: 63 bits, more than a C++ int

    def __init__(self, door: TaskRunner, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._door = door
        self._workspace = workspace
        self._kept: OrderedDict[int, QPixmap] = OrderedDict()
        self._bytes = 0
        self._wanted: list[int] = []
        self._asked: dict[int, Task] = {}
        self._epoch = ""

    def enter(self, epoch: str) -> None:
        """Forget what was loaded in another epoch of the library: a repair may have made again a
        thumbnail that was damaged or missing."""
        if epoch == self._epoch:
            return
        self._epoch = epoch
        for ticket in self._asked.values():
            ticket.drop()
        self._asked.clear()
        self._kept.clear()
        self._bytes = 0

    def pixmap(self, picture: int) -> QPixmap | None:
        """The thumbnail, a null pixmap if the picture has none, None if it is not loaded yet."""
        found = self._kept.get(picture)
        if found is not None:
            self._kept.move_to_end(picture)
        return found

    def want(self, pictures: Iterable[int]) -> None:
        """Load these next, in this order; what was wanted before comes after."""
        fresh = [p for p in pictures if p not in self._kept and p not in self._asked]
        queued = set(fresh)
        self._wanted = fresh + [p for p in self._wanted if p not in queued][:500]
        self._ask()

    def _ask(self) -> None:
        while self._wanted and len(self._asked) < _ASKED_AT_ONCE:
            picture = self._wanted.pop(0)
            if picture in self._kept or picture in self._asked:
                continue
            self._asked[picture] = self._door.call(
                Lane.THUMBS,
                partial(self._workspace.pictures.thumb, picture),
                partial(self._keep, picture),
            )

    def _keep(self, picture: int, image: QImage) -> None:
        self._asked.pop(picture, None)
        self._kept[picture] = QPixmap.fromImage(image)
        self._bytes += _size(self._kept[picture])
        while self._bytes > _KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= _size(oldest)
        self.arrived.emit(picture)
        self._ask()


def _size(pixmap: QPixmap) -> int:
    """Bytes; one that is empty takes room, too."""
    return 1_000 + 4 * pixmap.width() * pixmap.height()
