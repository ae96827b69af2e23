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
"""Longest side in pixels, at most: pictures are averaged down by whole factors, which takes a tenth
of the time of a resize to one size, so a thumbnail has 200 to 400 (about 12 kB)."""


def thumbnail_path(thumbs: Path, picture: int) -> Path:
    """Where a picture's thumbnail lies: 256 folders, so that none grows too large."""
    name = f"{picture:016x}"
    return thumbs / name[-2:] / f"{name}.jpg"


def save_thumbnail(thumbs: Path, picture: int, image: Image.Image) -> int:
    """Write the thumbnail of an upright RGB image. Gives the CRC-32 of its bytes. Raises OSError.

    One that is there already is replaced in one step. A new one is written in place, which is
    faster: nobody looks for it before the catalogue has its picture, and if the process is killed
    the picture is indexed again.
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
        part = f"{target}.{threading.get_ident()}.part"
        with suppress(FileNotFoundError):
            os.unlink(part)
        _write(part, data)
        try:
            os.replace(part, target)
        except BaseException:
            os.unlink(part)
            raise
    return zlib.crc32(data)


def _write(path: str, data: memoryview) -> None:
    """A new file, whole or not at all. Raises OSError."""
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
    except FileNotFoundError:  # the first one in its folder
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return open(path, "xb")
