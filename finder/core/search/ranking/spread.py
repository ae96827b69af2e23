"""How a query's similarities are spread: their mean and their standard deviation."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from finder.core.search.ranking.blocks import blocks

_SMALLEST_DEVIATION = 1e-12


@dataclass(frozen=True)
class Spread:
    mean: float
    deviation: float

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Spread:
        """Of at least one value."""
        mean, squares = float(values.mean()), 0.0
        for block in blocks(len(values)):
            squares += float(np.square(values[block] - mean).sum())
        return cls(mean, sqrt(squares / len(values)))


def standardised(values: NDArray[np.float64], spread: Spread | None = None) -> NDArray[np.float64]:
    """(x − mean) / standard deviation; zeros where all values are equal. Changes the array, which
    costs half as much as a new one. spread: of what these values are a part of; None: their own."""
    if len(values) == 0:
        return values
    spread = spread or Spread.of(values)
    if spread.deviation < _SMALLEST_DEVIATION:
        values.fill(0.0)
    else:
        values -= spread.mean
        values /= spread.deviation
    return values
