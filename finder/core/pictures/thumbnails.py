"""Thumbnails: a small JPEG of each picture, made from the decode that indexing does."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

THUMB_SIDE = 400
"""Maximum of the longest side, in pixels. Pictures are averaged down by whole factors, which takes
a tenth of the time of resizing, so thumbnails have 200 to 400 pixels (about 12 kB)."""


def encode_thumbnail(image: Image.Image) -> bytes:
    """The thumbnail of an upright RGB image, as a JPEG file without metadata."""
    factor = -(-max(image.size) // THUMB_SIDE)
    small = image.reduce(factor) if factor > 1 else image.copy()
    small.info.clear()
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()
