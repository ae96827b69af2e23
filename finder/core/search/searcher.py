"""From a query to matches: the nearest for each model, and the combined ranking."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, zip_longest

import numpy as np
from numpy.typing import NDArray

from finder.core.cancellation import CancellableExecutor, CancelToken
from finder.core.errors import FinderError, LibraryBusyError, ModelFailedError
from finder.core.i18n import tr
from finder.core.library.availability import Run, locate, one_by_one
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState, PictureRecord
from finder.core.library.writer import LibraryWriter
from finder.core.limits import MOST_MATCHES
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.scan import is_within
from finder.core.search.combine import combined_scores
from finder.core.search.distance import Metric
from finder.core.search.filter import NO_FILTER, Filter
from finder.core.search.matches import Match, Result, Standing
from finder.core.search.model_index import MatrixOutOfSync, ModelIndex
from finder.core.search.query import Query
from finder.core.search.similarity import Similarity, similarity_of

log = logging.getLogger(__name__)

_SPARE_CANDIDATES = 12
_LONGEST = 1.01
"""A product of two vectors of length 1 is at most 1."""

_Ranked = tuple[int, float]
"""(content id, distance or score)"""


@dataclass
class _Scored:
    """One model's view of one query: q, its products with all live rows, which of these are in
    scope (None: all), and the top found."""

    index: ModelIndex
    vector: NDArray[np.float32]
    closeness: Similarity
    products: NDArray[np.float32]
    inside: NDArray[np.bool_] | None
    top: list[int]

    def standings(self, pictures: NDArray[np.int64]) -> dict[int, Standing]:
        """Rank and distance of these pictures, for those that the model has embedded."""
        positions = self.index.positions(pictures)
        there = positions >= 0
        pictures, positions = pictures[there], positions[there]
        distances = self.closeness.distances(self.vector, self.index.vectors(positions))
        shown = self.closeness.shown(distances)
        similarities = self.closeness.similarities(distances)
        listed = {picture: rank for rank, picture in enumerate(self.top, 1)}
        ordered = np.sort(self.products if self.inside is None else self.products[self.inside])
        nearer = len(ordered) - np.searchsorted(ordered, self.products[positions], side="right")
        return {
            picture: Standing(listed.get(picture, max(beyond, len(self.top)) + 1), *numbers)
            for picture, beyond, *numbers in zip(
                pictures.tolist(),
                nearer.tolist(),
                shown.tolist(),
                similarities.tolist(),
                strict=True,
            )
        }


@dataclass
class _Combined:
    """The combined score of every picture that all models have embedded, and the top found."""

    pictures: NDArray[np.int64]
    scores: NDArray[np.float64]
    top: list[_Ranked]

    def standings(self, pictures: NDArray[np.int64]) -> dict[int, Standing]:
        """Rank and score of these pictures, for those that all models have embedded."""
        ordered = np.sort(self.scores)
        listed = {picture: rank for rank, (picture, _) in enumerate(self.top, 1)}
        found = {}
        for at in np.flatnonzero(np.isin(self.pictures, pictures)).tolist():
            picture, score = int(self.pictures[at]), float(self.scores[at])
            beyond = len(ordered) - int(np.searchsorted(ordered, score, side="right"))
            rank = listed.get(picture, max(beyond, len(self.top)) + 1)
            found[picture] = Standing(rank, score, score)
        return found


class Searcher:
    """Searches one library; keeps what it has mapped. Belongs to one thread at a time."""

    def __init__(
        self,
        home: Home,
        extractors: ExtractorPool,
        executor: Executor | None = None,
        run: Run = one_by_one,
    ) -> None:
        """executor: where several models extract a query at the same time; without one they do
        so one after the other. run: how folders are asked which of the matches are there now."""
        self._home = home
        self._extractors = extractors
        self._executor = executor
        self._run = run
        self._catalogue = Catalogue(home)
        self._indexes: dict[str, ModelIndex] = {}
        self._mark: tuple[int, int] | None = None
        self._without: frozenset[int] = frozenset()
        self._scope = _InScope()

    def close(self) -> None:
        self._catalogue.close()
        self._indexes.clear()

    def search(
        self,
        query: Query,
        specs: Sequence[ModelSpec],
        top: int,
        metric: Metric,
        scope: Filter = NO_FILTER,
        stop: CancelToken | None = None,
    ) -> Result:
        """The `top` nearest pictures (1 to 200) in scope for each model, and combined.

        Raises FinderError: nothing indexed, the query cannot be used, a model cannot be loaded,
        nothing in scope. Raises Cancelled within a tenth of a second after the stop.
        """
        asked = _Asked(query, specs, max(1, min(top, MOST_MATCHES)), metric, scope)
        helpers = CancellableExecutor(self._executor, stop)
        # a snapshot: perhaps the disk can be written to again, and was
        if self._catalogue.is_snapshot or self._catalogue.was_replaced:
            self._reopen()
        try:
            return self._search(asked, helpers)
        except MatrixOutOfSync:  # written anew this very moment, or really broken
            self._forget_indexes()
        try:
            return self._search(asked, helpers)
        except MatrixOutOfSync:
            self._mend()
        return self._search(asked, helpers)

    def _reopen(self) -> None:
        """Marks of another connection mean nothing to this one; the indexes compare epochs."""
        self._catalogue.close()
        self._catalogue, self._mark, self._scope = Catalogue(self._home), None, _InScope()

    def _search(self, asked: _Asked, helpers: CancellableExecutor) -> Result:
        query, top = asked.query, asked.top
        indexes = self._refresh(asked.specs)
        inside = self._scope.of(asked.scope, indexes, self._catalogue, self._mark)
        began = time.perf_counter()
        vectors, failed = self._vectors(asked, indexes, helpers)
        specs = [spec for spec in asked.specs if spec.name in vectors]
        extraction = time.perf_counter() - began
        scored: dict[str, _Scored] = {}
        seconds: dict[str, float] = {}
        for spec in specs:
            helpers.check()
            name, closeness = spec.name, similarity_of(spec, asked.metric)
            began = time.perf_counter()
            scored[name] = _score(
                indexes[name], vectors[name], closeness, top, query.picture, inside[name]
            )
            seconds[name] = time.perf_counter() - began
        helpers.check()
        began = time.perf_counter()
        combined = _combine(list(scored.values()), top, query.picture)
        combined_seconds = time.perf_counter() - began

        tops = [[picture for picture, _ in combined.top], *(s.top for s in scored.values())]
        by_rank = chain.from_iterable(zip_longest(*tops))
        known = self._known([p for p in dict.fromkeys(by_rank) if p is not None], asked.scope)
        ids = np.array(sorted(known), dtype=np.int64)
        by_model = {name: s.standings(ids) for name, s in scored.items()}
        return Result(
            query=query,
            metric=asked.metric,
            metrics={name: s.closeness.metric for name, s in scored.items()},
            models={
                name: _matches(_distances(s.top, by_model[name]), known)
                for name, s in scored.items()
            },
            combined=_matches([(p, score) for p, score in combined.top if p in known], known),
            combined_over=len(combined.pictures),
            standings=_by_picture(by_model),
            combined_standings=combined.standings(ids),
            seconds=seconds,
            combined_seconds=combined_seconds,
            extraction_seconds=extraction,
            notes=(*self._extractors.notes(), *failed),
            epoch=indexes[asked.specs[0].name].epoch,
        )

    def _known(self, pictures: Iterable[int], scope: Filter) -> dict[int, PictureRecord]:
        """The pictures with their places: first those that exist, and of these first those in the
        folder that was asked for."""
        known: Iterable[PictureRecord] = self._catalogue.pictures.get(pictures).values()
        if scope.folder is not None:
            known = [_in_folder_first(picture, scope.folder) for picture in known]
        return locate(known, self._catalogue.folders.paths(), self._run)

    def _mend(self) -> None:
        """Rebuild what is broken, each row of the matrix checked."""
        log.warning("the fast-search matrix is out of step: mending")
        try:
            with LibraryWriter(self._home) as writer:
                writer.mend(thorough=True)
        except LibraryBusyError as error:
            raise FinderError(
                tr("The library is being written to."), tr("Search again in a moment.")
            ) from error
        self._forget_indexes()

    def _forget_indexes(self) -> None:
        self._indexes.clear()

    def _refresh(self, specs: Sequence[ModelSpec]) -> dict[str, ModelIndex]:
        with self._catalogue.snapshot():
            states = self._catalogue.models.states()
            without = self._pictures_without_file()
            for spec in specs:
                index = self._indexes.setdefault(spec.name, ModelIndex(self._home.nearest))
                index.refresh(self._catalogue, _fitting(spec, states), without)
                if len(index) == 0:
                    raise _nothing_indexed(spec)
        return {spec.name: self._indexes[spec.name] for spec in specs}

    def _pictures_without_file(self) -> frozenset[int]:
        """Looked up anew only after somebody has written to the catalogue."""
        mark = self._catalogue.change_mark()
        if mark != self._mark:
            self._without = frozenset(self._catalogue.pictures.without_file())
            self._mark = mark
        return self._without

    def _vectors(
        self, asked: _Asked, indexes: dict[str, ModelIndex], helpers: CancellableExecutor
    ) -> tuple[dict[str, NDArray[np.float32]], list[str]]:
        """The query's vector for each model: the stored one, or extracted, all at the same time.
        And a sentence on each model that fails on the query, if not all do."""
        query = asked.query
        vectors = {}
        lacking = []
        for spec in asked.specs:
            stored = indexes[spec.name].vector_of(query.picture)
            if stored is None:
                lacking.append(spec)
            else:
                vectors[spec.name] = stored
        sides = {spec.decode_side for spec in lacking if not query.has_vector(spec)}
        helpers.run(*(partial(query.decoded, side) for side in sorted(sides)))
        made = helpers.run(*(partial(self._vector_or_failure, query, spec) for spec in lacking))
        failed = []
        for spec, vector in zip(lacking, made, strict=True):
            if isinstance(vector, ModelFailedError):
                failed.append(vector)
            else:
                vectors[spec.name] = vector
        if not vectors:
            raise failed[0]
        return vectors, [error.sentence for error in failed]

    def _vector_or_failure(
        self, query: Query, spec: ModelSpec
    ) -> NDArray[np.float32] | ModelFailedError:
        try:
            return query.vector(spec, self._extractors)
        except ModelFailedError as error:
            return error


@dataclass(frozen=True)
class _Asked:
    query: Query
    specs: Sequence[ModelSpec]
    top: int
    metric: Metric
    scope: Filter


class _InScope:
    """Which rows a scope lets through; looked up once for each scope and state of the library."""

    def __init__(self) -> None:
        self._key: tuple[Filter, tuple[int, int] | None] | None = None
        self._pictures: NDArray[np.int64] = np.zeros(0, np.int64)
        self._rows: dict[str, tuple[NDArray[np.int64], NDArray[np.bool_]]] = {}

    def of(
        self,
        scope: Filter,
        indexes: dict[str, ModelIndex],
        catalogue: Catalogue,
        mark: tuple[int, int] | None,
    ) -> dict[str, NDArray[np.bool_] | None]:
        """For each model bool [N] over its live rows, None for all. Raises FinderError where
        nothing is left."""
        if scope.is_everything:
            return dict.fromkeys(indexes)
        if self._key != (scope, mark):
            self._pictures = catalogue.pictures.matching(
                scope.folder, scope.taken_from, scope.taken_until
            )
            self._key = scope, mark
            self._rows.clear()
        rows = {name: self._rows_of(name, index.pictures) for name, index in indexes.items()}
        if not any(inside.any() for inside in rows.values()):
            raise FinderError(
                tr("No indexed picture is in that folder and period."),
                tr("Choose another folder or a longer period."),
            )
        return dict(rows)

    def _rows_of(self, name: str, pictures: NDArray[np.int64]) -> NDArray[np.bool_]:
        known = self._rows.get(name)
        if known is None or known[0] is not pictures:
            known = self._rows[name] = pictures, np.isin(pictures, self._pictures)
        return known[1]


def _score(
    index: ModelIndex,
    vector: NDArray[np.float32],
    closeness: Similarity,
    top: int,
    own: int | None,
    inside: NDArray[np.bool_] | None = None,
) -> _Scored:
    """The exact top: candidates by float32 products, ordered by their distances."""
    products = closeness.products(index, vector)
    if not (np.abs(products) <= _LONGEST).all():  # nor true of what is not a number
        raise MatrixOutOfSync("a row is not of length 1")
    positions = _candidates(products, top, inside)
    if own is not None:  # of many alike, the candidates may lack just the query itself
        at = index.positions(np.array([own], dtype=np.int64))
        here = at[at >= 0]
        positions = np.union1d(positions, here if inside is None else here[inside[here]])
    distances = closeness.distances(vector, index.sound_vectors(positions))
    ordered = _ordered(index.pictures[positions], distances, own)[:top]
    return _Scored(index, vector, closeness, products, inside, [picture for picture, _ in ordered])


def _candidates(
    products: NDArray[np.float32], top: int, inside: NDArray[np.bool_] | None
) -> NDArray[np.int64]:
    """Positions that surely hold the `top` nearest in scope, a few more, in no order."""
    wanted = top + _SPARE_CANDIDATES
    there = len(products) if inside is None else int(np.count_nonzero(inside))
    if wanted >= there:
        return np.arange(there) if inside is None else np.flatnonzero(inside)
    listed = products if inside is None else np.where(inside, products, -np.inf)
    return np.argpartition(listed, -wanted)[-wanted:].astype(np.int64)


def _combine(scored: Sequence[_Scored], top: int, own: int | None) -> _Combined:
    pictures, scores = combined_scores(
        [s.index for s in scored],
        [s.closeness.spread(s.index, s.vector, s.products) for s in scored],
    )
    if scored[0].inside is not None:
        kept = scored[0].inside
        if not scored[0].index.lists(pictures):
            kept = kept[scored[0].index.positions(pictures)]
        pictures, scores = pictures[kept], scores[kept]
    if len(scores) > top:
        kept = (scores >= np.partition(scores, -top)[-top]) | (pictures == own)
        ordered = _ordered(pictures[kept], -scores[kept], own)[:top]
    else:
        ordered = _ordered(pictures, -scores, own)
    return _Combined(pictures, scores, [(picture, -value) for picture, value in ordered])


def _ordered(
    pictures: NDArray[np.int64], values: NDArray[np.float64], own: int | None
) -> list[_Ranked]:
    """(picture, value): the query itself, then the smallest value first, equals by id.

    Nothing is nearer than the query itself, but rounding may put a twin of it level or ahead.
    """
    order = np.lexsort((pictures, values, pictures != (-1 if own is None else own)))
    return list(zip(pictures[order].tolist(), values[order].tolist(), strict=True))


def _in_folder_first(picture: PictureRecord, folder: str) -> PictureRecord:
    paths = sorted(picture.paths, key=lambda path: not is_within(path, folder))
    return replace(picture, paths=tuple(paths))


def _matches(ranked: Iterable[_Ranked], known: dict[int, PictureRecord]) -> list[Match]:
    return [Match(rank, known[p], value) for rank, (p, value) in enumerate(ranked, 1)]


def _distances(top: Iterable[int], standings: dict[int, Standing]) -> list[_Ranked]:
    """Without what was removed from the library meanwhile."""
    return [(picture, standings[picture].distance) for picture in top if picture in standings]


def _by_picture(by_model: dict[str, dict[int, Standing]]) -> dict[int, dict[str, Standing]]:
    turned: dict[int, dict[str, Standing]] = {}
    for model, standings in by_model.items():
        for picture, standing in standings.items():
            turned.setdefault(picture, {})[model] = standing
    return turned


def _fitting(spec: ModelSpec, states: dict[str, ModelState]) -> ModelState:
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
