"""Loads a picture in the sizes that its preview needs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from finder.gui.common.zoom.image_pyramid import ImagePyramid
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.jobs.images import PictureSource
    from finder.jobs.workspace import Workspace


class PreviewLoader(QObject):
    """Holds one picture at a time: all of its pixels may be 200 MB. Signal: changed, when
    `pyramid` is another one, or has more pixels."""

    changed = Signal()

    def __init__(self, task_runner: TaskRunner, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._task_runner = task_runner
        self._workspace = workspace
        self._task: Task | None = None
        self._source: PictureSource | None = None
        self._side = 0
        self.pyramid = ImagePyramid()

    def begin(self, image: QImage, size: QSize) -> None:
        """Another picture. image: what is loaded of it, may be null; size: in pixels."""
        self._drop_task()
        self._source, self._side = None, 0
        self.pyramid = ImagePyramid([image], size)
        self.changed.emit()

    def set_source(self, source: PictureSource | None) -> None:
        """Where more of its pixels are; None: nowhere now."""
        if source != self._source:
            self._drop_task()
            self._source, self._side = source, 0

    def add(self, images: Sequence[QImage]) -> None:
        """The same picture in other sizes."""
        larger = [image for image in images if image.width() > self.pyramid.loaded_width]
        if larger:
            self.pyramid.add(larger)
            self.changed.emit()

    def load(self, side: int) -> None:
        """Load it with up to so many pixels in its longer side, if it has more than are loaded."""
        is_complete = self.pyramid.loaded_width >= self.pyramid.size.width() > 0
        if self._source is None or side <= self._side or is_complete:
            return
        self._drop_task()
        self._side = side
        self._task = self._task_runner.call(
            Lane.PREVIEW, partial(self._workspace.pictures.levels, self._source, side), self.add
        )

    def clear(self) -> None:
        self.begin(QImage(), QSize())

    def _drop_task(self) -> None:
        if self._task is not None:
            self._task.drop()
            self._task = None
