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
LONGEST_SIDE: Final = 5_000
"""Of a part."""
_OVERLAP, _WIDE_OVERLAP = 120, 900
"""A line that is cut must be whole in the next part: lines are wider than they are high."""
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
    overlap = _WIDE_OVERLAP if is_column else _OVERLAP
    longest = min(LONGEST_SIDE, max(2 * overlap, _TILE_PIXELS // across))
    number = max(1, math.ceil((length - overlap) / (longest - overlap)))
    step = (length - overlap) / number
    for index in range(number):
        is_last = index == number - 1
        start = math.floor(index * step)
        end = length if is_last else min(length, math.ceil((index + 1) * step) + overlap)
        # To the middle of each overlap.
        first = index * step + overlap / 2 if index else -math.inf
        kept = first, math.inf if is_last else (index + 1) * step + overlap / 2
        if is_column:
            yield Tile(start, 0, end, height, kept, is_column=True)
        else:
            yield Tile(0, start, width, end, kept)


def centre(corners: Sequence[Sequence[float]]) -> tuple[float, float]:
    """The middle of a line, from its four corners."""
    across, down = zip(*corners, strict=True)
    return sum(across) / len(corners), sum(down) / len(corners)
