"""Pictures as QImage, for the window; made in worker threads, where QPixmap is not allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QRect, Qt
from PySide6.QtGui import QImage, QImageReader, QTransform

from finder.core.errors import SkippedPicture
from finder.core.limits import MAX_PIXELS
from finder.core.pictures.transform import IDENTITY, Transform

if TYPE_CHECKING:
    from PIL import Image

    from finder.core.pictures.mapped_file import Bytes

_SMALLEST_LEVEL = 1_200  # pixels


@dataclass(frozen=True)
class PictureSource:
    """A file's path, or else its bytes; the part of it that is shown, turned and mirrored."""

    path: str | None
    data: Bytes = b""
    transform: Transform = IDENTITY


def from_jpeg(data: bytes) -> QImage:
    """A JPEG's picture; a null image if it is none.

    No other format is tried. Trying SVG, Qt waits for a lock of its signals, in any thread, while
    this one keeps Python's lock: a GUI thread that holds the former and waits for the latter would
    never go on, and neither would this thread.
    """
    buffer = QBuffer()
    buffer.setData(data)
    reader = QImageReader(buffer, b"jpeg")
    reader.setAutoDetectImageFormat(False)
    return reader.read() if reader.canRead() else QImage()


def from_pillow(image: Image.Image) -> QImage:
    """An RGB image as a QImage that owns its pixels."""
    data = image.tobytes("raw", "RGB")
    stride = image.width * 3
    return QImage(data, image.width, image.height, stride, QImage.Format.Format_RGB888).copy()


def load_picture(path: str, side: int, max_pixels: int = MAX_PIXELS) -> QImage:
    """A picture file, upright, its longer side at most `side` pixels; null if unreadable."""
    return _load(PictureSource(path), side, max_pixels)


def load_levels(source: PictureSource, side: int, max_pixels: int = MAX_PIXELS) -> list[QImage]:
    """A picture, its longer side at most `side` pixels, and its halves, smallest first: what is
    painted small from many pixels at once flickers. Empty if it is unreadable. In the format that
    the window paints, which would otherwise convert it while it paints."""
    image = _load(source, side, max_pixels)
    if image.isNull():
        return []
    image = transformed(image, source.transform).convertToFormat(QImage.Format.Format_RGB32)
    levels = [image]
    while max(levels[0].width(), levels[0].height()) >= 2 * _SMALLEST_LEVEL:
        half = levels[0].size() / 2
        smooth = Qt.TransformationMode.SmoothTransformation
        levels.insert(0, levels[0].scaled(half, mode=smooth))
    return levels


def transformed(image: QImage, transform: Transform) -> QImage:
    """What `Transform.apply` makes of a picture."""
    if transform.crop is not None and not image.isNull():
        left, top, right, bottom = transform.crop.in_pixels(image.width(), image.height())
        image = image.copy(QRect(left, top, right - left, bottom - top))
    if transform.quarter_turns:
        image = image.transformed(QTransform().rotate(90 * transform.quarter_turns))
    return image.transformed(QTransform().scale(-1, 1)) if transform.mirrored else image


def _load(source: PictureSource, side: int, max_pixels: int) -> QImage:
    from PIL.Image import Resampling

    from finder.core.pictures.decode import decode, read_file

    try:
        data = source.data if source.path is None else read_file(source.path)
        image = decode(data, side // 2, max_pixels).image
    except SkippedPicture:
        return QImage()
    image.thumbnail((side, side), Resampling.BICUBIC)
    return from_pillow(image)
