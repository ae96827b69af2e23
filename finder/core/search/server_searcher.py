"""Searching on a server, for a machine that keeps no copy of its vectors.

As `Searcher`, with the same numbers: the server gives the nearest of each model, and all else is
computed from the vectors of these candidates (`ranking.candidate_scores`). Only the second look may
differ a little, as it looks at no others.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from finder.core.cancellation import CancellableExecutor, CancelToken
from finder.core.errors import FinderError, NothingPassesError
from finder.core.i18n import tr
from finder.core.library.availability import Run, folders_not_answering, locate, one_by_one
from finder.core.library.availability import places_first as with_places_first
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.catalogue.records import ModelState, PictureRecord
from finder.core.library.catalogue.settings import load_weights
from finder.core.library.server.crops_on_server import CropsOnServer
from finder.core.library.server.folder_scope import Here
from finder.core.library.server.model_on_server import ModelOnServer
from finder.core.library.server.path_mappings import path_here
from finder.core.library.server.patience import Patience
from finder.core.library.server.received_thumbnails import keep_thumbnails
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.server_store import ServerStore
from finder.core.models.crops import crops_of, has_crops
from finder.core.search.candidate_search import CandidateSearch, Passing, passing_places
from finder.core.search.closeness.closeness_scale import ClosenessScales
from finder.core.search.distance import Metric
from finder.core.search.near_duplicates import near_duplicates, pairs, pairs_of_model
from finder.core.search.orientations import Answer, answer_in_steps
from finder.core.search.query_vectors import notes_on, query_vectors
from finder.core.search.ranking.similarity import similarity_of
from finder.core.search.result_builder import Scores, Timings, build_result
from finder.core.search.search_request import SearchRequest, search_request
from finder.core.search.stacks import NearDuplicates

if TYPE_CHECKING:
    from finder.core.library.server.places import Place
    from finder.core.library.server.store_settings import StoreSettings
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.search.matches import Result
    from finder.core.search.query.query import Query


class ServerSearcher:
    """Searches one library on its server. Belongs to one thread at a time."""

    def __init__(
        self,
        home: Home,
        settings: StoreSettings,
        extractors: ExtractorPool,
        executor: Executor | None = None,
        run: Run = one_by_one,
    ) -> None:
        """settings: of a library on a server; the others as for `Searcher`."""
        self._home = home
        self._settings = settings
        self._extractors = extractors
        self._executor = executor
        self._run = run
        self._catalogue = Catalogue(home)
        self._opened: ServerStore | None = None
        self._models: dict[str, ModelOnServer] = {}
        self._crops: dict[str, CropsOnServer] = {}
        self._scales = ClosenessScales()
        self._stop: CancelToken | None = None

    def close(self) -> None:
        self._catalogue.close()
        self._scales.clear()
        self._forget()

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
        """As `Searcher.search`. Raises FinderError also where the server fails."""
        weights = load_weights(self._catalogue)
        request = search_request(query, specs, top, metric, filter, weights, look_twice)
        with self._cancelled_by(stop):
            return self._search(request, CancellableExecutor(self._executor, stop))

    def near_duplicates(
        self,
        lists: Iterable[Sequence[int]],
        specs: Sequence[ModelSpec],
        stop: CancelToken | None = None,
    ) -> NearDuplicates:
        """As `Searcher.near_duplicates`."""
        sets = list(dict.fromkeys(tuple(sorted(pictures)) for pictures in lists))
        every = sorted({picture for pictures in sets for picture in pictures})
        with self._cancelled_by(stop):
            executor = CancellableExecutor(stop=stop)
            models = {spec: self._model(spec) for spec in specs}
            fetched = {spec: model.fetch(every) for spec, model in models.items()}
            found = []
            for pictures in sets:
                of_models = []
                for spec, index in fetched.items():
                    executor.check()
                    similarity = similarity_of(spec, Metric(spec.metrics[0]))
                    scale = self._scales.scale(spec, models[spec].sample(), similarity)
                    ids = np.array(pictures, np.int64)
                    of_models.append(pairs_of_model(spec, index, similarity, scale, ids))
                found += list(pairs(pictures, near_duplicates(of_models)))
        return NearDuplicates(found)

    # One search

    def _search(self, request: SearchRequest, executor: CancellableExecutor) -> Result:
        models = {spec.name: self._model(spec) for spec in request.specs}
        crops = {spec: of for spec in request.specs if (of := self._crops_of(spec)) is not None}
        here = self._here(request.filter)
        answer = answer_in_steps(request, partial(self._answer, models, crops, here, executor))
        return build_result(
            request.query,
            request.metric,
            answer.scores,
            self._pictures(answer.scores.listed_pictures(), request.filter, here),
            answer.timings,
            notes=(*self._extractors.notes(), *answer.notes),
            epoch=next((s.epoch for s in self._catalogue.models.states().values()), ""),
            weights=request.weights,
            left_out=request.left_out,
        )

    def _answer(
        self,
        models: Mapping[str, ModelOnServer],
        crops: Mapping[ModelSpec, CropsOnServer],
        here: Here,
        executor: CancellableExecutor,
        request: SearchRequest,
    ) -> Answer:
        similarities = {spec: similarity_of(spec, request.metric) for spec in request.specs}
        began = time.perf_counter()
        known = [item.picture for item in request.query.items if item.picture is not None]
        stored = {name: model.fetch(known) for name, model in models.items()}
        asked, failed = query_vectors(
            request.query, similarities, stored, self._extractors, executor, request.weights
        )
        extraction = time.perf_counter() - began
        answering = {spec: models[spec.name] for spec in asked}
        passing = Passing(self.store.library.places, request.filter, here)
        removed = self._catalogue.removed.ids()
        search = CandidateSearch(
            request, answering, asked, similarities, passing, executor, removed, crops
        )
        scored, combined = search.run()
        scales = {spec.name: search.scale(spec, self._scales) for spec in answering}
        timings = Timings(search.seconds, search.combined_seconds, extraction)
        notes = (*notes_on(request.query, asked, failed), *search.notes)
        return Answer(Scores(scored, scales, combined), timings, notes)

    # The server

    @contextmanager
    def _cancelled_by(self, stop: CancelToken | None) -> Iterator[None]:
        """Inside, the token cancels a call that waits for the server, too. The next search works
        whatever happens inside: it connects again if need be."""
        self._stop = stop
        try:
            yield
        except NothingPassesError:
            raise
        except FinderError:
            self._forget()
            raise
        finally:
            self._stop = None

    def _is_cancelled(self) -> bool:
        return self._stop is not None and self._stop.is_set

    @property
    def store(self) -> ServerStore:
        """It closes itself where a call fails, or is cancelled."""
        if self._opened is None or not self._opened.is_open:
            library = ServerLibrary(self._settings, patience=Patience(self._is_cancelled))
            library.client.may_lag = True
            self._opened = ServerStore(library)
            for model in (*self._models.values(), *self._crops.values()):
                model.use(self._opened)
        return self._opened

    def _forget(self) -> None:
        if self._opened is not None:
            self._opened.close()
        self._opened = None
        self._models.clear()
        self._crops.clear()

    def _model(self, spec: ModelSpec) -> ModelOnServer:
        """Once for each model in a search."""
        store = self.store
        state = ModelState.of(spec)
        if not store.has(state):
            raise FinderError(
                tr("{title} has not indexed any picture yet.").format(title=spec.title),
                tr("Index a folder with it first."),
            )
        if state.key not in self._models:
            self._models[state.key] = ModelOnServer(store, state)
        self._models[state.key].begin_search()
        return self._models[state.key]

    def _crops_of(self, spec: ModelSpec) -> CropsOnServer | None:
        """None where no machine has made crops with the model."""
        store, state = self.store, ModelState.of(crops_of(spec))
        if not has_crops(spec) or not store.has(state):
            return None
        if state.key not in self._crops:
            self._crops[state.key] = CropsOnServer(store, state)
        self._crops[state.key].begin_search()
        return self._crops[state.key]

    def _here(self, filter: Filter) -> Here:
        """This machine, and, if the filter asks, which of its folders are offline."""
        here = Here(self._settings.machine, mappings=self._settings.mappings)
        if filter.available is None:
            return here
        folders = here.folders(self._catalogue.folders.paths())
        return replace(here, offline=folders_not_answering(folders, self._run))

    # Pictures

    def _pictures(self, ids: Sequence[int], filter: Filter, here: Here) -> dict[int, PictureRecord]:
        """As `Searcher._pictures`, with the places on all machines."""
        local = self._catalogue.pictures.get(ids)
        places = self.store.library.places.of_pictures(ids, with_thumbnails=True)
        records = {
            picture: record
            for picture in ids
            if (record := self._record(local.get(picture), places.get(picture, []))) is not None
        }
        keep_thumbnails(self._home, places, self._settings.machine)
        folders = here.folders(self._catalogue.folders.paths())
        located = locate(records.values(), folders, self._run)
        if filter.is_everything:
            return located
        passing = {
            picture: {
                self._path(place): place.mtime_ns
                for place in passing_places(places.get(picture, []), filter, here)
            }
            for picture in located
        }
        return {
            picture: replace(
                with_places_first(record, passing[picture], filter),
                time_ns=min(passing[picture].values(), default=record.time_ns),
            )
            for picture, record in located.items()
        }

    def _record(self, local: PictureRecord | None, places: list[Place]) -> PictureRecord | None:
        others = [place for place in places if place.machine != self._settings.machine]
        paths = tuple(self._path(place) for place in others)
        if local is not None:
            times = [place.mtime_ns for place in others]
            times += [] if local.time_ns is None else [local.time_ns]
            return replace(
                local,
                paths=tuple(dict.fromkeys((*local.paths, *paths))),
                time_ns=min(times, default=None),
            )
        facts = next((place.facts for place in others if place.facts is not None), None)
        if facts is None or others[0].picture is None:
            return None
        time_ns = min(place.mtime_ns for place in others)
        return PictureRecord(others[0].picture, facts, tuple(dict.fromkeys(paths)), time_ns=time_ns)

    def _path(self, place: Place) -> str:
        """As the catalogue and the user name it."""
        if place.machine == self._settings.machine:
            return place.path
        return path_here(f"{place.machine}:{place.path}", self._settings.mappings)
