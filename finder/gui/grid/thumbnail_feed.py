"""A cache of thumbnails by content id; missing ones are loaded, the newest request first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from finder.jobs.task_runner import Lane, Task, TaskRunner

NORMAL: Final = "normal"
THUMBNAIL_MEMORY: Final = {"small": 40_000_000, NORMAL: 160_000_000, "large": 480_000_000}
"""Bytes of the cache by the values of the setting. Normal: 250 pixmaps of 400 × 400, 1,000 of
200 × 200."""
_TASKS = 3
_PER_TASK = 4
"""Pictures that are loaded together: each task costs the GUI thread time, and a newer request waits
for those that have begun."""


class ThumbnailFeed(QObject):
    """`pixmap` only looks up the cache. Signal: loaded(content id), when a thumbnail is in it."""

    loaded = Signal(object)  # a content id: 63 bits, more than a C++ int

    def __init__(
        self,
        task_runner: TaskRunner,
        load: Callable[[Sequence[int]], Sequence[QImage]],
        parent: QObject,
    ) -> None:
        """load: returns the thumbnails of content ids; called in the threads of `Lane.THUMBS`."""
        super().__init__(parent)
        self._task_runner = task_runner
        self._load = load
        self._cache: OrderedDict[int, QPixmap] = OrderedDict()
        self._bytes = 0
        self._most_bytes = THUMBNAIL_MEMORY[NORMAL]
        self._queue: list[int] = []
        self._loading: dict[int, Task] = {}
        self._epoch = ""

    def set_epoch(self, epoch: str) -> None:
        """Clear the cache if the library's epoch is another one: a repair may have replaced damaged
        thumbnails."""
        if epoch == self._epoch:
            return
        self._epoch = epoch
        for task in self._loading.values():
            task.drop()
        self._loading.clear()
        self._cache.clear()
        self._bytes = 0

    def pixmap(self, picture: int) -> QPixmap | None:
        """The thumbnail, a null pixmap if the picture has none, None if it is not loaded yet."""
        found = self._cache.get(picture)
        if found is not None:
            self._cache.move_to_end(picture)
        return found

    def request(self, pictures: Iterable[int]) -> None:
        """Load these next, in this order, before those of earlier requests."""
        new = [p for p in pictures if p not in self._cache and p not in self._loading]
        queued = set(new)
        self._queue = new + [p for p in self._queue if p not in queued][:500]
        self._load_next()

    def set_memory(self, setting: str) -> None:
        """How much the cache may hold; what is too much is dropped at once, the oldest first."""
        self._most_bytes = THUMBNAIL_MEMORY.get(setting, THUMBNAIL_MEMORY[NORMAL])
        self._make_room()

    def _load_next(self) -> None:
        while self._queue and len(set(self._loading.values())) < _TASKS:
            pictures, self._queue = self._queue[:_PER_TASK], self._queue[_PER_TASK:]
            new = [p for p in pictures if p not in self._cache and p not in self._loading]
            if new:
                task = self._task_runner.call(
                    Lane.THUMBS, partial(self._load, new), partial(self._store, new)
                )
                self._loading.update(dict.fromkeys(new, task))

    def _store(self, pictures: Sequence[int], images: Sequence[QImage]) -> None:
        for picture, image in zip(pictures, images, strict=True):
            self._loading.pop(picture, None)
            self._cache[picture] = QPixmap.fromImage(image)
            self._bytes += _size(self._cache[picture])
        self._make_room()
        for picture in pictures:
            self.loaded.emit(picture)
        self._load_next()

    def _make_room(self) -> None:
        while self._bytes > self._most_bytes:
            _, oldest = self._cache.popitem(last=False)
            self._bytes -= _size(oldest)


def _size(pixmap: QPixmap) -> int:
    """Bytes; a null pixmap counts, too."""
    return 1_000 + 4 * pixmap.width() * pixmap.height()
