"""Regularised linear discriminant analysis, continued by whitening.

The covariance within labels is shrunk towards a multiple of the identity (Friedman: Regularized
Discriminant Analysis, 1989), and made the identity by a change of coordinates. There, the
directions between the labels' means come first, and then the rest by its variance: so a few
dimensions tell the labels apart, and more of them keep what else the pictures differ in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_SMALLEST = 1e-9
"""Of a variance within labels, beside their mean."""


class Discriminant:
    """Of coordinates [N, P] with labels int64 [N]. Cheap for each further shrinkage."""

    def __init__(self, coordinates: NDArray[np.float64], labels: NDArray[np.int64]) -> None:
        _, numbers, sizes = np.unique(labels, return_inverse=True, return_counts=True)
        sums = np.zeros((len(sizes), coordinates.shape[1]))
        np.add.at(sums, numbers, coordinates)
        means = sums / sizes[:, np.newaxis]
        shares = np.sqrt(sizes / len(labels))[:, np.newaxis]
        self._between = shares * (means - coordinates.mean(axis=0))
        inside = coordinates - means[numbers]
        self._inside = inside.T @ inside / len(labels)
        self._values, self._vectors = np.linalg.eigh(self._inside)

    def head(self, shrinkage: float, dimension: int) -> NDArray[np.float64]:
        """[P, K], K ≤ P: shrinkage 0 … 1, from the covariance as it is to none at all."""
        values = np.maximum(self._values, 0.0)
        mean = max(float(values.mean()), _SMALLEST)
        shrunk = (1.0 - shrinkage) * values + shrinkage * mean
        whitening = self._vectors / np.sqrt(np.maximum(shrunk, _SMALLEST * mean))
        between = self._between @ whitening
        _, _, directions = np.linalg.svd(between, full_matrices=True)
        first = min(len(between) - 1, whitening.shape[1])
        if dimension > first:
            rest = directions[first:]
            spread = rest @ (whitening.T @ self._inside @ whitening) @ rest.T
            _, order = np.linalg.eigh(spread)
            directions = np.concatenate([directions[:first], order.T[::-1] @ rest])
        head: NDArray[np.float64] = whitening @ directions[:dimension].T
        return head
