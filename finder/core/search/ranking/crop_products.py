"""Comparing a query with the crops of pictures (`models.crops`): a picture is as near as the
nearest of itself and its crops."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.models.crops import CROPS, SCALE
from finder.core.search.ranking.centred import BestCosines

if TYPE_CHECKING:
    from finder.core.library.view.vector_index import VectorIndex

_ROWS = 13_107
"""Pictures whose crops are multiplied with the queries at a time."""


def best_crop_products(
    crops: VectorIndex, mean: NDArray[np.float32], queries: NDArray[np.float32]
) -> NDArray[np.float32]:
    """[2, M]: for every row of a companion's index the largest product of one of the queries [O, D]
    with one of its crops, and the largest centred cosine. mean [D]: of the whole pictures."""
    best = BestCosines(mean, queries, SCALE)

    def compare(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        of_crops = best(rows.reshape(len(rows) * len(CROPS), queries.shape[1]))
        return np.asarray(of_crops.reshape(2, len(rows), len(CROPS)).max(axis=2))

    return crops.map_blocks(compare, _ROWS)


def crop_vectors(
    crops: VectorIndex | None, pictures: NDArray[np.int64], verified: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which of these pictures [n] have crops, [k], and the vectors of these, of length 1: k times
    five, [5 · k, D]. verified: raises MatrixOutOfSync if one is damaged."""
    if crops is None:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    positions = crops.positions(pictures)
    having = np.flatnonzero(positions >= 0)
    read = crops.verified_vectors if verified else crops.vectors
    rows = read(positions[having])
    each = rows.reshape(len(having) * len(CROPS), rows.shape[1] // len(CROPS))
    return having, np.asarray(each * np.float32(SCALE))


def best_of_crops(values: NDArray[np.floating]) -> NDArray[np.floating]:
    """[k]: the largest of each picture's five, of [5 · k]."""
    return np.asarray(values.reshape(-1, len(CROPS)).max(axis=1))
