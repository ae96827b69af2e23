"""The pictures that several models have all embedded: only these can be in a combined ranking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from finder.core.library.view.vector_index import VectorIndex

_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True)
class CommonPictures:
    """M pictures in the order of the first model's rows. rows: for each model int64 [M], the
    position of each of them; None where they are all of its rows, in this order."""

    first: VectorIndex
    rows: tuple[NDArray[np.int64] | None, ...]

    def __len__(self) -> int:
        rows = self.rows[0]
        return len(self.first) if rows is None else len(rows)

    def chosen(self, values: NDArray[_Value], model: int) -> NDArray[_Value]:
        """[M], of values [N] for the rows of the model with this number."""
        rows = self.rows[model]
        return values if rows is None else values[rows]

    def rows_of(self, positions: NDArray[np.int64], model: int) -> NDArray[np.int64]:
        """Where some of the M are in the model with this number."""
        rows = self.rows[model]
        return positions if rows is None else rows[positions]

    def ids(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """The content ids of some of the M."""
        return self.first.pictures[self.rows_of(positions, 0)]

    def positions(self, pictures: NDArray[np.int64]) -> NDArray[np.int64]:
        """Which of the M each of these content ids is; those that are none of them are left
        out."""
        found = self.first.positions(pictures)
        found = found[found >= 0]
        rows = self.rows[0]
        if rows is None:
            return found
        at = np.searchsorted(rows, found)
        return at[np.searchsorted(rows, found, side="right") > at]


class CommonPicturesCache:
    """The common pictures of the models that were asked last."""

    def __init__(self) -> None:
        self._key: list[NDArray[np.int64]] = []
        self._rows: tuple[NDArray[np.int64] | None, ...] = ()

    def clear(self) -> None:
        self._key, self._rows = [], ()

    def common(self, indexes: Sequence[VectorIndex]) -> CommonPictures:
        """`common_pictures`, computed only for other models or other rows. (An index makes a new
        array of its pictures whenever its rows change, so that identity tells.)"""
        key = [index.pictures for index in indexes]
        if list(map(id, key)) != list(map(id, self._key)):
            self._key, self._rows = key, common_pictures(indexes).rows
        return CommonPictures(indexes[0], self._rows)


def common_pictures(indexes: Sequence[VectorIndex]) -> CommonPictures:
    """Of at least one model."""
    first, others = indexes[0], indexes[1:]
    if all(index.has_same_pictures(first.pictures) for index in others):
        return CommonPictures(first, (None,) * len(indexes))
    everywhere = np.stack([index.positions(first.pictures) for index in others])
    rows = np.flatnonzero((everywhere >= 0).all(axis=0))
    return CommonPictures(first, (rows, *(positions[rows] for positions in everywhere)))
