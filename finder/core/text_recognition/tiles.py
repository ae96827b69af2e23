"""How a picture is divided for reading: in parts that need little memory, with all their pixels.

A part is as wide as the picture, since lines of text mostly are; only a very wide picture is cut
from left to right. Parts overlap, so that a line at the edge of one is whole in the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS: Final = 12_000_000
"""Of a whole picture, as a screenshot of 1,080 × 11,000; a larger one is read at a smaller size."""
_TILE_PIXELS: Final = 2_100_000
"""A screen of 1,920 × 1,080 is one part. Finding lines takes about 300 bytes for each pixel."""
_OVERLAP: Final = 120
_VERY_WIDE: Final = 2.0
"""Width by height."""


@dataclass(frozen=True)
class Tile:
    """A part of a picture, in pixels. kept: from and to which place, along the direction in which
    the picture is cut, this part answers for: the middle of a line is in one part only."""

    left: int
    top: int
    right: int
    bottom: int
    kept: tuple[float, float]
    is_column: bool = False

    def keeps(self, centre: tuple[float, float]) -> bool:
        """centre: of a line, across and down in the picture."""
        place = centre[0] if self.is_column else centre[1]
        return self.kept[0] <= place < self.kept[1]


def readable_size(image: Image.Image) -> Image.Image:
    """The picture, scaled down if it has more than MOST_PIXELS."""
    pixels = image.width * image.height
    if pixels <= MOST_PIXELS:
        return image
    scale = math.sqrt(MOST_PIXELS / pixels)
    return image.resize((max(1, int(image.width * scale)), max(1, int(image.height * scale))))


def tiles(width: int, height: int) -> Iterator[Tile]:
    """The parts of a picture of this size, in reading order."""
    is_column = width > _VERY_WIDE * height
    length, across = (width, height) if is_column else (height, width)
    longest = max(4 * _OVERLAP, _TILE_PIXELS // across)
    number = max(1, math.ceil((length - _OVERLAP) / (longest - _OVERLAP)))
    step = (length - _OVERLAP) / number
    for index in range(number):
        start, end = _extent(index, number, step, length)
        kept = _kept(index, number, step)
        if is_column:
            yield Tile(start, 0, end, height, kept, is_column=True)
        else:
            yield Tile(0, start, width, end, kept)


def _extent(index: int, number: int, step: float, length: int) -> tuple[int, int]:
    end = length if index == number - 1 else math.ceil((index + 1) * step) + _OVERLAP
    return math.floor(index * step), min(length, end)


def _kept(index: int, number: int, step: float) -> tuple[float, float]:
    """To the middle of each overlap."""
    middle = _OVERLAP / 2
    start = -math.inf if index == 0 else index * step + middle
    end = math.inf if index == number - 1 else (index + 1) * step + middle
    return start, end


def centre(corners: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The middle of a line, from its four corners."""
    across, down = zip(*corners, strict=True)
    return sum(across) / len(corners), sum(down) / len(corners)
