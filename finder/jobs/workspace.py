"""The library of one window: the use cases, with the sessions that they share while it is open.

Heavy modules (ONNX Runtime, Milvus) are imported when first needed, in a lane's thread, so that the
window is shown before.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from finder.core.errors import FinderError
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.paths import Home, samples_dir
from finder.core.pictures.formats import EXTENSIONS
from finder.core.search.query.query_spec import QuerySpec
from finder.jobs.answer import Answer, empty_result
from finder.jobs.library_evaluation import LibraryEvaluation
from finder.jobs.library_models import WINDOW, LibraryModels
from finder.jobs.library_pictures import LibraryPictures
from finder.jobs.library_storage import LibraryStorage
from finder.jobs.library_teaching import LibraryTeaching
from finder.jobs.library_training import LibraryTraining
from finder.jobs.query_facts import Asked, QueryFacts, query_facts, spec_of
from finder.jobs.recent_queries import RecentQueries
from finder.jobs.saved_searches import SavedSearches
from finder.use_cases.library.library_overview import (
    Overview,
    change_settings,
    library_overview,
    skipped_files,
)
from finder.use_cases.search.search_session import SearchSession
from finder.workers.extractor_pools import SharedExtractors
from finder.workers.worker_pools import FolderChecks

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.library.catalogue.records import FileRecord
    from finder.core.library.catalogue.tables.failure_table import FailedFile
    from finder.core.library.indexing.located_folders import Recognised
    from finder.core.library.indexing.progress import Progress
    from finder.core.library.words.name_match import NameMatch
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Result
    from finder.core.search.query.query import Query
    from finder.core.search.stacks import NearDuplicates
    from finder.core.search.verify.sameness import Different, Sameness
    from finder.use_cases.library.indexing_estimate import Survey
    from finder.use_cases.library.removed_pictures import BroughtBack


@dataclass(frozen=True)
class Dropped:
    """Paths that were dropped or pasted, by what they are. models: ONNX files, with the JSON files
    that were dropped with them, one of which may be a tokenizer; external data is left out."""

    folders: tuple[str, ...]
    files: tuple[str, ...]
    missing: tuple[str, ...]
    models: tuple[str, ...] = ()


class Workspace:
    """Methods are called in lanes, never in the GUI thread."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._extractors = SharedExtractors(home)
        folder_checks = FolderChecks()
        self._session = SearchSession(home, self._extractors.get, folder_checks)
        self.pictures = LibraryPictures(home, folder_checks)
        self.recent = RecentQueries(home)
        self.saved = SavedSearches(home)
        self.models = LibraryModels(home, self._extractors)
        self.storage = LibraryStorage(home)
        self.evaluation = LibraryEvaluation(home, self._extractors.get)
        self.teaching = LibraryTeaching(home, self._extractors.get)
        self.training = LibraryTraining(home)

    def extractors(self) -> ExtractorPool:
        """The models' sessions, shared by searching and indexing."""
        return self._extractors.get()

    def close_search(self) -> None:
        """Close the files of the search (lane SEARCH); the next search opens them again."""
        self._session.close()

    def close(self) -> None:
        """Close everything, after all lanes have ended."""
        self._session.close()
        self.pictures.close()
        self._extractors.close()

    # Overview and settings (lane QUICK)

    def overview(self) -> Overview:
        return library_overview(self.home)

    def skipped(self) -> tuple[list[FileRecord], list[FailedFile]]:
        """The files that were skipped, and those whose picture a model could not embed."""
        return skipped_files(self.home)

    def save(self, changes: Mapping[str, Any]) -> None:
        """Store these settings; the others stay as they are."""
        change_settings(self.home, changes)

    # Indexing (lane LIBRARY)

    def survey(
        self, folders: Sequence[str], specs: Sequence[ModelSpec], large: int
    ) -> Generator[Survey | None]:
        """Estimate the work of indexing folders; the models' speed is measured if there are more
        than `large` files. The last value is the survey."""
        from finder.use_cases.library.indexing_estimate import survey_folders

        yield from survey_folders(self.home, self.extractors, WINDOW, folders, specs, large)

    def index(self, folders: Sequence[str], specs: Sequence[ModelSpec]) -> Generator[Progress]:
        """Bring the library up to date with the folders. Closing it stores what was finished."""
        from finder.use_cases.library.index_folders import index_folders

        yield from index_folders(self.home, self.extractors, WINDOW, folders, specs)

    def update(self, folders: Sequence[str], specs: Sequence[ModelSpec]) -> Generator[Progress]:
        """`index` in the background, after changes in these folders."""
        from finder.use_cases.library.index_folders import update_folders

        yield from update_folders(self.home, self.extractors, WINDOW, folders, specs)

    def preview_location(self, old: str, new: str) -> Recognised:
        """How many files of an offline folder are in another one (lane DRIVES)."""
        from finder.use_cases.library.locate_folder import preview_location

        return preview_location(self.home, old, new)

    def locate(self, old: str, new: str) -> Generator[Progress]:
        """Follow an offline folder to its new place, and bring that up to date."""
        from finder.use_cases.library.locate_folder import locate_folder

        yield from locate_folder(self.home, self.extractors, WINDOW, old, new)

    def retry_skipped(self) -> Generator[Progress]:
        """Read all skipped files again, and bring their folders up to date."""
        from finder.use_cases.library.index_folders import retry_skipped

        yield from retry_skipped(self.home, self.extractors, WINDOW)

    def forget(self, folder: str, say: Callable[[str], None]) -> int:
        """Remove a folder from the library. Returns the number of its files. say: is passed a
        sentence on what is left for the next run."""
        from finder.use_cases.library.index_folders import forget_folder

        return forget_folder(self.home, folder, WINDOW, say) or 0

    def add_crops(self, folder: str) -> None:
        """Find things inside the pictures of a folder; the caller indexes it."""
        from finder.use_cases.library.index_folders import switch_crops_on

        switch_crops_on(self.home, folder, WINDOW)

    def remove_crops(self, folder: str, say: Callable[[str], None]) -> int:
        """Find no things inside the pictures of a folder any more. say: as for `forget`."""
        from finder.use_cases.library.index_folders import switch_crops_off

        return switch_crops_off(self.home, folder, WINDOW, say)

    def remove_pictures(self, pictures: Sequence[int], say: Callable[[str], None]) -> int:
        """Remove pictures until they are brought back. Returns the number of their files. say: as
        for `forget`."""
        from finder.use_cases.library.removed_pictures import remove_pictures

        return remove_pictures(self.home, pictures, WINDOW, say)

    def bring_back(self, pictures: Sequence[int], say: Callable[[str], None]) -> BroughtBack:
        """Undo `remove_pictures`; the caller indexes the folders. say: as for `forget`."""
        from finder.use_cases.library.removed_pictures import bring_back

        return bring_back(self.home, pictures, WINDOW, say)

    # Searching (lane SEARCH)

    def set_query(self, asked: Asked, stop: CancelToken | None = None) -> QueryFacts:
        """Make this the query of the searches that follow; what was read and extracted before is
        used again. Raises FinderError, Cancelled."""
        spec = asked if isinstance(asked, QuerySpec) else spec_of(asked)
        return query_facts(self._session.set_query(spec, stop), self.pictures.thumb)

    def prepare_parts(self, number: int = 0, stop: CancelToken | None = None) -> None:
        """Decode the query's picture of this number as its parts need it, so that the first one is
        quick: when the user may be about to draw a frame. Raises FinderError, Cancelled."""
        self._session.prepare_parts(number, stop)

    def search(
        self,
        specs: Sequence[ModelSpec],
        top: int,
        metric: str,
        stop: CancelToken | None = None,
        filter: Filter = NO_FILTER,
        look_twice: bool = True,
    ) -> Result:
        """The pictures most like the query that was set last. look_twice: the best candidates are
        ranked again by their own neighbours. Raises FinderError, Cancelled."""
        return self._session.search(specs, top, metric, filter, stop, look_twice)

    def answer(
        self,
        specs: Sequence[ModelSpec],
        top: int,
        metric: str,
        stop: CancelToken | None = None,
        filter: Filter = NO_FILTER,
        look_twice: bool = True,
    ) -> Answer:
        """What `search` finds, and what has the query's words in its names and texts; of words
        alone also where no model can search for them. Raises FinderError, Cancelled."""
        query = self._session.query
        if query is None or not query.words:
            return Answer(self.search(specs, top, metric, stop, filter, look_twice))
        names, damage = self._names(query, top, filter)
        try:
            result = self.search(specs, top, metric, stop, filter, look_twice)
        except FinderError as error:
            from finder.use_cases.search.name_matches import answers_without_models

            if not answers_without_models(query, error, bool(names)):
                raise
            return Answer(empty_result(query, metric), names, error)
        if damage is not None:
            result = replace(result, notes=(*result.notes, str(damage)))
        return Answer(result, names)

    def _names(
        self, query: Query, top: int, filter: Filter
    ) -> tuple[tuple[NameMatch, ...], FinderError | None]:
        """What has the words in its names and texts; or why that cannot be known, which does not
        keep the models from answering."""
        try:
            return self.pictures.with_words(query, top, filter), None
        except FinderError as error:
            return (), error

    def words_to_load(self, specs: Sequence[ModelSpec]) -> list[ModelSpec]:
        """The models that must first load what understands the query's words (lane QUICK)."""
        return self._session.words_to_load(specs)

    def near_duplicates(
        self, result: Result, specs: Sequence[ModelSpec], stop: CancelToken | None = None
    ) -> NearDuplicates:
        """Those among the matches of this result. Raises FinderError, Cancelled."""
        return self._session.near_duplicates(result, specs, stop)

    def verify(
        self,
        result: Result,
        stop: CancelToken | None = None,
        known: Mapping[int, Sameness | Different] | None = None,
    ) -> Generator[Result]:
        """The result again whenever one more match is known to be the query's picture, or not to be
        “nearly the same”, with all that is known so far. Raises FinderError, Cancelled."""
        from finder.core.search.verify.proofs import with_verified

        verified = dict(known or {})
        shown = with_verified(result, verified)
        for picture, found in self._session.verify(result, stop):
            if verified.get(picture) != found:
                verified[picture] = found
                newer = with_verified(result, verified)
                if newer != shown:
                    shown = newer
                    yield newer


def sort_paths(paths: Sequence[str]) -> Dropped:
    """Which of the paths are folders, files and models (lane QUICK)."""
    absolute = [os.path.abspath(os.path.expanduser(path)) for path in paths]
    folders = tuple(p for p in absolute if os.path.isdir(p))
    files = tuple(p for p in absolute if os.path.isfile(p))
    missing = tuple(p for p in absolute if p not in folders and p not in files)
    models = tuple(p for p in files if p.lower().endswith(".onnx"))
    if models:
        models = tuple(p for p in files if p.lower().endswith((".onnx", ".json")))
        files = tuple(p for p in files if os.path.splitext(p)[1].lower() in EXTENSIONS)
    return Dropped(folders, files, missing, models)


def samples_folder() -> str:
    """The folder with the sample pictures that ship with the program; empty if there is none."""
    return str(samples_dir()) if samples_dir().is_dir() else ""
