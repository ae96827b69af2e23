"""The three numbers that one inner product of two L2-normalised vectors gives."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Metric(StrEnum):
    """How a match's nearness is written. The ranking is the same for all three.

    euclidean: |q − v|, 0 (the same) to 2. cosine and ip: the cosine similarity and the inner
    product, which are one number for vectors of length 1: 1 (the same) down to −1.
    """

    EUCLIDEAN = "euclidean"
    COSINE = "cosine"
    IP = "ip"


def euclidean(query: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """|q − v| for each row of vectors [N, D], to 2e-7: exactly 0 for an identical vector.

    (sqrt(2 − 2s) from a float32 product would give up to 5e-4 there.)
    """
    import numpy as np

    difference = vectors - query
    squares: NDArray[np.float32] = np.vecdot(difference, difference)
    return np.sqrt(squares.astype(np.float64))


def in_metric(distances: NDArray[np.float64], metric: Metric) -> NDArray[np.float64]:
    """Euclidean distances between unit vectors as the metric's numbers: s = 1 − d² / 2."""
    return distances if metric is Metric.EUCLIDEAN else 1.0 - distances**2 / 2.0
