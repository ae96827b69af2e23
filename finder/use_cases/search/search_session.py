"""Searching a library: a picture is read once and may then be searched for several times, whole or
in part, alone or with others, or with words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from finder.core.cancellation import CancellableExecutor, CancelToken
from finder.core.errors import FinderError, cannot_verify
from finder.core.i18n import tr
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.models.spec import SMALLEST_DECODE_SIDE
from finder.core.search.query.query_spec import QuerySpec, WebSource
from finder.core.search.stacks import NO_NEAR_DUPLICATES
from finder.workers.deferred_imports import import_deferred
from finder.workers.worker_pools import FolderChecks, worker_count

if TYPE_CHECKING:
    from finder.core.library.server.store_settings import StoreSettings
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.search.matches import Result
    from finder.core.search.query.query import Query
    from finder.core.search.searcher import Searcher
    from finder.core.search.server_searcher import ServerSearcher
    from finder.core.search.stacks import NearDuplicates
    from finder.core.search.verify.sameness import Different, Sameness
    from finder.core.search.verify.verifier import Verifier
    from finder.use_cases.search.query_reader import QueryReader, ReadQuery

_SPARE_THREADS = 6


class SearchSession:
    """One library's searcher and the current query. Its methods are called by one thread at a time;
    what they wait for runs in threads of its own, so that a CancelToken ends them at once."""

    def __init__(
        self,
        home: Home,
        extractors: Callable[[], ExtractorPool],
        folder_checks: FolderChecks | None = None,
    ) -> None:
        self._home = home
        self._extractors = extractors
        self._folder_checks = folder_checks or FolderChecks()
        self._searcher: Searcher | ServerSearcher | None = None
        self._server: StoreSettings | None = None
        self._reader: QueryReader | None = None
        self._read: ReadQuery | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._verifier: Verifier | None = None

    def close(self) -> None:
        """Close the searcher. Another search opens it again."""
        if self._searcher is not None:
            self._searcher.close()
            self._searcher = None
        if self._verifier is not None:
            self._verifier.close()
            self._verifier = None
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    @property
    def query(self) -> Query | None:
        """Of the searches that follow."""
        return self._read.query if self._read is not None else None

    def set_query(self, spec: QuerySpec, token: CancelToken | None = None) -> ReadQuery:
        """Make this the query of the searches that follow. What was read and extracted for an
        earlier one is used again. Raises FinderError, Cancelled."""
        spec.check()
        executor = CancellableExecutor(self._threads(), token)
        reader = self._query_reader()
        downloads = {
            source.url: self.download(source.url, token)
            for source in (example.source for example in spec.items)
            if isinstance(source, WebSource) and not reader.has_downloaded(source)
        }
        (read,) = executor.run(partial(reader.read, spec, downloads))
        wholes = [picture.item for picture in read.pictures.values() if not picture.item.is_gone]
        executor.run(*(partial(item.decoded, SMALLEST_DECODE_SIDE) for item in wholes))
        executor.check()
        reader.keep(read)
        self._read = read
        return read

    def words_to_load(self, specs: Sequence[ModelSpec]) -> list[ModelSpec]:
        """Those of the models of which the next search for the query's words first loads the text
        tower, which takes seconds."""
        words = self._read.query.words if self._read is not None else ()
        return [
            spec
            for spec in specs
            if spec.text is not None
            and not all(one.has_vector(spec) for one in words)
            and not self._extractors().has_text_loaded(spec)
        ]

    def prepare_parts(self, number: int = 0, token: CancelToken | None = None) -> None:
        """Decode the query's picture of this number as its parts need it, before one is asked.
        Raises FinderError, Cancelled."""
        if self._read is not None and self._read.query.items:
            item = self._read.query.items[number]
            CancellableExecutor(self._threads(), token).run(item.prepare_parts)

    def download(self, url: str, token: CancelToken | None = None) -> bytes:
        """A picture from a web address. Raises FinderError, Cancelled."""
        from finder.core.web.fetch import fetch_picture

        return fetch_picture(url, stop=token, executor=self._threads())

    def search(
        self,
        specs: Sequence[ModelSpec],
        top: int,
        metric: str,
        filter: Filter = NO_FILTER,
        token: CancelToken | None = None,
        look_twice: bool = True,
    ) -> Result:
        """The `top` pictures that are most like the query, for each model and for all of them
        combined. look_twice: see `Searcher.search`. Raises FinderError, Cancelled."""
        import_deferred("finder.core.models.runtime.session", "finder.core.search.searcher")
        from finder.core.search.distance import Metric

        if self._read is None:
            raise FinderError(tr("There is no query picture."), tr("Drop or open one."))
        searcher = self._open_searcher()
        return searcher.search(
            self._read.query, specs, top, Metric(metric), filter, token, look_twice
        )

    def near_duplicates(
        self, result: Result, specs: Sequence[ModelSpec], token: CancelToken | None = None
    ) -> NearDuplicates:
        """Those in each list of the result, by the vectors that the models of the search have
        stored: to be folded, each behind a match that it resembles. Raises FinderError,
        Cancelled."""
        lists = [result.combined, *result.models.values()]
        answered = [spec for spec in specs if spec.name in result.models]
        if not answered:
            return NO_NEAR_DUPLICATES
        ids = ([match.picture.id for match in matches] for matches in lists)
        return self._open_searcher().near_duplicates(ids, answered, token)

    def verify(
        self, result: Result, token: CancelToken | None = None
    ) -> Iterator[tuple[int, Sameness | Different]]:
        """Whether the best matches are the query's picture, by content id, best first, each as soon
        as it is known: for `proofs.with_proofs`. Raises FinderError, which is a
        CannotVerifyError if OpenCV is missing or fails; Cancelled, within a tenth of a second after
        the token is set. Nothing without a picture in the query."""
        if not result.query.items:
            return
        executor = CancellableExecutor(self._threads(), token)
        try:
            executor.run(partial(import_deferred, "finder.core.search.verify.verifier"))
        except ImportError as error:
            raise cannot_verify(error) from error
        from finder.core.search.verify.verifier import Verifier
        from finder.use_cases.search.verify_matches import verify_matches

        if self._verifier is None:
            self._verifier = Verifier(self._home)
        yield from verify_matches(self._verifier, result, executor)

    def _open_searcher(self) -> Searcher | ServerSearcher:
        """Another one, once the library's vectors are somewhere else."""
        from finder.use_cases.search.library_search import searcher_for, server_only

        server = server_only(self._home)
        if self._searcher is not None and server != self._server:
            self._searcher.close()
            self._searcher = None
        self._server = server
        if self._searcher is None:
            self._searcher = searcher_for(
                self._home, self._extractors(), self._threads(), self._folder_checks
            )
        return self._searcher

    def _query_reader(self) -> QueryReader:
        if self._reader is None:
            from finder.use_cases.search.query_reader import QueryReader

            self._reader = QueryReader(self._home, self._folder_checks)
        return self._reader

    def _threads(self) -> Executor:
        """More threads than cores: a step of a search that was cancelled keeps its thread until it
        ends."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(
                worker_count() + _SPARE_THREADS, thread_name_prefix="finder-query"
            )
        return self._executor
