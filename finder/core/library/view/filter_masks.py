"""A filter as masks over the rows of the models' matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import NothingPassesError
from finder.core.i18n import tr
from finder.core.library.catalogue.filter.filter_text import filter_text

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.library.view.model_index import ModelIndex

Change = tuple[int, int]
"""`Catalogue.change_mark`: another one after each commit."""


class FilterMasks:
    """The masks of the latest filter, looked up once for each state of the library."""

    def __init__(self) -> None:
        self._key: tuple[Filter, Change | None, frozenset[str]] | None = None
        self._passing: NDArray[np.int64] = np.zeros(0, np.int64)
        self._masks: dict[str, tuple[NDArray[np.int64], NDArray[np.bool_]]] = {}

    def clear(self) -> None:
        self._key = None

    def masks(
        self,
        filter: Filter,
        indexes: Mapping[str, ModelIndex],
        catalogue: Catalogue,
        change: Change | None,
        offline: frozenset[str] = frozenset(),
    ) -> dict[str, NDArray[np.bool_] | None]:
        """For each model bool [N] over its live rows; None where all rows pass. offline: see
        `PictureTable.compiled`. Raises FinderError if no row of any model passes."""
        if filter.is_everything:
            return dict.fromkeys(indexes)
        if self._key != (filter, change, offline):
            self._passing = catalogue.pictures.matching(filter, offline)
            self._key = filter, change, offline
            self._masks.clear()
        masks = {name: self._mask(name, index) for name, index in indexes.items()}
        if not any(mask.any() for mask in masks.values()):
            raise NothingPassesError(
                tr("No indexed picture passes the filter: {filter}").format(
                    filter=filter_text(filter)
                ),
                tr("Remove one of its conditions, or write another one."),
            )
        return dict(masks)

    def _mask(self, name: str, index: ModelIndex) -> NDArray[np.bool_]:
        """An index makes a new array of its pictures whenever its rows change, so that identity
        shows whether the mask is still valid."""
        cached = self._masks.get(name)
        if cached is not None and cached[0] is index.pictures:
            return cached[1]
        mask = np.zeros(len(index), np.bool_)
        positions = index.positions(self._passing)
        mask[positions[positions >= 0]] = True
        self._masks[name] = index.pictures, mask
        return mask
