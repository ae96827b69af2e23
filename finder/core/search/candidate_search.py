"""One search for the nearest pictures that a server has, and pass a filter."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError, NothingPassesError
from finder.core.i18n import tr
from finder.core.library.server import filter_expression
from finder.core.library.server.expression import all_of, one_of
from finder.core.search.closeness.word_closeness import picture_scale, word_scale
from finder.core.search.ranking.candidate_scores import (
    LIST_LENGTHS,
    NearestFound,
    candidate_ids,
    combine_candidates,
    is_settled,
    score_candidates,
    score_component,
)
from finder.core.search.ranking.model_scores import checked_products
from finder.core.search.ranking.second_look import look_twice

if TYPE_CHECKING:
    from finder.core.cancellation import CancellableExecutor
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.library.server.crops_on_server import CropsOnServer
    from finder.core.library.server.fetched_vectors import FetchedVectors
    from finder.core.library.server.folder_scope import Here
    from finder.core.library.server.model_on_server import ModelOnServer
    from finder.core.library.server.places import Place, Places
    from finder.core.models.spec import ModelSpec
    from finder.core.search.closeness.closeness_scale import ClosenessScales, Scale
    from finder.core.search.ranking.combine import CombinedScores
    from finder.core.search.ranking.model_query import ModelQuery, Vectors
    from finder.core.search.ranking.model_scores import ModelScores
    from finder.core.search.ranking.similarity import Similarity
    from finder.core.search.search_request import SearchRequest

_MOST_PASSING = 100_000
"""Content ids that one expression may list."""
_AT_ONCE = 200
"""Pictures whose places are asked for between two looks whether the search is cancelled."""
_ONLY_VECTORS = "pixels"
"""The kind whose nearest a server cannot find, as it has no mean absolute difference."""


@dataclass(frozen=True)
class Passing:
    """A filter, asked about the places that a server has."""

    places: Places
    filter: Filter
    here: Here

    def among(self, pictures: Sequence[int], executor: CancellableExecutor) -> set[int]:
        """Those of the pictures that pass, by all their places."""
        found = set[int]()
        for start in range(0, len(pictures), _AT_ONCE):
            executor.check()
            places = self.places.of_pictures(pictures[start : start + _AT_ONCE])
            found.update(one for one, of in places.items() if self._pass(of))
        return found

    def all(self, executor: CancellableExecutor) -> set[int] | None:
        """At least all that pass; None if there are too many to be listed."""
        expression = filter_expression.place_expression(self.filter, self.here)
        pictures = self.places.pictures_where(expression, _MOST_PASSING)
        if pictures is not None and (self.filter.name or self.filter.path):
            pictures = self.among(sorted(pictures), executor)
        return pictures

    def _pass(self, places: Sequence[Place]) -> bool:
        return bool(passing_places(places, self.filter, self.here))


def passing_places(places: Sequence[Place], filter: Filter, here: Here) -> list[Place]:
    """Those of all places of a picture that let it pass."""
    facts = next((place.facts for place in places if place.facts is not None), None)
    if facts is None:
        return []
    known = {filter_expression.Place(p.machine, p.path, p.size, p.mtime_ns): p for p in places}
    passing = filter_expression.passing_places(filter, facts, known, here)
    return [known[place] for place in passing]


class CandidateSearch:
    """Longer and longer lists of candidates, until they would change nothing."""

    def __init__(
        self,
        request: SearchRequest,
        models: Mapping[ModelSpec, ModelOnServer],
        asked: Mapping[ModelSpec, ModelQuery],
        similarities: Mapping[ModelSpec, Similarity],
        passing: Passing,
        executor: CancellableExecutor,
        removed: Collection[int] = (),
        crops: Mapping[ModelSpec, CropsOnServer] = MappingProxyType({}),
    ) -> None:
        """asked: the query, as each of the models sees it. removed: pictures that the user does
        not want to see. crops: of the models that have some there."""
        self._request = request
        self._models = models
        self._asked = asked
        self._similarities = similarities
        self._passing = passing
        self._executor = executor
        self._crops = crops
        self._removed = np.array(sorted(removed), np.int64)
        self.seconds = {spec.name: 0.0 for spec in models}
        self.combined_seconds = 0.0
        self.notes: tuple[str, ...] = ()

    def run(self) -> tuple[dict[str, ModelScores], CombinedScores]:
        """Also sets `notes`, sentences for the user. Raises NothingPassesError, and FinderError
        where it is not known whether any passes."""
        wanted = self._wanted()
        for length in LIST_LENGTHS:
            found = {spec: self._nearest(spec, length, wanted) for spec in self._models}
            ids = np.setdiff1d(candidate_ids(found.values(), self._request.own), self._removed)
            passing = self._passing_of(ids)
            scored, combined = self._score(found, ids, passing)
            if is_settled(list(scored.values()), list(found.values()), combined, self._request.top):
                break
        else:
            if passing is not None and _leaves_out(found.values(), passing):
                self.notes = (_partial_note(),)
            elif len(self._removed) and _is_short(found.values(), self._request.top):
                self.notes = (_removed_note(),)
        if passing is not None and not passing:
            raise _nothing_found(found.values())
        if self._request.looks_twice:
            self._executor.check()
            began = time.perf_counter()
            combined = look_twice(
                combined, list(scored.values()), self._request.top, self._request.own
            )
            self.combined_seconds += time.perf_counter() - began
        return {spec.name: scores for spec, scores in scored.items()}, combined

    def scale(self, spec: ModelSpec, scales: ClosenessScales) -> Scale:
        """Of the model's closeness, by a sample of the library."""
        similarity, asked = self._similarities[spec], self._asked[spec]
        sample = self._models[spec].sample()
        if not asked.has_words:
            return picture_scale(self._request.query, scales.scale(spec, sample, similarity))
        spread = checked_products(sample, asked.vectors, similarity).plain_spread()
        return word_scale(self._request.query, spec.text, spread)

    def _wanted(self) -> str:
        """An expression that each picture that passes fulfils."""
        filter = self._request.filter
        wanted = filter_expression.picture_expression(filter)
        if not filter_expression.restricts_places(filter):
            return wanted
        pictures = self._passing.all(self._executor)
        if pictures is None:
            return wanted
        return all_of([wanted, one_of("id", sorted(pictures))])

    def _nearest(self, spec: ModelSpec, length: int, wanted: str) -> NearestFound:
        began = time.perf_counter()
        asked = self._asked[spec]
        found = self._found(spec, asked.vectors, length, wanted)
        others = [self._found(spec, one, length, wanted) for one in asked.other_vectors()]
        self.seconds[spec.name] += time.perf_counter() - began
        return replace(found, components=others)

    def _found(self, spec: ModelSpec, vectors: Vectors, length: int, wanted: str) -> NearestFound:
        lists, is_everything = self._lists(self._models[spec], vectors, length, wanted)
        found = NearestFound(lists, is_everything, spec.kind != _ONLY_VECTORS)
        if spec in self._crops:
            crops, has_all = self._lists(self._crops[spec], vectors, length, wanted)
            found = replace(found, crops=crops, has_all_crops=has_all)
        return found

    def _lists(
        self, model: ModelOnServer, vectors: Vectors, length: int, wanted: str
    ) -> tuple[list[NDArray[np.int64]], bool]:
        """The nearest, and whether these are all that pass."""
        self._executor.check()
        lists = model.nearest(vectors, length, wanted)
        is_everything = all(len(ids) < length for ids in lists)
        if is_everything and not model.is_exact:  # an index that looks at a part may miss some
            every = model.ids(wanted, length)
            is_everything = every is not None
            lists = lists if every is None else [every for _ in lists]
        if len(self._removed):
            lists = [ids[~np.isin(ids, self._removed)] for ids in lists]
        return lists, is_everything

    def _passing_of(self, ids: NDArray[np.int64]) -> set[int] | None:
        """Those of the candidates that pass the filter; None: all."""
        if self._request.filter.is_everything:
            return None
        return self._passing.among(ids.tolist(), self._executor)

    def _score(
        self,
        found: Mapping[ModelSpec, NearestFound],
        ids: NDArray[np.int64],
        passing: set[int] | None,
    ) -> tuple[dict[ModelSpec, ModelScores], CombinedScores]:
        request, own = self._request, self._request.own
        scored = {}
        for spec, model in self._models.items():
            self._executor.check()
            began = time.perf_counter()
            candidates, sample = model.fetch(ids.tolist()), model.sample()
            crops = self._crops[spec].fetch(ids.tolist()) if spec in self._crops else None
            similarity, asked = self._similarities[spec], self._asked[spec]
            scores = score_candidates(
                candidates,
                asked.vectors,
                similarity,
                found[spec],
                sample,
                request.top,
                own,
                _mask(candidates, passing),
                crops,
            )
            components = [
                score_component(candidates, one, similarity, sample, crops)
                for one in asked.components
            ]
            scored[spec] = replace(
                scores, weight=request.weight(spec.name), components=tuple(components)
            )
            self.seconds[spec.name] += time.perf_counter() - began
        began = time.perf_counter()
        number = min(model.number() for model in self._models.values())
        combined = combine_candidates(list(scored.values()), request.top, own, number)
        if passing is not None:
            combined = replace(combined, number=len(combined.top))
        self.combined_seconds = time.perf_counter() - began
        return scored, combined


