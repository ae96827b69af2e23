"""Thumbnails: one small JPEG for each content id, made from the decode that indexing does."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

THUMB_SIDE = 320
"""Longest side in pixels: sharp at 160 on a screen of double density, about 15 kB each."""


def thumb_path(thumbs: Path, picture: int) -> Path:
    """Where a picture's thumbnail lies: 256 folders, so that none grows too large."""
    name = f"{picture:016x}"
    return thumbs / name[-2:] / f"{name}.jpg"


def save_thumb(thumbs: Path, picture: int, image: Image.Image) -> None:
    """Write the thumbnail of an upright RGB image, whole or not at all. Raises OSError."""
    from PIL.Image import Resampling

    target = thumb_path(thumbs, picture)
    small = image.copy()
    small.thumbnail((THUMB_SIDE, THUMB_SIDE), Resampling.BILINEAR)
    small.info.clear()
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(f".{threading.get_ident()}.part")
    try:
        small.save(part, "JPEG", quality=82)
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
