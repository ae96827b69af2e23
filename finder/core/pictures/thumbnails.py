"""Thumbnails: one small JPEG for each content id, made from the decode that indexing does."""

from __future__ import annotations

import io
import os
import threading
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL import Image

THUMB_SIDE = 400
"""Maximum of the longest side, in pixels. Pictures are averaged down by whole factors, which takes
a tenth of the time of resizing, so thumbnails have 200 to 400 pixels (about 12 kB)."""


def thumbnail_path(thumbs: Path, picture: int) -> Path:
    """The path of a picture's thumbnail, in one of 256 folders so that none grows too large."""
    name = f"{picture:016x}"
    return thumbs / name[-2:] / f"{name}.jpg"


def save_thumbnail(thumbs: Path, picture: int, image: Image.Image) -> int:
    """Write the thumbnail of an upright RGB image; returns the CRC-32 of its bytes. Raises OSError.

    An existing thumbnail is replaced atomically. A new one is written in place, which is faster: it
    is not read before the catalogue contains the picture, and if the process is killed the picture
    is indexed again.
    """
    target = str(thumbnail_path(thumbs, picture))
    factor = -(-max(image.size) // THUMB_SIDE)
    small = image.reduce(factor) if factor > 1 else image.copy()
    small.info.clear()
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=82)
    data = buffer.getbuffer()
    try:
        _write(target, data)
    except FileExistsError:
        _replace(target, data)
    return zlib.crc32(data)


def _replace(path: str, data: memoryview) -> None:
    part = f"{path}.{threading.get_ident()}.part"
    with suppress(FileNotFoundError):
        os.unlink(part)
    _write(part, data)
    try:
        os.replace(part, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise


def _write(path: str, data: memoryview) -> None:
    """Write a new file; a partial one is deleted. Raises OSError."""
    file = _create(path)
    try:
        with file:
            file.write(data)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(path)
        raise


def _create(path: str) -> BinaryIO:
    try:
        return open(path, "xb")
    except FileNotFoundError:  # the first thumbnail in its folder
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return open(path, "xb")
