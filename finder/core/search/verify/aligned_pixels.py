"""Two pictures compared pixel by pixel, once it is known where the one is in the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.search.verify.matching import Map, inverse, mapped, scale_of
from finder.core.search.verify.outlines import clipped, rectangle

if TYPE_CHECKING:
    from finder.core.search.verify.local_features import LocalFeatures

_GRID: Final = 48
"""Samples across and down what both pictures show."""
_BLOCKS: Final = 6
_FEWEST: Final = (_GRID // _BLOCKS) ** 2 // 2
"""Samples of a block that both pictures show."""
_EDGE: Final = 1.5
"""Samples at an edge that are not compared: there may be a frame beyond it."""
_TEXTURED: Final = 3.0
"""The standard deviation of grey (0 … 255) from which on a block shows something."""
_NOISE: Final = 4.0
"""Added to variances: what a poor JPEG changes in a block that is nearly flat."""
_GREY: Final = np.array([0.299, 0.587, 0.114])

_INNER = np.zeros((_GRID, _GRID), np.bool_)
_INNER[2:-2, 2:-2] = True
_IS_INNER: Final = _INNER.reshape(-1)

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class PixelAgreement:
    """Of what both pictures show. whole: the correlation of grey, -1 … 1. good: the share of the
    blocks that show something in which it is 0.6 or more; blocks: their number. colour: the
    correlation of colour; colourful: the mean amount of it (0 … 255) in the less colourful one."""

    whole: float
    good: float
    blocks: int
    colour: float
    colourful: float


NOTHING: Final = PixelAgreement(0.0, 0.0, 0, 0.0, 0.0)


def compare_pixels(one: LocalFeatures, other: LocalFeatures, map: Map) -> PixelAgreement:
    """map: from the scaled picture of the one to that of the other; it has an area."""
    common = clipped(mapped(inverse(map), rectangle(*other.size)), *one.size)
    if len(common) < 3:
        return NOTHING
    low, high = common.min(0), common.max(0)
    step = (high - low) / _GRID
    places = low + step * (np.indices((_GRID, _GRID))[::-1].reshape(2, -1).T + 0.5)
    ends = mapped(map, places)
    distance = float(np.sqrt(step.prod()))
    edge = _EDGE * distance * scale_of(map)
    shown = ((ends > edge) & (ends < np.array(other.size) - edge)).all(1)
    shown &= _IS_INNER
    first = _samples(one, places, distance)
    second = _samples(other, ends, distance * scale_of(map))
    whole, good, blocks = _grey_agreement(_smooth(first @ _GREY), _smooth(second @ _GREY), shown)
    colour, colourful = _colour_agreement(first[shown], second[shown])
    return PixelAgreement(whole, good, blocks, colour, colourful)


def _samples(features: LocalFeatures, places: Numbers, distance: float) -> Numbers:
    """The colours [n, 3] at these places of the scaled picture, which are so far apart: between the
    nearest pixels of the picture, made smaller by halves until its pixels are as far apart."""
    picture = features.small.astype(np.float64)
    pixel = features.size[0] / picture.shape[1]
    while distance > pixel * np.sqrt(2) and min(picture.shape[:2]) >= 8:
        height, width = (side // 2 * 2 for side in picture.shape[:2])
        even = picture[:height, :width]
        picture = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
        pixel *= 2
    size = np.array(picture.shape[1::-1])
    at = np.clip(places / features.size * size - 0.5, 0, size - 1)
    x, y = np.minimum(at.astype(np.int64), np.maximum(size - 2, 0)).T
    next_x, next_y = np.minimum(x + 1, size[0] - 1), np.minimum(y + 1, size[1] - 1)
    right, below = (at - np.column_stack([x, y])).T[:, :, None]
    above_row = picture[y, x] * (1 - right) + picture[y, next_x] * right
    below_row = picture[next_y, x] * (1 - right) + picture[next_y, next_x] * right
    samples: Numbers = above_row * (1 - below) + below_row * below
    return samples


def _smooth(grey: Numbers) -> Numbers:
    """The mean of each sample and its neighbours: one picture may be less sharp."""
    padded = np.pad(grey.reshape(_GRID, _GRID), 1, mode="edge")
    moved = (padded[y : y + _GRID, x : x + _GRID] for y in range(3) for x in range(3))
    return np.asarray(sum(moved)).reshape(-1) / 9


def _grey_agreement(
    first: Numbers, second: Numbers, shown: NDArray[np.bool_]
) -> tuple[float, float, int]:
    whole = _correlation(first[None], second[None], shown[None], 1e-9)[0][0]
    blocks_of = [_in_blocks(values) for values in (first, second, shown)]
    each, contrast = _correlation(blocks_of[0], blocks_of[1], blocks_of[2], _NOISE)
    textured = (contrast > _TEXTURED) & (_in_blocks(shown).sum(1) >= _FEWEST)
    blocks = int(np.count_nonzero(textured))
    good = float(np.mean(each[textured] >= 0.6)) if blocks else 0.0
    return float(whole), good, blocks


def _in_blocks(values: NDArray[Any]) -> NDArray[Any]:
    """Of each block its samples."""
    side = _GRID // _BLOCKS
    return values.reshape(_BLOCKS, side, _BLOCKS, side).transpose(0, 2, 1, 3).reshape(-1, side**2)


def _correlation(
    first: Numbers, second: Numbers, shown: NDArray[np.bool_], noise: float
) -> tuple[Numbers, Numbers]:
    """Of each row the correlation of what is shown, and the larger contrast."""
    number = np.maximum(shown.sum(1, keepdims=True), 1)
    one, other = (
        (values - (values * shown).sum(1, keepdims=True) / number) * shown
        for values in (first, second)
    )
    variances = [(values**2).sum(1) / number[:, 0] for values in (one, other)]
    common = (one * other).sum(1) / number[:, 0]
    contrast = np.sqrt(np.maximum(*variances))
    return common / np.sqrt((variances[0] + noise) * (variances[1] + noise)), contrast


def _colour_agreement(first: Numbers, second: Numbers) -> tuple[float, float]:
    """first, second: colours [n, 3], n may be 0."""
    if not len(first):
        return 0.0, 0.0
    one, other = (colours - colours.mean(1, keepdims=True) for colours in (first, second))
    amounts = [float((colours**2).sum()) for colours in (one, other)]
    common = float((one * other).sum()) / np.sqrt(amounts[0] * amounts[1] + 1e-6)
    return float(common), float(np.sqrt(min(amounts) / len(first)))
