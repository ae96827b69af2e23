"""Thumbnails: one small JPEG for each content id, made from the decode that indexing does."""

from __future__ import annotations

import io
import os
import threading
import zlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

THUMB_SIDE = 400
"""Longest side in pixels, at most: pictures are averaged down by whole factors, which takes a tenth
of the time of a resize to one size, so a thumbnail has 200 to 400 (about 12 kB)."""


def thumb_path(thumbs: Path, picture: int) -> Path:
    """Where a picture's thumbnail lies: 256 folders, so that none grows too large."""
    name = f"{picture:016x}"
    return thumbs / name[-2:] / f"{name}.jpg"


def save_thumb(thumbs: Path, picture: int, image: Image.Image) -> int:
    """Write the thumbnail of an upright RGB image, whole or not at all. Gives the CRC-32 of its
    bytes. Raises OSError."""
    target = str(thumb_path(thumbs, picture))
    factor = -(-max(image.size) // THUMB_SIDE)
    small = image.reduce(factor) if factor > 1 else image.copy()
    small.info.clear()
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=82)
    part = f"{target}.{threading.get_ident()}.part"
    try:
        _write(part, buffer.getbuffer())
        os.replace(part, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part)
        raise
    return zlib.crc32(buffer.getbuffer())


def _write(path: str, data: memoryview) -> None:
    try:
        with open(path, "wb") as file:
            file.write(data)
    except FileNotFoundError:  # the first one in its folder
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
