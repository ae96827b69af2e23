"""One picture in several sizes, for a view that enlarges it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage, QPixmap


class ImagePyramid:
    """size: of the picture in pixels; it may have more than are loaded. Images may be added, the
    proportions stay."""

    def __init__(self, images: Sequence[QImage] = (), size: QSize | None = None) -> None:
        self._levels: list[QPixmap] = []
        self._size = size or QSize()
        self.add(images)

    @property
    def size(self) -> QSize:
        """Empty if there is no picture."""
        return self._size if self._levels else QSize()

    @property
    def loaded_width(self) -> int:
        """Of the largest image."""
        return self._levels[-1].width() if self._levels else 0

    def add(self, images: Sequence[QImage]) -> None:
        """Null images are left out."""
        levels = [QPixmap.fromImage(image) for image in images if not image.isNull()]
        self._levels = sorted([*self._levels, *levels], key=QPixmap.width)
        if self._levels and self._size.isEmpty():
            self._size = self._levels[-1].size()

    def level(self, width: float) -> QPixmap:
        """The smallest image that is at least so wide, else the largest."""
        wide = (level for level in self._levels if level.width() >= width)
        return next(wide, self._levels[-1] if self._levels else QPixmap())
