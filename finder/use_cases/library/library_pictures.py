"""The library as a grid: its pictures in an order, those that are on the screen, the counts beside
its folders, and names: to complete what is typed, and to go to a picture.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from finder.core.library.availability import places_first
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.catalogue.folded_text import by_folder, by_name
from finder.core.library.catalogue.records import machine_of
from finder.core.library.listing import Order
from finder.core.library.name_search import FolderNames, search_files
from finder.core.pictures.scan import is_within_any

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import FolderCount, PictureRecord
    from finder.core.library.listing import Listing, Typed
    from finder.core.paths import Home


def list_library(
    home: Home,
    filter: Filter = NO_FILTER,
    order: Order = Order.NEWEST,
    offline: Collection[str] = (),
) -> Listing:
    """The pictures that pass the filter, each once. offline: the folders in which the library has
    files (`Here.folders`) that do not exist now, as far as the caller knows. Raises FinderError
    where the catalogue cannot be opened."""
    from finder.core.library.list_pictures import list_pictures

    with closing(Catalogue(home)) as catalogue, catalogue.snapshot():
        return list_pictures(
            catalogue.connection, catalogue.pictures.compiled(filter, offline), order
        )


def find_typed(
    home: Home,
    listing: Listing,
    typed: Typed,
    filter: Filter = NO_FILTER,
    offline: Collection[str] = (),
) -> int | None:
    """The picture of such a listing that is meant by what is typed of its file's name, by its
    content id; None if no name fits."""
    from finder.core.library import type_ahead

    with closing(Catalogue(home)) as catalogue, catalogue.snapshot():
        condition = catalogue.pictures.compiled(filter, offline)
        return type_ahead.find_typed(catalogue.connection, condition, listing, typed)


def listed_pictures(
    home: Home,
    pictures: Sequence[int],
    filter: Filter = NO_FILTER,
    order: Order = Order.NEWEST,
    offline: Collection[str] = (),
) -> dict[int, PictureRecord]:
    """The records of some pictures of such a listing (a visible range), by content id: those that
    the library still has. The first path of each is the one that it is listed by, unless that one
    is in an offline folder or on another machine, and another is not. No file is looked at."""
    key = by_name if order is Order.NAME else by_folder
    with closing(Catalogue(home)) as catalogue, catalogue.snapshot():
        found = catalogue.pictures.get(pictures)
        passing = catalogue.pictures.places_passing(found, filter, offline)
    return {
        picture: places_first(
            replace(
                record,
                paths=tuple(sorted(record.paths, key=key)),
                missing=frozenset(
                    path
                    for path in record.paths
                    if machine_of(path) or is_within_any(path, offline)
                ),
            ),
            passing[picture],
            filter,
        )
        for picture, record in found.items()
    }


@dataclass(frozen=True)
class LibraryCounts:
    """files and pictures of the whole library, each counted once."""

    folders: tuple[FolderCount, ...]
    files: int
    pictures: int

    @property
    def copies(self) -> int:
        """`files` is `pictures` and these: exact copies of another file."""
        return self.files - self.pictures

    @property
    def in_several_folders(self) -> int:
        """The folders' pictures together are the library's and these, which another folder has,
        too."""
        return sum(folder.pictures for folder in self.folders) - self.pictures


def library_counts(home: Home) -> LibraryCounts:
    """Raises FinderError where the catalogue cannot be opened."""
    with closing(Catalogue(home)) as catalogue, catalogue.snapshot():
        return LibraryCounts(tuple(catalogue.folders.counts()), *catalogue.folders.totals())


@dataclass(frozen=True)
class NameMatch:
    """A file or folder of the library whose name contains what was typed."""

    path: str
    is_folder: bool


class NameSearch:
    """Completes what is typed from the names of files and folders. It keeps the catalogue open and
    remembers the folders' names; belongs to one thread at a time."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._catalogue: Catalogue | None = None
        self._names = FolderNames()

    def close(self) -> None:
        """A later search opens the catalogue again."""
        if self._catalogue is not None:
            self._catalogue.close()
            self._catalogue = None

    def search(self, text: str, limit: int = 20) -> list[NameMatch]:
        """The best names, without regard to case: those that begin with the text first, and
        folders before files, but not more than half of them where there are enough files. Raises
        FinderError."""
        if self._catalogue is None or self._catalogue.was_replaced:
            self.close()
            self._catalogue = Catalogue(self._home)
            self._names = FolderNames()
        if not text.strip():
            return []
        folder_begins, folder_others = self._names.search(self._catalogue, text)
        file_begins, file_others = search_files(self._catalogue.connection, text, limit)
        files = len(file_begins) + len(file_others)
        room = max(limit - limit // 2, limit - files)
        begins = folder_begins[:room]
        others = folder_others[: room - len(begins)]
        matches = [
            *(NameMatch(path, True) for path in begins),
            *(NameMatch(path, False) for path in file_begins),
            *(NameMatch(path, True) for path in others),
            *(NameMatch(path, False) for path in file_others),
        ]
        return matches[:limit]
