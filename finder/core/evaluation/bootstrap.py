"""How sure a mean over queries is: confidence intervals by the bootstrap over labels.

Queries of one label are alike, so whole labels are drawn, with replacement (the cluster
bootstrap; Davison and Hinkley: Bootstrap Methods and their Application, 1997, section 3.8). The
same labels are drawn for every model: so the interval of a difference is that of a paired
comparison.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

RESAMPLES: Final = 10_000
_SEED = 20_240
_PERCENTILES = (2.5, 97.5)
_BLOCK = 1_000_000
"""Draws that are made at a time."""


@dataclass(frozen=True)
class Interval:
    """A 95 % confidence interval."""

    low: float
    high: float


class Verdict(StrEnum):
    """What an interval of a difference says."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "unclear"

    @classmethod
    def of(cls, difference: Interval) -> Verdict:
        if difference.low > 0:
            return cls.BETTER
        return cls.WORSE if difference.high < 0 else cls.UNCLEAR


class LabelBootstrap:
    """Resampled means of values of the same queries, each of which has a label."""

    def __init__(self, labels: NDArray[np.int64]) -> None:
        """labels: [Q], of at least two kinds."""
        present, self._labels = np.unique(labels, return_inverse=True)
        self._number = len(present)
        self._sizes = np.bincount(self._labels, minlength=self._number).astype(np.float64)

    def intervals(self, values: Mapping[str, NDArray[np.float64]]) -> dict[str, Interval]:
        """Of the mean of each of these values [Q]."""
        sums = {
            name: np.bincount(self._labels, some, self._number) for name, some in values.items()
        }
        means = self._resampled(np.stack(list(sums.values()), axis=1))
        return {
            name: Interval(*np.percentile(means[:, number], _PERCENTILES).tolist())
            for number, name in enumerate(sums)
        }

    def _resampled(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """[RESAMPLES, K]: means over the queries of labels that were drawn. sums: [labels, K]."""
        random = np.random.default_rng(_SEED)
        share = np.full(self._number, 1.0 / self._number)
        rows = max(1, _BLOCK // self._number)
        parts = []
        for start in range(0, RESAMPLES, rows):
            size = min(rows, RESAMPLES - start)
            drawn = random.multinomial(self._number, share, size).astype(np.float64)
            parts.append(drawn @ sums / (drawn @ self._sizes)[:, np.newaxis])
        return np.concatenate(parts)
