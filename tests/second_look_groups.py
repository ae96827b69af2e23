"""Vectors of pictures that belong together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def grouped(random: np.random.Generator, number: int, dimension: int) -> NDArray[np.float32]:
    """Unit vectors in groups of ten."""
    groups = np.repeat(random.normal(size=(number // 10 + 1, dimension)), 10, axis=0)[:number]
    raw = groups + 1.6 * random.normal(size=(number, dimension))
    unit: NDArray[np.float32] = (raw / np.linalg.norm(raw, axis=1, keepdims=True)).astype(
        np.float32
    )
    return unit
