"""One model's similarities as closeness, calibrated by this library's own pictures.

A scale has two measures of a sample of the library: the median similarity of two of its pictures,
which is closeness 0, and the similarity that one pair in a hundred reaches, which is the border of
"similar". That is extrapolated from the median and the 90th percentile, because related pictures
(a burst, a holiday) are beyond it in every library. "Nearly the same" begins at a fixed share of
the way from the median to identity. docs/closeness.md has the figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from finder.core.search.closeness.closeness import CLOSEST_OTHER, NEARLY_THE_SAME, SAME, SIMILAR
from finder.core.search.distance import Metric

if TYPE_CHECKING:
    from finder.core.library.view.vector_index import VectorIndex
    from finder.core.models.spec import ModelSpec
    from finder.core.search.ranking.similarity import Similarity

_SAMPLE = 192
"""Pictures; all their pairs are compared, some 18,000."""
_PRIOR_WEIGHT = 5.0
"""Pictures that the usual figures of a kind of model are worth: a library of so many pictures
counts as much as they do."""
_TAIL = 1.82
"""How much farther from the median than the 90th percentile the 99th of a normal distribution
is."""
_LEAST_SIMILAR = 0.15
"""The border of "similar" is at least this share of the way from the median to identity."""
_FARTHEST_MEDIAN = 0.75
"""How far on the way from the usual median to identity a library's own is believed to be: one of
nearly equal pictures, or a model that gives all pictures one vector."""
_IDENTICAL = 1.0 - 0.5e-6
"""The similarity at a Euclidean distance of 0.001. A JPEG that was only saved again at quality 92
has 0.009 or more."""
_LENGTH_ERROR = 1e-3


@dataclass(frozen=True)
class _Usual:
    """What is usual for a kind of model. median, tenth: the similarity of half of all pairs, and of
    the closest tenth. nearly, most_similar: shares of the way from the median to identity, where
    "nearly the same" begins, and the most where "similar" does. proves: whether no other picture
    has the same vector."""

    median: float
    tenth: float
    nearly: float = 0.85
    most_similar: float = 0.6
    proves: bool = False


_FEATURES = _Usual(0.28, 0.40, 0.8, 0.4, proves=True)
_PIXELS: Final[Mapping[Metric, _Usual]] = {
    Metric.L1: _Usual(0.73, 0.82),
    Metric.COSINE: _Usual(0.81, 0.91),
}
_HASHES = ("phash", "dhash")


def _usual(spec: ModelSpec, metric: Metric) -> _Usual:
    if spec.kind in _HASHES:
        return _Usual(0.0, 1.6 / sqrt(spec.dimension))
    return _PIXELS.get(metric, _FEATURES) if spec.kind == "pixels" else _FEATURES


class Scale(Protocol):
    """From the similarities of a model's matches, float64 [n], to what they mean."""

    def closeness(
        self, similarities: NDArray[np.float64], identical: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """0 to 100 for each. identical: which of them are of a picture with identical content."""

    def likelihoods(self, similarities: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The probability that the query's words describe each; None if none is known."""


@dataclass(frozen=True)
class ClosenessScale:
    """The similarities with closeness 0, and where "similar" and "nearly the same" begin. proves:
    whether the greatest similarity is proof of the same picture."""

    zero: float
    similar: float
    nearly: float
    proves: bool

    def closeness(
        self, similarities: NDArray[np.float64], identical: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """0 to 100 for each. identical: which of them are of a picture with identical content."""
        points = (self.zero, self.similar, self.nearly, 1.0)
        values = np.interp(similarities, points, (0.0, SIMILAR, NEARLY_THE_SAME, CLOSEST_OTHER))
        surely = np.full(values.shape, self.proves)
        if identical is not None:
            surely |= identical
        closeness: NDArray[np.float64] = np.where(
            surely & (similarities >= _IDENTICAL), SAME, values
        )
        return closeness

    def likelihoods(self, similarities: NDArray[np.float64]) -> None:
        return None


def measured_scale(
    spec: ModelSpec, similarity: Similarity, vectors: NDArray[np.float32]
) -> ClosenessScale:
    """Of a random sample [n, D] of a library's vectors; of fewer than two, what is usual."""
    usual, number = _usual(spec, similarity.metric), len(vectors)
    median, tenth = usual.median, usual.tenth
    if number > 1:
        pairs = similarity.among(vectors)[~np.eye(number, dtype=np.bool_)]
        median, tenth = np.quantile(pairs, [0.5, 0.9])
    share = number / (number + _PRIOR_WEIGHT)
    return _scale(
        usual,
        share * float(median) + (1.0 - share) * usual.median,
        share * float(tenth) + (1.0 - share) * usual.tenth,
    )


def _scale(usual: _Usual, median: float, tenth: float) -> ClosenessScale:
    farthest = usual.median + _FARTHEST_MEDIAN * (1.0 - usual.median)
    zero = min(median, farthest)
    similar = _TAIL * max(0.0, tenth - zero) / (1.0 - zero)
    similar = min(max(similar, _LEAST_SIMILAR), usual.most_similar)
    proves = usual.proves and median < farthest
    rest = 1.0 - zero
    return ClosenessScale(zero, zero + similar * rest, zero + usual.nearly * rest, proves)


class ClosenessScales:
    """The scale of each model and measure, measured once for each state of the library."""

    def __init__(self) -> None:
        self._scales: dict[tuple[str, str], tuple[NDArray[np.int64], ClosenessScale]] = {}

    def clear(self) -> None:
        self._scales.clear()

    def scale(self, spec: ModelSpec, index: VectorIndex, similarity: Similarity) -> ClosenessScale:
        """An index makes a new array of its pictures whenever its rows change, so that identity
        shows whether the scale is still valid."""
        key = spec.name, similarity.products_kind
        known = self._scales.get(key)
        if known is None or known[0] is not index.pictures:
            scale = measured_scale(spec, similarity, _sample(index))
            known = self._scales[key] = index.pictures, scale
        return known[1]


def _sample(index: VectorIndex) -> NDArray[np.float32]:
    """The vectors of the pictures with the smallest content ids. These are hashes, so it is a
    random sample, one that hardly changes when the library does. Rows are not verified: for
    percentiles it is enough to leave out those that cannot be right."""
    number = min(_SAMPLE, len(index))
    vectors = index.vectors(np.argpartition(index.pictures, number - 1)[:number].astype(np.int64))
    with np.errstate(invalid="ignore", over="ignore"):
        squares = np.vecdot(vectors, vectors)
    sample: NDArray[np.float32] = vectors[np.abs(squares - 1.0) < _LENGTH_ERROR]
    return sample
