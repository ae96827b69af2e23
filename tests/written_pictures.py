"""Pictures with text on them, drawn with the font that Pillow has in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from finder.core.text_recognition.text_reader import is_installed

needs_reader = pytest.mark.skipif(
    not is_installed(), reason="the extra “ocr” is not installed: nothing reads text"
)


def written(
    lines: Sequence[str],
    size: int = 24,
    ink: str = "black",
    paper: str = "white",
    width: int = 640,
) -> Image.Image:
    """A page with these lines, from the top; size: of the letters, in pixels."""
    font = ImageFont.load_default(size)
    image = Image.new("RGB", (width, 40 + 2 * size * len(lines)), paper)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((30, 20 + 2 * size * number), line, ink, font)
    return image


def saved(image: Image.Image, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path
