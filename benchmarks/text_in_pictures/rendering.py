"""Pictures of text: pages, screenshots, receipts, signs, captions on photographs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from benchmarks.common import ROOT
from benchmarks.text_in_pictures.texts import LINES

_FONTS = Path("/usr/share/fonts")
_NOTO = _FONTS / "truetype/noto/NotoSans-Regular.ttf"
_NOTO_CJK = _FONTS / "opentype/noto/NotoSansCJK-Regular.ttc"
_CJK_FACES: Mapping[str, int] = {"Korean": 1, "Chinese": 2}
_PHOTOGRAPHS = (
    "city-nights/tower-bridge.jpg",
    "flowers/dandelion-meadow.jpg",
    "city-nights/notre-dame.jpg",
)


@dataclass(frozen=True)
class Rendered:
    """A picture and the lines that are written on it. size: of the letters, in pixels."""

    language: str
    kind: str
    size: int
    image: Image.Image
    lines: Sequence[str]


def missing_fonts() -> list[Path]:
    """Fonts that must be installed first (fonts-noto-core and fonts-noto-cjk)."""
    return [font for font in (_NOTO, _NOTO_CJK) if not font.is_file()]


def rendered_pictures() -> Iterator[Rendered]:
    """All of them, always the same."""
    for language, lines in LINES.items():
        for kind, (render, sizes) in _KINDS.items():
            for size in sizes:
                image, written = render(language, lines, size)
                yield Rendered(language, kind, size, image, written)


Render = Callable[[str, Sequence[str], int], tuple[Image.Image, Sequence[str]]]


@cache
def _font(language: str, size: int) -> ImageFont.FreeTypeFont:
    if language in _CJK_FACES:
        return ImageFont.truetype(_NOTO_CJK, size, index=_CJK_FACES[language])
    return ImageFont.truetype(_NOTO, size)


def _page(language: str, lines: Sequence[str], size: int) -> tuple[Image.Image, Sequence[str]]:
    return _screen(language, lines, size, "white", "black"), lines


def _dark(language: str, lines: Sequence[str], size: int) -> tuple[Image.Image, Sequence[str]]:
    image = _screen(language, lines, size, "#1e1f26", "#d7dae0")
    ImageDraw.Draw(image).rectangle((0, 0, image.width, 20), fill="#3b3d4a")
    return image, lines


def _screen(
    language: str, lines: Sequence[str], size: int, background: str, ink: str
) -> Image.Image:
    font = _font(language, size)
    width = int(max(font.getlength(line) for line in lines)) + 120
    image = Image.new("RGB", (max(900, width), 80 + len(lines) * size * 2), background)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((60, 40 + number * size * 2), line, fill=ink, font=font)
    return image


def _receipt(language: str, lines: Sequence[str], size: int) -> tuple[Image.Image, Sequence[str]]:
    """Narrow grey paper with some noise, photographed at a small angle."""
    font = _font(language, size)
    written = lines[2:]
    width = int(max(font.getlength(line) for line in written)) + 160
    paper = Image.new("RGB", (width, 60 + len(written) * size * 2), "#dedbd2")
    draw = ImageDraw.Draw(paper)
    for number, line in enumerate(written):
        draw.text((30, 30 + number * size * 2), line, fill="#4a4642", font=font)
    turned = paper.rotate(2.5, Image.Resampling.BICUBIC, expand=True, fillcolor="#5b4a3a")
    noise = np.random.default_rng(size).normal(0, 9, (turned.height, turned.width, 1))
    noisy = np.clip(np.asarray(turned, dtype=np.float64) + noise, 0, 255)
    return Image.fromarray(noisy.astype(np.uint8)), written


def _sign(language: str, lines: Sequence[str], size: int) -> tuple[Image.Image, Sequence[str]]:
    """A board of two lines on a photograph, turned a little."""
    font = _font(language, size)
    written = lines[4:6]
    width = int(max(font.getlength(line) for line in written)) + 80
    board = Image.new("RGBA", (width, size * 4), "#145a32")
    draw = ImageDraw.Draw(board)
    for number, line in enumerate(written):
        draw.text((40, size // 2 + number * int(size * 1.6)), line, fill="white", font=font)
    board = board.rotate(8, Image.Resampling.BICUBIC, expand=True)
    image = _photograph(0, (board.width + 200, board.height + 300))
    image.paste(board, (100, 150), board)
    return image, written


def _caption(language: str, lines: Sequence[str], size: int) -> tuple[Image.Image, Sequence[str]]:
    """White letters with a thin dark edge, directly on a photograph."""
    font = _font(language, size)
    written = lines[:3]
    width = int(max(font.getlength(line) for line in written)) + 100
    image = _photograph(size, (max(width, 800), 600))
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(written):
        place = (50, 280 + number * int(size * 1.8))
        draw.text(place, line, "white", font, stroke_width=max(1, size // 16), stroke_fill="black")
    return image, written


def _photograph(number: int, size: tuple[int, int]) -> Image.Image:
    name = _PHOTOGRAPHS[number % len(_PHOTOGRAPHS)]
    with Image.open(ROOT / "resources" / "samples" / name) as photograph:
        return photograph.convert("RGB").resize(size)


_KINDS: Mapping[str, tuple[Render, Sequence[int]]] = {
    "page": (_page, (12, 16, 24, 36, 60)),
    "dark screenshot": (_dark, (12, 16, 24, 36)),
    "receipt": (_receipt, (14, 20)),
    "sign": (_sign, (32, 60)),
    "caption on a photograph": (_caption, (20, 40)),
}
