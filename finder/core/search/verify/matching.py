"""Where the keypoints of one picture are in another: matched by their descriptors, and the affine
transformation (“map”) with which most of them agree, found by RANSAC.

Nothing is left to chance: what is drawn is drawn with a fixed seed, so the same two pictures always
give the same answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from finder.core.search.verify.local_features import LocalFeatures

Map = NDArray[np.float64]
"""float64 [2, 3]: points to points, with the shift as last column."""

_RATIO = 0.8
"""A point is matched if the second nearest descriptor is further away by this factor (Lowe)."""
_FEWEST: Final = 4
"""Matched points of which a map can be more than chance."""
_AFFINE_FROM = 8
"""Points that decide on a map's skew and its two scales; fewer, on a similarity."""
_TOLERANCE = 5.0
"""Pixels of the scaled pictures between a point and where the map has it."""
_DRAWS = 800
_SHORTEST = 12.0
"""Between two points that give a map, in pixels."""
_LARGEST_SCALE = 8.0
_ROUNDS = 4


@dataclass(frozen=True, eq=False)
class Fit:
    """map: from points of the one picture to those of the other. agreeing: how many points agree
    with it, each place counted once. matched: how many points of what both pictures show were
    matched. share: of these, those that agree, 0 … 1."""

    map: Map
    agreeing: int
    matched: int
    share: float


def fit(one: LocalFeatures, other: LocalFeatures) -> Fit | None:
    """The map from one picture to the other; None if too few points are matched. A mirrored picture
    needs mirrored features."""
    pairs = _matched(one.descriptors, other.descriptors)
    if len(pairs) < _FEWEST:
        return None
    start = one.points[pairs[:, 0]].astype(np.float64)
    end = other.points[pairs[:, 1]].astype(np.float64)
    drawn = _drawn_similarity(_complex(start), _complex(end))
    if drawn is None:
        return None
    chosen = drawn
    for number in range(_ROUNDS):
        found = _fitted(start[chosen], end[chosen], number > 0)
        agree = _distances(found, start, end) < _tolerance(found)
        if np.count_nonzero(agree) < _FEWEST:
            return None
        chosen = agree
    found = _fitted(start[chosen], end[chosen], True)
    places = min(_places(start[chosen]), _places(end[chosen]))
    matched = int(np.count_nonzero(chosen | _both_show(found, start, end, one.size, other.size)))
    return Fit(found, places, matched, float(np.count_nonzero(chosen)) / matched)


def _both_show(
    map: Map,
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    size: tuple[int, int],
    other: tuple[int, int],
) -> NDArray[np.bool_]:
    """Of which matched points both pictures show both places: others cannot agree."""
    if scale_of(map) < 1 / _LARGEST_SCALE:
        return np.ones(len(start), np.bool_)
    starts, ends = _inside(mapped(inverse(map), end), size), _inside(mapped(map, start), other)
    return starts & ends


def _inside(points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    return np.asarray(((points >= 0) & (points <= size)).all(axis=1), np.bool_)


def mapped(map: Map, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the map has these points [n, 2]."""
    moved: NDArray[np.float64] = points @ map[:, :2].T + map[:, 2]
    return moved


def inverse(map: Map) -> Map:
    """The map back. The map has an area."""
    back = np.linalg.inv(map[:, :2])
    return np.column_stack([back, -back @ map[:, 2]])


def scale_of(map: Map) -> float:
    """How much longer lengths become, in the mean of the two directions."""
    return float(np.sqrt(abs(np.linalg.det(map[:, :2]))))


def _matched(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.intp]:
    """The rows of points that are each other's nearest, and clearly nearer than the next [m, 2]."""
    if min(len(one), len(other)) < 2:
        return np.zeros((0, 2), np.intp)
    a, b = one.astype(np.float32), other.astype(np.float32)  # all sums are whole and below 2^24
    squares = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * (a @ b.T)
    rows, nearest = np.arange(len(a)), squares.argmin(1)
    is_mutual = squares.argmin(0)[nearest] == rows
    first = squares[rows, nearest]
    squares[rows, nearest] = np.inf
    chosen = is_mutual & (first < _RATIO**2 * squares.min(1))
    return np.column_stack([rows[chosen], nearest[chosen]])


def _drawn_similarity(
    start: NDArray[np.complex128], end: NDArray[np.complex128]
) -> NDArray[np.bool_] | None:
    """Which points agree with the best of many similarities, each through two points drawn."""
    first, second = np.random.default_rng(len(start)).integers(0, len(start), (2, _DRAWS))
    before, after = start[second] - start[first], end[second] - end[first]
    is_long = (abs(before) > _SHORTEST) & (abs(after) > _SHORTEST / 2)
    factors, first = after[is_long] / before[is_long], first[is_long]
    is_plausible = (abs(factors) < _LARGEST_SCALE) & (abs(factors) > 1 / _LARGEST_SCALE)
    factors, first = factors[is_plausible], first[is_plausible]
    if not len(factors):
        return None
    shifts = end[first] - factors * start[first]
    distances = abs(factors[:, None] * start + shifts[:, None] - end)
    agree = distances < 2 * _TOLERANCE * np.maximum(1.0, abs(factors))[:, None]
    best: NDArray[np.bool_] = agree[agree.sum(1).argmax()]
    return best if np.count_nonzero(best) >= _FEWEST else None


def _fitted(start: NDArray[np.float64], end: NDArray[np.float64], may_skew: bool) -> Map:
    """The least-squares map."""
    if may_skew and len(start) >= _AFFINE_FROM:
        with_one = np.column_stack([start, np.ones(len(start))])
        return np.asarray(np.linalg.lstsq(with_one, end, rcond=None)[0].T, np.float64)
    before, after = _complex(start), _complex(end)
    centred = before - before.mean()
    spread = max(float((abs(centred) ** 2).sum()), 1e-9)
    factor = complex(((after - after.mean()) * centred.conj()).sum() / spread)
    shift = complex(after.mean() - factor * before.mean())
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )


def _distances(
    map: Map, start: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = np.hypot(*(mapped(map, start) - end).T)
    return distances


def _tolerance(map: Map) -> float:
    return _TOLERANCE * max(1.0, scale_of(map))


def _complex(points: NDArray[np.float64]) -> NDArray[np.complex128]:
    return points[:, 0] + 1j * points[:, 1]


def _places(points: NDArray[np.float64]) -> int:
    """Different ones among them: one place may have several descriptors."""
    return len(np.unique(points // 2, axis=0))
