"""What the window asks for, as plain functions of values; each runs in a lane of the door.

Heavy modules (ONNX Runtime, Milvus) are imported when first needed, in the lane's thread, so that
the window is up before.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter

from finder.core.cancellation import CancellableExecutor, CancelToken
from finder.core.errors import FinderError
from finder.core.i18n import mark, tr
from finder.core.library.availability import Place, locate, places_of
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.failure_table import FailedFile
from finder.core.library.catalogue.picture_filter import NO_FILTER, Filter
from finder.core.library.catalogue.records import FileRecord, FolderState, PictureRecord
from finder.core.library.catalogue.settings import load_settings, save_settings
from finder.core.paths import Home, samples_dir
from finder.core.pictures.formats import EXTENSIONS
from finder.core.pictures.thumbnails import thumbnail_path
from finder.jobs.images import from_pillow, load_picture, load_thumbnail
from finder.workers.deferred_imports import import_deferred
from finder.workers.provider_choice import extractors_of
from finder.workers.worker_pools import FolderChecks, worker_count, worker_pool

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.core.models.registry import BrokenModel
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.pictures.decode import DecodedPicture
    from finder.core.search.matches import Result
    from finder.core.search.query import Query
    from finder.core.search.searcher import Searcher

_MEASURED_PICTURES = 6
_LEFT_ALONE = 6  # threads
_QUERY_SIDE = 320  # what most models decode at: one decode serves both
PREVIEW_SIDE = 1_200


@dataclass(frozen=True)
class Overview:
    """The library at a glance. indexed: pictures for each model's name; failed: for the name of
    each model that could not embed some, how many; is_snapshot: its disk takes nothing now."""

    folders: tuple[FolderState, ...] = ()
    models: tuple[ModelSpec, ...] = ()
    broken: tuple[BrokenModel, ...] = ()
    indexed: dict[str, int] | None = None
    pictures: int = 0
    skipped: int = 0
    is_snapshot: bool = False
    failed: Mapping[str, int] = field(default_factory=dict)

    def indexed_by(self, name: str) -> int:
        return (self.indexed or {}).get(name, 0)


@dataclass(frozen=True)
class Dropped:
    """Paths that were dropped or pasted, sorted by what they are. models: ONNX files; their data
    files, dropped with them, are left out."""

    folders: tuple[str, ...]
    files: tuple[str, ...]
    missing: tuple[str, ...]
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Survey:
    """What indexing folders would take: files to do, and for each model's name the seconds it
    would take alone (empty where it was not worth measuring)."""

    folders: tuple[str, ...]
    files: int
    seconds: dict[str, float]


@dataclass(frozen=True)
class QuerySource:
    """Where a query comes from: files' paths, else an image, else encoded bytes; for a web address
    these are downloaded first. more_paths: of further pictures, if `path` is the first of them."""

    label: str
    path: str | None = None
    more_paths: tuple[str, ...] = ()
    image: QImage | None = None
    data: bytes = b""
    url: str = ""


@dataclass(frozen=True)
class QueryFacts:
    """What the query bar shows of the first picture: width and height in pixels, bytes of the
    file. more_labels: what the other pictures are called."""

    label: str
    path: str | None
    picture: int | None
    width: int
    height: int
    bytes: int
    image: QImage
    more_labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class PictureDetails:
    """A picture of the library as it was found just now, with its preview. path: the first of its
    places that is there; None if it is in none of them."""

    picture: PictureRecord
    bytes: int
    path: str | None
    image: QImage


class Workspace:
    """One library as the window sees it. Methods are called in lanes, never in the GUI thread."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._lock = threading.Lock()
        self._extractors: ExtractorPool | None = None
        self._searcher: Searcher | None = None
        self._query: Query | None = None
        self._folder_run = FolderChecks()
        self._helpers: ThreadPoolExecutor | None = None

    def extractors(self) -> ExtractorPool:
        """The model sessions of this process, shared by searching and indexing."""

        with self._lock:
            if self._extractors is None:
                self._extractors = extractors_of(self.home)
            return self._extractors

    def let_go(self, model: str) -> None:
        """A model is gone: its session may take hundreds of megabytes."""
        with self._lock:
            if self._extractors is not None:
                self._extractors.discard(model)

    def close(self) -> None:
        """Let go of the search's connection; in the search lane or after it has ended."""
        if self._searcher is not None:
            self._searcher.close()
            self._searcher = None
        if self._helpers is not None:
            self._helpers.shutdown(wait=False, cancel_futures=True)
            self._helpers = None

    def tidy(self) -> None:
        """Remove what killed processes have left in the temporary folder (lane IMPORT)."""
        from finder.core.temporary_folders import clear_temporary_folders

        clear_temporary_folders()

    def end(self) -> None:
        """Close for good, once all lanes have ended."""
        self.close()
        if self._extractors is not None:
            self._extractors.close()

    # Looking (lane LOOK)

    def overview(self) -> Overview:
        from finder.core.models.registry import list_models

        specs, broken = list_models(self.home.model_dirs())
        with closing(Catalogue(self.home)) as catalogue:
            return Overview(
                tuple(catalogue.folders.states()),
                tuple(specs),
                tuple(broken),
                catalogue.embeddings.counts(),
                catalogue.pictures.count(),
                catalogue.files.skipped_count(),
                catalogue.is_snapshot,
                catalogue.failures.counts(),
            )

    def skipped(self) -> tuple[list[FileRecord], list[FailedFile]]:
        """The files that were skipped, and those whose picture a model could not embed."""
        with closing(Catalogue(self.home)) as catalogue:
            return catalogue.files.skipped(), catalogue.failures.files()

    def save(self, changes: Mapping[str, Any]) -> None:
        """Keep these settings; the others stay as they are, whoever set them. Nothing is kept where
        the disk takes nothing, of which the user knows from the overview."""
        with closing(Catalogue(self.home)) as catalogue:
            if catalogue.is_snapshot:
                return
            before = load_settings(catalogue)
            after = replace(before, **changes)
            if after != before:
                save_settings(catalogue, after)

    def sort_out(self, paths: Sequence[str]) -> Dropped:
        """Which of the paths are folders, which files, which models."""
        absolute = [os.path.abspath(os.path.expanduser(path)) for path in paths]
        folders = tuple(p for p in absolute if os.path.isdir(p))
        files = tuple(p for p in absolute if os.path.isfile(p))
        missing = tuple(p for p in absolute if p not in folders and p not in files)
        models = tuple(p for p in files if p.lower().endswith(".onnx"))
        if models:
            files = tuple(p for p in files if os.path.splitext(p)[1].lower() in EXTENSIONS)
        return Dropped(folders, files, missing, models)

    def look_again(self, pictures: Sequence[PictureRecord]) -> dict[int, PictureRecord]:
        """The pictures by their ids, with the places that the library knows now, those that exist
        first. One that it knows no more keeps its places. Takes half a second at most."""
        with closing(Catalogue(self.home)) as catalogue:
            known = catalogue.pictures.get(picture.id for picture in pictures)
            folders = catalogue.folders.paths()
        return locate((known.get(p.id, p) for p in pictures), folders, self._folder_run)

    def survey(
        self, folders: Sequence[str], specs: Sequence[ModelSpec], large: int
    ) -> Generator[Survey | None]:
        """Count the files that have work to be done; where there are more than `large`, measure
        each model on a few of them. The last step is the survey (lane LIBRARY)."""
        from finder.core.library.indexing.plan import Plan, outermost

        with closing(Catalogue(self.home)) as catalogue:
            plan = Plan(catalogue, specs)
            for folder in outermost(folders):
                for _ in plan.scan(folder):
                    yield None
        files = [file.path for file in plan.todo]
        seconds = {}
        if len(files) > large:
            step = max(1, len(files) // _MEASURED_PICTURES)
            probes = files[::step][:_MEASURED_PICTURES]
            from finder.use_cases.time_estimates import seconds_each

            each = seconds_each(self.home, probes, specs, self.extractors(), self._max_pixels())
            seconds = {name: cost * len(files) / worker_count() for name, cost in each.items()}
        yield Survey(tuple(folders), len(files), seconds)

    def places(self, folders: Sequence[FolderState]) -> dict[str, Place | None]:
        """Where the library's folders are; None for those that are away (lane DRIVES)."""
        return places_of(folders)

    # Writing (lane LIBRARY)

    def index(self, folders: Sequence[str], specs: Sequence[ModelSpec]) -> Generator[Progress]:
        """Bring the library up to date with the folders. Closing it keeps what was done. A model
        that was removed since the window has listed it stays removed."""
        import_deferred(
            "finder.core.library.indexing.index_run", "finder.core.library.vectors.milvus_lite"
        )
        from finder.core.library.indexing.index_run import index
        from finder.core.library.writer import LibraryWriter
        from finder.core.models.registry import require_installed

        with LibraryWriter(self.home, mark("the window")) as writer, worker_pool() as crew:
            left = require_installed(specs)
            yield from index(writer, folders, left, self.extractors(), crew)

    def keep_up(self, folders: Sequence[str], specs: Sequence[ModelSpec]) -> Generator[Progress]:
        """`index` those of the folders that are the library's now, for nobody in particular:
        what is just being written waits for the next time. Gives nothing where no folder, or no
        model, is left."""
        import_deferred(
            "finder.core.library.indexing.index_run", "finder.core.library.vectors.milvus_lite"
        )
        from finder.core.library.indexing.index_run import index
        from finder.core.library.writer import LibraryWriter
        from finder.core.models.registry import still_installed

        with LibraryWriter(self.home, mark("the window")) as writer, worker_pool() as crew:
            known = set(writer.catalogue.folders.paths())
            kept = [folder for folder in folders if folder in known]
            left = still_installed(specs)
            if kept and left:
                yield from index(writer, kept, left, self.extractors(), crew, defer_recent=True)

    def forget(self, folder: str) -> int:
        from finder.core.library.writer import LibraryWriter

        with LibraryWriter(self.home, mark("the window")) as writer:
            return writer.removals.forget_folder(folder)

    # Searching (lane SEARCH)

    def set_query(self, source: QuerySource, stop: CancelToken | None = None) -> QueryFacts:
        """Make this the query of the searches that follow. Raises FinderError, Cancelled."""
        if source.url:
            source = replace(source, data=self._download(source.url, stop))
        helpers = CancellableExecutor(self._helping(), stop)
        ((query, decoded),) = helpers.run(partial(self._read_query, source))
        helpers.run(*(partial(item.decoded, _QUERY_SIDE) for item in query.items[1:]))
        helpers.check()
        self._query = query
        facts = decoded.facts
        return QueryFacts(
            query.label,
            query.first.path,
            query.first.picture,
            facts.width,
            facts.height,
            len(query.first.data),
            from_pillow(decoded.image),
            tuple(item.label for item in query.items[1:]),
        )

    def search(
        self,
        specs: Sequence[ModelSpec],
        top: int,
        metric: str,
        stop: CancelToken | None = None,
        filter: Filter = NO_FILTER,
    ) -> Result:
        """Ask the library about the query that was set last. Raises FinderError, Cancelled."""
        import_deferred("finder.core.models.runtime.session", "finder.core.search.searcher")
        from finder.core.search.distance import Metric
        from finder.use_cases.library_search import open_searcher

        if self._query is None:
            raise FinderError(tr("There is no query picture."), tr("Drop or open one."))
        if self._searcher is None:
            self._searcher = open_searcher(
                self.home, self.extractors(), self._helping(), self._folder_run
            )
        return self._searcher.search(self._query, specs, top, Metric(metric), filter, stop)

    def _download(self, url: str, stop: CancelToken | None) -> bytes:
        from finder.core.web.fetch import fetch_picture

        return fetch_picture(url, stop=stop, executor=self._helping())

    def _helping(self) -> Executor:
        """More threads than cores: a step of a query that nobody waits for any more keeps its
        thread until it ends."""
        if self._helpers is None:
            self._helpers = ThreadPoolExecutor(
                worker_count() + _LEFT_ALONE, thread_name_prefix="finder-query"
            )
        return self._helpers

    # Pictures (lanes THUMBS and PREVIEW)

    def thumb(self, picture: int) -> QImage:
        """The thumbnail; a null image if there is none."""
        return load_thumbnail(thumbnail_path(self.home.thumbs, picture))

    def details(self, picture: PictureRecord) -> PictureDetails:
        found = self.look_again([picture])[picture.id]
        for path in found.paths:
            if path in found.away:
                continue
            try:
                size = os.path.getsize(path)
            except OSError:
                continue
            image = load_picture(path, PREVIEW_SIDE, self._max_pixels())
            return PictureDetails(found, size, path, image)
        return PictureDetails(found, 0, None, self.thumb(picture.id))

    def _read_query(self, source: QuerySource) -> tuple[Query, DecodedPicture]:
        from finder.core.search.query import Query

        with closing(Catalogue(self.home)) as catalogue:
            rules = load_settings(catalogue).max_pixels, catalogue.content_hash
        if source.path is not None:
            query = Query.from_files([source.path, *source.more_paths], *rules)
        elif source.image is not None:
            query = Query.from_bytes(source.label, _as_png(source.image), *rules)
        else:
            query = Query.from_bytes(source.label, source.data, *rules)
        return query, query.first.decoded(_QUERY_SIDE)

    def _max_pixels(self) -> int:
        with closing(Catalogue(self.home)) as catalogue:
            return load_settings(catalogue).max_pixels


def samples_folder() -> str:
    """The folder with the sample pictures that ship with the program; empty if there is none."""
    return str(samples_dir()) if samples_dir().is_dir() else ""


def _as_png(image: QImage) -> bytes:
    """By way of PNG, so that nothing of a pasted image is lost."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"png").write(image)
    return bytes(data.data())
