"""How a query's similarities are spread: their mean and their standard deviation."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from finder.core.search.ranking.blocks import blocks

SMALLEST_DEVIATION = 1e-12
"""Below it all values are equal, but for rounding."""


@dataclass(frozen=True)
class Spread:
    mean: float
    deviation: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Spread:
        """Of no value: 0 and 0."""
        if len(values) == 0:
            return cls(0.0, 0.0)
        mean, squares = float(values.mean()), 0.0
        for block in blocks(len(values)):
            squares += float(np.square(values[block] - mean).sum())
        return cls(mean, sqrt(squares / len(values)))


def standardised(values: NDArray[np.float64], spread: Spread) -> NDArray[np.float64]:
    """(x − mean) / standard deviation; zeros where all values are equal. Changes the array, which
    costs half as much as a new one."""
    if spread.deviation < SMALLEST_DEVIATION:
        values.fill(0.0)
    else:
        values -= spread.mean
        values /= spread.deviation
    return values
