"""What is kept on the server about each model's vectors for the combined ranking: their mean, and
which of them are the sample whose similarities stand for those of all.

The sample is the pictures with the smallest content ids. These are hashes, so it is a random one;
every model has the same; it is read with one expression, and hardly changes when the library does.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finder.core.library.server.expression import compare
from finder.core.library.server.fetched_vectors import FetchedVectors, are_unit

SAMPLE = 2_000
"""Pictures, if the library has so many."""
_IDS = 1 << 63
_GROWTH = 0.2
"""By this share the number of pictures may change before the statistics are renewed."""
_SMALL = 100
"""Pictures; so small a library is measured again with each change of their number."""


@dataclass(frozen=True, eq=False)
class SampleStatistics:
    """Of one model. count: its pictures when this was measured. below: its sample are those with a
    content id below this. mean float32 [D]: of their vectors."""

    count: int
    below: int
    mean: NDArray[np.float32]

    def is_outdated(self, count: int) -> bool:
        """Whether a library with so many pictures now needs new ones."""
        if count <= _SMALL:
            return count != self.count
        return abs(count - self.count) > _GROWTH * self.count

    def fits(self, count: int) -> bool:
        """Whether they may be used for a library with so many pictures. Other machines write them:
        their sample must have about the size that is wanted."""
        bound = sample_bound(count)
        return not self.is_outdated(count) and bound // 2 <= self.below <= 2 * bound

    def sample(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> FetchedVectors:
        """The sample, of the rows that `sample_expression` finds now."""
        return FetchedVectors(ids, vectors, self.mean)

    def as_json(self) -> str:
        mean = base64.b64encode(self.mean.astype("<f4").tobytes()).decode()
        return json.dumps({"count": self.count, "below": self.below, "mean": mean})

    @classmethod
    def from_json(cls, text: str, dimension: int) -> SampleStatistics | None:
        """None if the text, which another program may have changed, is none for vectors of this
        length."""
        try:
            read: Any = json.loads(text)
            mean = np.frombuffer(base64.b64decode(read["mean"], validate=True), "<f4")
            statistics = cls(int(read["count"]), int(read["below"]), mean.astype(np.float32))
        except (KeyError, OverflowError, RecursionError, TypeError, ValueError):
            return None
        is_whole = len(mean) == dimension and bool(np.isfinite(mean).all())
        return statistics if is_whole and min(statistics.count, statistics.below) >= 0 else None


def sample_bound(count: int) -> int:
    """Below this content id there are about `SAMPLE` of so many pictures."""
    return _IDS - 1 if count <= SAMPLE else _IDS * SAMPLE // count


def sample_expression(below: int) -> str:
    """The sample in a model's collection."""
    return compare("id", "<", below)


def measured_statistics(count: int, below: int, vectors: NDArray[np.float32]) -> SampleStatistics:
    """count: the model's pictures. vectors [n, D]: those that `sample_expression(below)` finds."""
    sound = vectors[are_unit(vectors)]
    mean = sound.mean(axis=0, dtype=np.float64) if len(sound) else np.zeros(vectors.shape[1])
    return SampleStatistics(count, below, mean.astype(np.float32))
