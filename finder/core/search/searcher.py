"""From a query to matches: the nearest for each model, and the combined ranking."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.cancellation import CancellableExecutor, CancelToken
from finder.core.library.availability import (
    Run,
    folders_not_answering,
    locate,
    one_by_one,
    places_first,
)
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.catalogue.settings import load_weights
from finder.core.search.closeness.closeness_scale import ClosenessScales, Scale
from finder.core.search.closeness.word_closeness import picture_scale, word_scale
from finder.core.search.distance import Metric
from finder.core.search.near_duplicates import (
    PairsOfModel,
    near_duplicates,
    pairs,
    pairs_of_model,
)
from finder.core.search.orientations import Answer, answer_in_steps
from finder.core.search.query_vectors import notes_on, query_vectors
from finder.core.search.ranking.combine import combine
from finder.core.search.ranking.common_pictures import CommonPicturesCache
from finder.core.search.ranking.model_scores import ComponentScores, ModelScores, score_model
from finder.core.search.ranking.product_cache import ProductCache
from finder.core.search.ranking.second_look import look_twice
from finder.core.search.ranking.similarity import Similarity, similarity_of
from finder.core.search.result_builder import Scores, Timings, build_result
from finder.core.search.search_request import SearchRequest, search_request
from finder.core.search.stacks import NearDuplicates

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.library.view.library_view import LibraryView
    from finder.core.library.view.model_index import ModelIndex
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Result
    from finder.core.search.query.query import Query
    from finder.core.search.ranking.model_query import ModelQuery


class Searcher:
    """Searches one library, with caches for the next search. Belongs to one thread at a
    time. Closing it closes its view."""

    def __init__(
        self,
        view: LibraryView,
        extractors: ExtractorPool,
        executor: Executor | None = None,
        run: Run = one_by_one,
    ) -> None:
        """executor: extracts a query with several models at the same time; without one they follow
        each other. run: runs the checks of which matches' files exist now."""
        self._view = view
        self._extractors = extractors
        self._executor = executor
        self._run = run
        self._products = ProductCache()
        self._common = CommonPicturesCache()
        self._scales = ClosenessScales()

    def close(self) -> None:
        self._view.close()
        self._products.clear()
        self._common.clear()
        self._scales.clear()

    def search(
        self,
        query: Query,
        specs: Sequence[ModelSpec],
        top: int,
        metric: Metric,
        filter: Filter = NO_FILTER,
        stop: CancelToken | None = None,
        look_twice: bool = False,
    ) -> Result:
        """The `top` nearest pictures (1 to 200) that pass the filter, for each model and combined.
        look_twice: the best of the combined ranking are put in a better order (`second_look`).
        Models that do not understand words are left out where there is nothing else to find.

        Raises FinderError: nothing indexed, the query cannot be used, a model cannot be loaded, no
        picture passes the filter; NoWordModelError. Raises Cancelled within a tenth of a second
        after the stop.
        """
        weights = load_weights(self._view.catalogue)
        request = search_request(query, specs, top, metric, filter, weights, look_twice)
        executor = CancellableExecutor(self._executor, stop)
        return self._view.read(partial(self._search, request, executor))

    def near_duplicates(
        self,
        lists: Iterable[Sequence[int]],
        specs: Sequence[ModelSpec],
        stop: CancelToken | None = None,
    ) -> NearDuplicates:
        """Those among the pictures of each list (content ids), by the vectors of these models.
        Raises FinderError, Cancelled."""
        sets = dict.fromkeys(tuple(sorted(pictures)) for pictures in lists)
        executor = CancellableExecutor(stop=stop)
        return self._view.read(partial(self._near_duplicates, list(sets), specs, executor))

    def _near_duplicates(
        self,
        lists: Sequence[Sequence[int]],
        specs: Sequence[ModelSpec],
        executor: CancellableExecutor,
    ) -> NearDuplicates:
        indexes = self._view.indexes(specs)

        def of_models(pictures: Sequence[int]) -> Iterator[PairsOfModel]:
            ids = np.array(pictures, np.int64)
            for spec in specs:
                executor.check()
                index, similarity = indexes[spec.name], similarity_of(spec, Metric(spec.metrics[0]))
                scale = self._scales.scale(spec, index, similarity)
                yield pairs_of_model(spec, index, similarity, scale, ids)

        return NearDuplicates(
            pair
            for pictures in lists
            for pair in pairs(pictures, near_duplicates(of_models(pictures)))
        )

    def _search(self, request: SearchRequest, executor: CancellableExecutor) -> Result:
        indexes = self._view.indexes(request.specs)
        crops = self._view.crop_indexes(request.specs)
        offline = self._offline(request.filter)
        masks = self._view.masks(request.filter, indexes, offline)
        answer = answer_in_steps(request, partial(self._answer, indexes, crops, masks, executor))
        return build_result(
            request.query,
            request.metric,
            answer.scores,
            self._pictures(answer.scores.listed_pictures(), request.filter, offline),
            answer.timings,
            notes=(*self._extractors.notes(), *answer.notes),
            epoch=_epoch(indexes),
            weights=request.weights,
            left_out=request.left_out,
        )

    def _answer(
        self,
        indexes: Mapping[str, ModelIndex],
        crops: Mapping[str, ModelIndex],
        masks: Mapping[str, NDArray[np.bool_] | None],
        executor: CancellableExecutor,
        request: SearchRequest,
    ) -> Answer:
        similarities = {spec: similarity_of(spec, request.metric) for spec in request.specs}
        began = time.perf_counter()
        asked, failed = query_vectors(
            request.query, similarities, indexes, self._extractors, executor, request.weights
        )
        extraction = time.perf_counter() - began
        models: dict[str, ModelScores] = {}
        seconds: dict[str, float] = {}
        for spec, of_model in asked.items():
            executor.check()
            name = spec.name
            began = time.perf_counter()
            models[name] = self._score(
                request,
                name,
                indexes[name],
                crops.get(name),
                of_model,
                similarities[spec],
                masks[name],
            )
            seconds[name] = time.perf_counter() - began
        executor.check()
        began = time.perf_counter()
        common = self._common.common([model.index for model in models.values()])
        combined = combine(list(models.values()), common, request.top, request.own)
        if request.looks_twice:
            executor.check()
            combined = look_twice(combined, list(models.values()), request.top, request.own)
        timings = Timings(seconds, time.perf_counter() - began, extraction)
        scales: dict[str, Scale] = {
            spec.name: word_scale(
                request.query, spec.text, models[spec.name].products.plain_spread()
            )
            if of_model.has_words
            else picture_scale(
                request.query, self._scales.scale(spec, indexes[spec.name], similarities[spec])
            )
            for spec, of_model in asked.items()
        }
        notes = tuple(notes_on(request.query, asked, failed))
        return Answer(Scores(models, scales, combined), timings, notes)

    def _score(
        self,
        request: SearchRequest,
        model: str,
        index: ModelIndex,
        crops: ModelIndex | None,
        asked: ModelQuery,
        similarity: Similarity,
        mask: NDArray[np.bool_] | None,
    ) -> ModelScores:
        vectors, products_of = asked.vectors, self._products.products
        products = products_of(model, index, vectors, similarity, crops)
        scores = score_model(
            index, vectors, similarity, products, request.top, request.own, mask, crops
        )
        components = tuple(
            ComponentScores(
                one, products_of(model, index, one.vectors, similarity, crops, one.name)
            )
            for one in asked.components
        )
        return replace(scores, weight=request.weight(model), components=components)

    def _offline(self, filter: Filter) -> frozenset[str]:
        """The offline folders; none if the filter does not ask."""
        if filter.available is None:
            return frozenset()
        return folders_not_answering(self._folders(), self._run)

    def _folders(self) -> list[str]:
        """In which files may be here."""
        catalogue = self._view.catalogue
        return catalogue.here.folders(catalogue.folders.paths())

    def _pictures(
        self, ids: Iterable[int], filter: Filter, offline: Collection[str]
    ) -> dict[int, PictureRecord]:
        """The pictures with their paths, in the order of `places_first`; the times of files that do
        not pass do not count."""
        catalogue = self._view.catalogue
        found = catalogue.pictures.get(ids)
        located = locate(found.values(), self._folders(), self._run)
        if filter.is_everything:
            return located
        passing = catalogue.pictures.places_passing(found, filter, offline)
        return {
            picture: replace(
                places_first(record, passing[picture], filter),
                time_ns=min(passing[picture].values(), default=record.time_ns),
            )
            for picture, record in located.items()
        }


def _epoch(indexes: Mapping[str, ModelIndex]) -> str:
    """Of all indexes: they were brought up to date at the same moment."""
    return next(iter(indexes.values())).epoch
