"""The metrics for showing matches, and the exact Euclidean distance."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Metric(StrEnum):
    """The number that is shown for a match.

    euclidean: |q − v|, 0 (the same) to 2. cosine and ip: the cosine similarity and the inner
    product, which are one number for vectors of length 1: 1 (the same) down to −1. A model's
    ranking is the same for these three. l1: the sum of absolute differences of pixels that go
    from 0 to 1. hamming: the number of bits in which two hashes differ.
    """

    EUCLIDEAN = "euclidean"
    COSINE = "cosine"
    IP = "ip"
    L1 = "l1"
    HAMMING = "hamming"


def format_distance(number: float, metric: Metric | None) -> str:
    """A distance with the number of decimals that suits its metric; without a metric, a combined
    score."""
    decimals = 2 if metric is None else 0 if metric is Metric.HAMMING else 3
    return f"{number:.{decimals}f}"


def euclidean(query: NDArray[np.float32], vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """|q − v| for each row of vectors [N, D], to 2e-7: exactly 0 for an identical vector.

    (sqrt(2 − 2s) from a float32 product would give up to 5e-4 there.)
    """
    import numpy as np

    difference = vectors - query
    squares: NDArray[np.float32] = np.vecdot(difference, difference)
    return np.sqrt(squares.astype(np.float64))
