"""Reads the pictures of queries from wherever they are; those of earlier queries are reused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from finder.core.bounded_cache import BoundedCache
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.availability import locate
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.search.query.query_spec import (
    BytesSource,
    FileSource,
    LibrarySource,
    PictureSource,
    QuerySpec,
    Source,
    TextSource,
    WebSource,
)

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.core.pictures.facts import PictureFacts
    from finder.core.search.query.query import Query, QueryItem, QueryRules
    from finder.workers.worker_pools import FolderChecks

_KEPT_BYTES = 64_000_000
"""Of the files of earlier queries."""

Stamp = tuple[int, int, int]
"""Of a file: its size, time and inode. Another one after a change."""


@dataclass(frozen=True)
class QueryPicture:
    """A picture that was read. facts: as the library has them, if no file exists any more. stamp:
    of its file; rules: by which it was read."""

    item: QueryItem
    rules: QueryRules
    facts: PictureFacts | None = None
    stamp: Stamp | None = None


@dataclass(frozen=True)
class ReadQuery:
    """A query, and for the source of each of its pictures what was read."""

    query: Query
    spec: QuerySpec
    pictures: Mapping[Source, QueryPicture]


class QueryReader:
    """`read` may be called in any thread; the other methods in one thread at a time."""

    def __init__(self, home: Home, folder_checks: FolderChecks) -> None:
        from finder.core.search.query.query_caches import QueryCaches

        self._home = home
        self._folder_checks = folder_checks
        self._caches = QueryCaches()
        self._current: Mapping[Source, QueryPicture] = {}
        self._earlier: BoundedCache[Source, QueryPicture] = BoundedCache(
            _KEPT_BYTES, lambda picture: max(1, len(picture.item.data))
        )

    def keep(self, read: ReadQuery) -> None:
        """Reuse what was read for the queries that follow."""
        self._current = read.pictures
        for source, picture in read.pictures.items():
            self._earlier.put(source, picture)
        self._caches.drop_large({item.source for item in read.query.items})

    def has_downloaded(self, source: WebSource) -> bool:
        return self._known(source) is not None

    def read(self, spec: QuerySpec, downloads: Mapping[str, bytes]) -> ReadQuery:
        """downloads: the pictures of web addresses that `has_downloaded` has not. Raises
        FinderError."""
        from finder.core.search.query.query import Query
        from finder.core.search.query.query_words import QueryWords

        spec.check()
        pictures = self._pictures(spec, downloads) if spec.pictures else {}
        items = tuple(
            replace(
                pictures[example.source].item, weight=example.weight, transform=example.transform
            )
            for example in spec.pictures
        )
        words = tuple(
            QueryWords(example.source.label, example.weight, self._caches) for example in spec.words
        )
        return ReadQuery(Query(items, spec.any_orientation, words), spec, pictures)

    def _pictures(
        self, spec: QuerySpec, downloads: Mapping[str, bytes]
    ) -> dict[Source, QueryPicture]:
        from finder.core.search.query.query import QueryRules

        with closing(Catalogue(self._home)) as catalogue:
            rules = QueryRules(load_settings(catalogue).max_pixels, catalogue.content_hash)
            return {
                source: self._picture(source, rules, catalogue, downloads)
                for source in dict.fromkeys(example.source for example in spec.items)
                if not isinstance(source, TextSource)
            }

    def _known(self, source: Source) -> QueryPicture | None:
        return self._current.get(source) or self._earlier.peek(source)

    def _picture(
        self,
        source: PictureSource,
        rules: QueryRules,
        catalogue: Catalogue,
        downloads: Mapping[str, bytes],
    ) -> QueryPicture:
        if isinstance(source, LibrarySource):
            return self._library_picture(source, rules, catalogue)
        if isinstance(source, FileSource):
            return self._file(source.path, rules, self._known(source))
        known = self._known(source)
        if known is not None and known.rules == rules:
            return known
        if isinstance(source, BytesSource):
            data = source.data
        else:
            data = downloads[source.url] if known is None else bytes(known.item.data)
        from finder.core.search.query.query import QueryItem

        return self._new(QueryItem.from_bytes(source.label, data, rules), rules)

    def _file(self, path: str, rules: QueryRules, known: QueryPicture | None) -> QueryPicture:
        """One that was read before is used again, unless the file has changed: also if it is gone
        now."""
        from finder.core.search.query.query import QueryItem

        full = os.path.abspath(os.path.expanduser(path))
        stamp = _stamp(full)
        is_same = known is not None and known.rules == rules and known.item.path == full
        if known is not None and is_same and stamp in (None, known.stamp):
            return known
        return self._new(QueryItem.from_file(full, rules), rules, stamp=stamp)

    def _library_picture(
        self, source: LibrarySource, rules: QueryRules, catalogue: Catalogue
    ) -> QueryPicture:
        record = catalogue.pictures.get([source.picture]).get(source.picture)
        known = self._known(source)
        if record is None:
            if known is not None:
                return known
            raise FinderError(
                tr("“{name}” is no longer in the library.").format(
                    name=os.path.basename(source.name) or tr("This picture")
                ),
                tr("Search for another picture."),
            )
        found = locate([record], catalogue.folders.paths(), self._folder_checks)[record.id]
        for path in found.paths:
            if path in found.missing:
                continue
            try:
                read = self._file(path, rules, known)
            except FinderError:
                continue
            if read.item.picture == source.picture:
                return read
        if known is not None and not known.item.is_gone:
            return known
        from finder.core.search.query.query import QueryItem

        gone = QueryItem(found.paths[0], b"", found.paths[0], record.id, is_gone=True)
        return self._new(gone, rules, record.facts)

    def _new(
        self,
        item: QueryItem,
        rules: QueryRules,
        facts: PictureFacts | None = None,
        stamp: Stamp | None = None,
    ) -> QueryPicture:
        return QueryPicture(replace(item, caches=self._caches), rules, facts, stamp)


def _stamp(path: str) -> Stamp | None:
    try:
        facts = os.stat(path)
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns, facts.st_ino
