"""A read-only view of one library, for everything that compares stored vectors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.view.filter_masks import Change, FilterMasks
from finder.core.library.view.model_index import MatrixOutOfSync, ModelIndex
from finder.core.models.crops import crops_of, has_crops

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.library.catalogue.records import ModelState
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class LibraryView:
    """The catalogue and the matrices of one library. Belongs to one thread at a time.

    Reads happen inside an operation that is passed to `read`, which keeps the view up to date and
    has a damaged matrix repaired.
    """

    def __init__(self, home: Home, repair: Callable[[], None]) -> None:
        """repair: rebuilds the matrices that disagree with the catalogue; raises FinderError if it
        cannot, as while a writer holds the library's lock."""
        self._home = home
        self._repair = repair
        self._catalogue = Catalogue(home)
        self._indexes: dict[str, ModelIndex] = {}
        self._change: Change | None = None
        self._without_file: frozenset[int] = frozenset()
        self._masks = FilterMasks()

    def close(self) -> None:
        self._catalogue.close()
        self._indexes.clear()

    @property
    def catalogue(self) -> Catalogue:
        """The open catalogue. `read` may replace it: do not keep it across calls."""
        return self._catalogue

    def read(self, operation: Callable[[], Answer]) -> Answer:
        """The result of an operation that reads from this view.

        If the operation raises MatrixOutOfSync it runs again: first with all matrices mapped
        again, because a writer may just have replaced one, then after a repair. Raises what the
        operation or the repair raises.
        """
        # a snapshot was opened while the disk was read-only, which may have changed
        if self._catalogue.is_snapshot or self._catalogue.was_replaced:
            self._reopen()
        try:
            return operation()
        except MatrixOutOfSync:
            self._indexes.clear()
        try:
            return operation()
        except MatrixOutOfSync:
            log.warning("the fast-search matrix is out of sync: repairing")
            self._repair()
            self._indexes.clear()
        return operation()

    def indexes(self, specs: Sequence[ModelSpec]) -> dict[str, ModelIndex]:
        """The up-to-date index of each model, by name, all of the same moment.

        Raises FinderError if a model has indexed nothing or was replaced since; MatrixOutOfSync.
        """
        with self._catalogue.snapshot():
            states = self._catalogue.models.states()
            without_file = self._pictures_without_file()
            for spec in specs:
                index = self._indexes.setdefault(spec.name, ModelIndex(self._home.nearest))
                index.refresh(self._catalogue, _matching_state(spec, states), without_file)
                if len(index) == 0:
                    raise _nothing_indexed(spec)
        return {spec.name: self._indexes[spec.name] for spec in specs}

    def crop_indexes(self, specs: Sequence[ModelSpec]) -> dict[str, ModelIndex]:
        """The up-to-date index of the crops of those of the models that have any (`models.crops`),
        by the model's name. Raises MatrixOutOfSync."""
        found: dict[str, ModelIndex] = {}
        with self._catalogue.snapshot():
            states = self._catalogue.models.states()
            for spec in filter(has_crops, specs):
                companion = crops_of(spec)
                state = states.get(companion.name)
                if state is not None and state.fits(companion):
                    index = self._indexes.setdefault(companion.name, ModelIndex(self._home.nearest))
                    index.refresh(self._catalogue, state, self._pictures_without_file())
                    if len(index):
                        found[spec.name] = index
        return found

    def masks(
        self,
        filter: Filter,
        indexes: Mapping[str, ModelIndex],
        offline: frozenset[str] = frozenset(),
    ) -> dict[str, NDArray[np.bool_] | None]:
        """For each of the indexes bool [N] over its live rows: which pass the filter; None for all
        of them. offline: see `PictureTable.compiled`. Raises FinderError if no row of any model
        passes."""
        return self._masks.masks(filter, indexes, self._catalogue, self._change, offline)

    def _reopen(self) -> None:
        """Change marks of the old connection mean nothing to the new one. The indexes stay: they
        compare the library's epoch."""
        self._catalogue.close()
        self._catalogue, self._change = Catalogue(self._home), None
        self._masks.clear()

    def _pictures_without_file(self) -> frozenset[int]:
        """Looked up again only after a commit to the catalogue."""
        change = self._catalogue.change_mark()
        if change != self._change:
            self._without_file = frozenset(self._catalogue.pictures.without_file())
            self._change = change
        return self._without_file


def _matching_state(spec: ModelSpec, states: Mapping[str, ModelState]) -> ModelState:
    state = states.get(spec.name)
    if state is None:
        raise _nothing_indexed(spec)
    if not state.fits(spec):
        raise FinderError(
            tr("The model {title} was replaced since it indexed your pictures.").format(
                title=spec.title
            ),
            tr("Index them with it again."),
        )
    return state


def _nothing_indexed(spec: ModelSpec) -> FinderError:
    return FinderError(
        tr("{title} has not indexed any picture yet.").format(title=spec.title),
        tr("Index a folder with it first."),
    )
