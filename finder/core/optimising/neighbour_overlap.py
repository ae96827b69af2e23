"""How similar two models' results are: neighbour lists and cosines over the same pictures."""

from __future__ import annotations

from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

TOP = 10
_NEARLY_THE_SAME, _MOSTLY_THE_SAME = 0.95, 0.8


class Verdict(Enum):
    """Which pictures a variant finds, compared with its model."""

    NEARLY_THE_SAME = auto()
    MOSTLY_THE_SAME = auto()
    DIFFERENT = auto()


def overlap(vectors: NDArray[np.float32], others: NDArray[np.float32], top: int = TOP) -> float:
    """The mean share of a picture's `top` nearest neighbours that both models have.

    Unit vectors [N, D] of the same N pictures in the same order, at least 2; a picture is not its
    own neighbour. The lists are exact.
    """
    top = min(top, len(vectors) - 1)
    mine, theirs = _neighbours(vectors, top), _neighbours(others, top)
    shared = [np.isin(a, b).sum() for a, b in zip(mine, theirs, strict=True)]
    return float(np.mean(shared)) / top


def _neighbours(vectors: NDArray[np.float32], top: int) -> NDArray[np.intp]:
    """[N, top]; of several with the same similarity, the first."""
    similar = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    np.fill_diagonal(similar, -np.inf)
    return np.argsort(-similar, axis=1, kind="stable")[:, :top]


def mean_cosine(vectors: NDArray[np.float32], others: NDArray[np.float32]) -> float:
    """The mean cosine of unit vectors [N, D] of the same pictures."""
    return float((vectors.astype(np.float64) * others).sum(axis=1).mean())


def verdict(share: float) -> Verdict:
    """What an overlap means for the user."""
    if share >= _NEARLY_THE_SAME:
        return Verdict.NEARLY_THE_SAME
    return Verdict.MOSTLY_THE_SAME if share >= _MOSTLY_THE_SAME else Verdict.DIFFERENT
