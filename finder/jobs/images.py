"""Pictures as QImage, for the window; made in worker threads, where QPixmap is not allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from finder.core.errors import SkippedPicture
from finder.core.limits import MAX_PIXELS

if TYPE_CHECKING:
    from PIL import Image


def from_pillow(image: Image.Image) -> QImage:
    """An RGB image as a QImage that owns its pixels."""
    data = image.tobytes("raw", "RGB")
    stride = image.width * 3
    return QImage(data, image.width, image.height, stride, QImage.Format.Format_RGB888).copy()


def load_picture(path: str, side: int, max_pixels: int = MAX_PIXELS) -> QImage:
    """A picture file, upright, its longer side at most `side` pixels; null if unreadable."""
    from PIL.Image import Resampling

    from finder.core.pictures.decode import decode, read_file

    try:
        image = decode(read_file(path), side // 2, max_pixels).image
    except SkippedPicture:
        return QImage()
    image.thumbnail((side, side), Resampling.BICUBIC)
    return from_pillow(image)