def _leaves_out(found: Iterable[NearestFound], passing: set[int]) -> bool:
    """Whether the lists have pictures that do not pass, and so less than their length of those that
    do."""
    return not set(candidate_ids(found).tolist()) <= passing


def _is_short(found: Iterable[NearestFound], top: int) -> bool:
    """Whether a list is shorter than what is asked for, though there are more pictures."""
    return any(not one.is_everything and min(len(ids) for ids in one.lists) < top for one in found)


def _removed_note() -> str:
    return tr(
        "So many of the nearest pictures were removed from this library that some matches may be"
        " missing: keep a copy of the vectors here (image-finder store mirror on)."
    )


def _partial_note() -> str:
    return tr(
        "The filter leaves too many pictures to look through on the server, so some matches may be"
        " missing: narrow it, or keep a copy of the vectors here (image-finder store mirror on)."
    )


def _nothing_found(found: Collection[NearestFound]) -> FinderError:
    """Why there are no matches: nothing passes only if everything was looked at."""
    if all(one.is_everything for one in found):
        return NothingPassesError(
            tr("No picture passes the filter."), tr("Remove a condition, or all of them.")
        )
    return FinderError(
        tr("The filter leaves too many pictures to look through on the server."),
        tr("Narrow it, or keep a copy of the vectors here: image-finder store mirror on"),
    )


def _mask(candidates: FetchedVectors, passing: set[int] | None) -> NDArray[np.bool_] | None:
    if passing is None:
        return None
    return np.isin(candidates.pictures, np.fromiter(passing, np.int64))
