"""Pictures of a library for the window: thumbnails, previews, and where their files are now."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from finder.core.library.availability import folders_not_answering, locate
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.thumbnail_store import read_thumbnails
from finder.jobs.images import PictureSource, from_jpeg, load_levels, load_picture
from finder.use_cases.library.library_overview import max_pixels_of

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.library.listing import Listing, Order, Typed
    from finder.core.library.words.name_match import NameMatch
    from finder.core.paths import Home
    from finder.use_cases.library.library_pictures import NameMatch as NamedFile
    from finder.use_cases.library.library_pictures import NameSearch
    from finder.workers.worker_pools import FolderChecks

PREVIEW_SIDE = 1_200  # pixels
FULL_SIDE = 8_000  # pixels; a larger picture is shown no sharper


@dataclass(frozen=True)
class PictureDetails:
    """A picture of the library with its preview and its current file. path: the first of its
    files that exists, None if there is none; bytes: of that file."""

    picture: PictureRecord
    bytes: int
    path: str | None
    image: QImage


class LibraryPictures:
    """Methods are called in lanes, never in the GUI thread."""

    def __init__(self, home: Home, folder_checks: FolderChecks) -> None:
        self._home = home
        self._folder_checks = folder_checks
        self._names: NameSearch | None = None

    def thumb(self, picture: int) -> QImage:
        """The thumbnail; a null image if there is none (lane THUMBS)."""
        return self.thumbs([picture])[0]

    def thumbs(self, pictures: Sequence[int]) -> list[QImage]:
        """As `thumb`, for several pictures, whose file is opened once."""
        return [from_jpeg(data or b"") for data in read_thumbnails(self._home, pictures)]

    def listing(self, filter: Filter, order: Order, offline: Sequence[str]) -> Listing:
        """The library's pictures in an order (lane QUICK); see `list_library`."""
        from finder.use_cases.library.library_pictures import list_library

        return list_library(self._home, filter, order, offline)

    def records(
        self, pictures: Sequence[int], filter: Filter, order: Order, offline: Sequence[str]
    ) -> dict[int, PictureRecord]:
        """The records of some pictures of such a listing (lane QUICK)."""
        from finder.use_cases.library.library_pictures import listed_pictures

        return listed_pictures(self._home, pictures, filter, order, offline)

    def find_typed(
        self, listing: Listing, typed: Typed, filter: Filter, offline: Sequence[str]
    ) -> int | None:
        """The picture of such a listing whose name is being typed (lane QUICK)."""
        from finder.use_cases.library.library_pictures import find_typed

        return find_typed(self._home, listing, typed, filter, offline)

    def names(self, text: str, most: int) -> list[NamedFile]:
        """Files and folders whose name has the text, the best first (lane QUICK)."""
        if self._names is None:
            from finder.use_cases.library.library_pictures import NameSearch

            self._names = NameSearch(self._home)
        return self._names.search(text, most)

    def with_words(self, text: str, most: int, filter: Filter) -> tuple[NameMatch, ...]:
        """The pictures with these words in their names and texts, with the files that exist first
        (lane SEARCH)."""
        from finder.use_cases.search.name_matches import find_names

        with closing(Catalogue(self._home)) as catalogue:
            folders = catalogue.here.folders(catalogue.folders.paths())
            offline: frozenset[str] = frozenset()
            if filter.available is not None:
                offline = folders_not_answering(folders, self._folder_checks)
            found = find_names(catalogue, text, most, filter, offline)
        located = locate((match.picture for match in found), folders, self._folder_checks)
        return tuple(replace(match, picture=located[match.picture.id]) for match in found)

    def picture_of(self, path: str) -> int | None:
        """The content id of a file's picture, as the library knows it (lane QUICK)."""
        with closing(Catalogue(self._home)) as catalogue:
            return catalogue.files.picture_of(path)

    def close(self) -> None:
        """After the lanes have ended."""
        if self._names is not None:
            self._names.close()

    def details(self, picture: PictureRecord) -> PictureDetails:
        """The picture's file with a preview; its thumbnail if no file exists (lane PREVIEW)."""
        found = self.locate([picture])[picture.id]
        for path in found.paths:
            if path in found.missing:
                continue
            try:
                size = os.path.getsize(path)
            except OSError:
                continue
            image = load_picture(path, PREVIEW_SIDE, max_pixels_of(self._home))
            return PictureDetails(found, size, path, image)
        return PictureDetails(found, 0, None, self.thumb(picture.id))

    def levels(self, source: PictureSource, side: int) -> list[QImage]:
        """A picture with up to so many pixels in its longer side, and smaller ones of it, smallest
        first; empty if it cannot be read (lane PREVIEW)."""
        return load_levels(source, side, max_pixels_of(self._home))

    def locate(self, pictures: Sequence[PictureRecord]) -> dict[int, PictureRecord]:
        """The pictures by their ids, with the files that the library knows now, those that exist
        first. One that is no longer in the library keeps its files. Takes half a second at most
        (lane QUICK)."""
        with closing(Catalogue(self._home)) as catalogue:
            known = catalogue.pictures.get(picture.id for picture in pictures)
            folders = catalogue.here.folders(catalogue.folders.paths())
        return locate((known.get(p.id, p) for p in pictures), folders, self._folder_checks)
