"""Thumbnails: one small JPEG for each content id, made from the decode that indexing does."""

from __future__ import annotations

import io
import os
import threading
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


def save_thumb(thumbs: Path, picture: int, image: Image.Image) -> None:
    """Write the thumbnail of an upright RGB image, whole or not at all. Raises OSError."""
    target = thumb_path(thumbs, picture)
    factor = -(-max(image.size) // THUMB_SIDE)
    small = image.reduce(factor) if factor > 1 else image.copy()
    small.info.clear()
    part = target.with_suffix(f".{threading.get_ident()}.part")
    try:
        _save(small, part)
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _save(image: Image.Image, path: Path) -> None:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=82)
    try:
        path.write_bytes(buffer.getbuffer())
    except FileNotFoundError:  # the first one in its folder
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(buffer.getbuffer())
