"""How a picture is divided for reading."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from finder.core.text_recognition.tiles import MOST_PIXELS, readable_size, tiles

sides = st.integers(10, 12_000)


@given(width=sides, height=sides, across=st.floats(0, 1), down=st.floats(0, 1))
def test_each_line_is_in_the_middle_of_one_part(
    width: int, height: int, across: float, down: float
) -> None:
    height = min(height, MOST_PIXELS // width)
    centre = across * width, down * height
    (tile,) = [tile for tile in tiles(width, height) if tile.keeps(centre)]
    assert tile.left <= centre[0] <= tile.right
    assert tile.top <= centre[1] <= tile.bottom


@given(width=sides, height=sides)
def test_parts_are_small_and_overlap(width: int, height: int) -> None:
    height = min(height, MOST_PIXELS // width)
    parts = list(tiles(width, height))
    assert all((t.right - t.left) * (t.bottom - t.top) < 6_000_000 for t in parts)
    assert (parts[0].left, parts[0].top) == (0, 0)
    assert (parts[-1].right, parts[-1].bottom) == (width, height)
    for one, other in pairwise(parts):
        assert one.right - other.left >= min(width, 100)
        assert one.bottom - other.top >= min(height, 100)


@pytest.mark.parametrize(
    ("size", "number"),
    [
        ((1920, 1080), 1),
        ((1333, 1000), 1),
        ((1080, 2400), 2),
        ((1080, 9000), 5),
        ((5000, 900), 3),
        ((60_000, 12), 15),
    ],
)
def test_a_screen_is_one_part_and_a_tall_screenshot_several(
    size: tuple[int, int], number: int
) -> None:
    assert len(list(tiles(*size))) == number


def test_only_what_is_too_large_is_scaled_down() -> None:
    screenshot = Image.new("RGB", (1080, 11_000))
    assert readable_size(screenshot) is screenshot
    small = readable_size(Image.new("RGB", (4_000, 12_000)))
    assert small.width * small.height <= MOST_PIXELS
    assert small.height == pytest.approx(3 * small.width, rel=0.01)
