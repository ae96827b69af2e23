"""The library of one window: the use cases, with the sessions that they share while it is open.

Heavy modules (ONNX Runtime, Milvus) are imported when first needed, in a lane's thread, so that the
window is shown before.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageWriter

from finder.core.cancellation import CancelToken
from finder.core.library.catalogue.failure_table import FailedFile
from finder.core.library.catalogue.picture_filter import NO_FILTER, Filter
from finder.core.library.catalogue.records import FileRecord
from finder.core.models.spec import SMALLEST_DECODE_SIDE
from finder.core.paths import Home, samples_dir
from finder.core.pictures.formats import EXTENSIONS
from finder.core.search.query_spec import BytesSource, QueryExample, QuerySpec, WebSource
from finder.jobs.images import from_pillow
from finder.jobs.library_models import WINDOW, LibraryModels
from finder.jobs.library_pictures import LibraryPictures
from finder.use_cases.library_overview import (
    Overview,
    change_settings,
    library_overview,
    skipped_files,
)
from finder.use_cases.search_session import SearchSession
from finder.workers.extractor_pools import SharedExtractors
from finder.workers.worker_pools import FolderChecks

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.pictures.mapped_file import Bytes
    from finder.core.search.matches import Result
    from finder.use_cases.indexing_estimate import Survey


@dataclass(frozen=True)
class Dropped:
    """Paths that were dropped or pasted, by what they are. models: ONNX files; external data that
    was dropped with them is left out."""

    folders: tuple[str, ...]
    files: tuple[str, ...]
    missing: tuple[str, ...]
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class QuerySource:
    """The source of a query: paths of files, else an image, else encoded bytes, which are
    downloaded first if there is a web address. more_paths: of further pictures, if `path` is the
    first one."""

    label: str
    path: str | None = None
    image: QImage | None = None
    data: bytes = b""
    url: str = ""
    more_paths: tuple[str, ...] = ()


Asked = QuerySource | QuerySpec


@dataclass(frozen=True)
class QueryFacts:
    """What the query bar shows of the first picture, whole: width and height in pixels, bytes of
    the file (0 if it is gone). more_labels: the names of the other pictures. spec: what was asked,
    to ask it again. data: the picture's bytes if it has no file."""

    label: str
    path: str | None
    picture: int | None
    width: int
    height: int
    bytes: int
    image: QImage
    more_labels: tuple[str, ...] = ()
    spec: QuerySpec | None = None
    data: Bytes = field(default=b"", repr=False)


class Workspace:
    """Methods are called in lanes, never in the GUI thread."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._extractors = SharedExtractors(home)
        folder_checks = FolderChecks()
        self._session = SearchSession(home, self._extractors.get, folder_checks)
        self.pictures = LibraryPictures(home, folder_checks)
        self.models = LibraryModels(home, self._extractors)

    def extractors(self) -> ExtractorPool:
        """The models' sessions, shared by searching and indexing."""
        return self._extractors.get()

    def close_search(self) -> None:
        """Close the files of the search (lane SEARCH); the next search opens them again."""
        self._session.close()

    def close(self) -> None:
        """Close everything, after all lanes have ended."""
        self._session.close()
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
        from finder.use_cases.indexing_estimate import survey_folders

        yield from survey_folders(self.home, self.extractors, WINDOW, folders, specs, large)

    def index(self, folders: Sequence[str], specs: Sequence[ModelSpec]) -> Generator[Progress]:
        """Bring the library up to date with the folders. Closing it stores what was finished."""
        from finder.use_cases.index_folders import index_folders

        yield from index_folders(self.home, self.extractors, WINDOW, folders, specs)

    def update(self, folders: Sequence[str], specs: Sequence[ModelSpec]) -> Generator[Progress]:
        """`index` in the background, after changes in these folders."""
        from finder.use_cases.index_folders import update_folders

        yield from update_folders(self.home, self.extractors, WINDOW, folders, specs)

    def forget(self, folder: str) -> int:
        """Remove a folder from the library. Returns the number of its files."""
        from finder.use_cases.index_folders import forget_folder

        return forget_folder(self.home, folder, WINDOW) or 0

    # Searching (lane SEARCH)

    def set_query(self, asked: Asked, stop: CancelToken | None = None) -> QueryFacts:
        """Make this the query of the searches that follow; what was read and extracted before is
        used again. Raises FinderError, Cancelled."""
        spec = asked if isinstance(asked, QuerySpec) else _spec_of(asked)
        read = self._session.set_query(spec, stop)
        item = read.first.item
        if item.is_gone:
            image, facts = self.pictures.thumb(item.picture or 0), read.first.facts
        else:
            decoded = item.decoded(SMALLEST_DECODE_SIDE)
            image, facts = from_pillow(decoded.image), decoded.facts
        return QueryFacts(
            item.label,
            item.path,
            item.picture,
            facts.width if facts else 0,
            facts.height if facts else 0,
            len(item.data),
            image,
            tuple(other.label for other in read.query.items if other is not read.query.first),
            spec,
            item.data if item.path is None else b"",
        )

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
    ) -> Result:
        """The pictures most like the query that was set last. Raises FinderError, Cancelled."""
        return self._session.search(specs, top, metric, filter, stop)


def sort_paths(paths: Sequence[str]) -> Dropped:
    """Which of the paths are folders, files and models (lane QUICK)."""
    absolute = [os.path.abspath(os.path.expanduser(path)) for path in paths]
    folders = tuple(p for p in absolute if os.path.isdir(p))
    files = tuple(p for p in absolute if os.path.isfile(p))
    missing = tuple(p for p in absolute if p not in folders and p not in files)
    models = tuple(p for p in files if p.lower().endswith(".onnx"))
    if models:
        files = tuple(p for p in files if os.path.splitext(p)[1].lower() in EXTENSIONS)
    return Dropped(folders, files, missing, models)


def download_label(asked: Asked) -> str:
    """The name of a picture that is downloaded for this query; empty if none is."""
    if isinstance(asked, QuerySource):
        return asked.label if asked.url else ""
    sources = (item.source for item in asked.items)
    return next((source.label for source in sources if isinstance(source, WebSource)), "")


def samples_folder() -> str:
    """The folder with the sample pictures that ship with the program; empty if there is none."""
    return str(samples_dir()) if samples_dir().is_dir() else ""


def _spec_of(source: QuerySource) -> QuerySpec:
    if source.path is not None:
        return QuerySpec.of_files([source.path, *source.more_paths])
    if source.url:
        return QuerySpec((QueryExample(WebSource(source.url, source.label)),))
    data = source.data if source.image is None else _as_png(source.image)
    return QuerySpec((QueryExample(BytesSource(source.label, data)),))


def _as_png(image: QImage) -> bytes:
    """Lossless."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"png").write(image)
    return bytes(data.data())
