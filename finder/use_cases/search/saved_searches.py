"""The searches that the user has saved under a name: keep, list, open, rename, delete them.

They are kept in the catalogue, so its backups have them. Writing one needs no writer's lock: it
works while a run indexes.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.search.query.query_spec import (
    BytesSource,
    FileSource,
    LibrarySource,
    QuerySpec,
    Source,
)
from finder.core.search.saved_search import (
    SavedSearch,
    clean_name,
    search_as_json,
    search_from_json,
)
from finder.core.suggestions import did_you_mean

if TYPE_CHECKING:
    from finder.core.paths import Home

MOST_PASTED_BYTES = 32_000_000
"""Of a search's pasted and downloaded pictures: each backup has them, too."""


class SearchExistsError(FinderError):
    """There is a saved search with this name. name: as it is kept."""

    def __init__(self, name: str) -> None:
        super().__init__(
            tr("There is a saved search “{name}” already.").format(name=name),
            tr("Choose another name, or replace it."),
        )
        self.name = name


class MissingQueryError(FinderError):
    """A file of a saved search is missing, and the library does not have the picture."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(
            tr("The picture of the saved search “{name}” is missing: {path}.").format(
                name=name, path=path
            ),
            tr("Put it back, or save the search again with another picture."),
        )
        self.name = name
        self.path = path


@dataclass(frozen=True)
class OpenedSearch:
    """search: with what can be searched for now; notes: sentences on what is not as it was."""

    search: SavedSearch
    notes: tuple[str, ...] = ()


def saved_searches(home: Home) -> Iterator[tuple[str, SavedSearch | None]]:
    """All with their names, in alphabetical order; None for one that is damaged."""
    with closing(Catalogue(home)) as catalogue:
        for name in catalogue.searches.names():
            try:
                yield name, _read(catalogue, name)
            except FinderError:
                yield name, None


def search_names(home: Home) -> list[str]:
    """In alphabetical order."""
    with closing(Catalogue(home)) as catalogue:
        return catalogue.searches.names()


def read_search(home: Home, name: str) -> SavedSearch:
    """Raises FinderError if there is none with this name, or it is damaged."""
    with closing(Catalogue(home)) as catalogue:
        return _read(catalogue, name)


def save_search(home: Home, search: SavedSearch, replaces: bool = False) -> SavedSearch:
    """Keep a search; replaces: also in place of one with the same name. Returns what was kept.
    Raises SearchExistsError, FinderError."""
    paths = {item.source.label for item in search.spec.items if isinstance(item.source, FileSource)}
    contents = {path: content for path, content in search.contents.items() if path in paths}
    search = replace(search, name=clean_name(search.name), contents=contents)
    search.spec.check()
    _check_size(search.spec)
    with _changing(home) as catalogue:
        kept = catalogue.searches.find(search.name)
        if kept is not None and not replaces:
            raise SearchExistsError(kept)
        if kept is not None:
            catalogue.searches.remove(kept)
        catalogue.searches.put(search.name, search_as_json(search))
    return search


def rename_search(home: Home, old: str, new: str) -> str:
    """Returns the new name as it is kept. Raises SearchExistsError, FinderError."""
    new = clean_name(new)
    with _changing(home) as catalogue:
        search = _read(catalogue, old)
        other = catalogue.searches.find(new)
        if other is not None and other != search.name:
            raise SearchExistsError(other)
        catalogue.searches.remove(search.name)
        catalogue.searches.put(new, search_as_json(search))
    return new


def delete_search(home: Home, name: str) -> SavedSearch | None:
    """Returns the search, to undo it; None if it was damaged. Raises FinderError."""
    with _changing(home) as catalogue:
        kept = _find(catalogue, name)
        try:
            search = _read(catalogue, kept)
        except FinderError:
            search = None
        catalogue.searches.remove(kept)
    return search


def use_other_file(home: Home, name: str, old: str, new: str) -> None:
    """A file of a saved search is another one now. Raises FinderError."""
    with _changing(home) as catalogue:
        search = _read(catalogue, name)
        items = tuple(
            replace(item, source=FileSource(os.path.abspath(new)))
            if item.source == FileSource(old)
            else item
            for item in search.spec.items
        )
        contents = {path: content for path, content in search.contents.items() if path != old}
        search = replace(search, spec=replace(search.spec, items=items), contents=contents)
        catalogue.searches.put(search.name, search_as_json(search))


def open_search(home: Home, name: str, installed: Collection[str]) -> OpenedSearch:
    """A saved search as it can be run now: a picture whose file is missing is taken from the
    library, and models that are not installed any more are left out. installed: their names. May
    wait for a slow drive. Raises MissingQueryError, FinderError."""
    with closing(Catalogue(home)) as catalogue:
        search = _read(catalogue, name)
        items = tuple(
            replace(item, source=_source(catalogue, search, item.source))
            for item in search.spec.items
        )
    models, notes = _models(search, installed)
    return OpenedSearch(
        replace(search, spec=replace(search.spec, items=items), models=models), tuple(notes)
    )


def contents_of(sources: Mapping[Source, int | None]) -> dict[str, int]:
    """The content ids of files by path. sources: of what was read, with the content ids."""
    return {
        source.path: content
        for source, content in sources.items()
        if isinstance(source, FileSource) and content is not None
    }


@contextmanager
def _changing(home: Home) -> Iterator[Catalogue]:
    """A transaction: all of it or nothing, and not lost by a power cut."""
    with closing(Catalogue(home)) as catalogue:
        catalogue.require_writable()
        catalogue.sync_commits()
        with catalogue.transaction():
            yield catalogue


def _find(catalogue: Catalogue, name: str) -> str:
    kept = catalogue.searches.find(name)
    if kept is not None:
        return kept
    names = catalogue.searches.names()
    if not names:
        hint = tr("No search has been saved yet.")
    else:
        listed = tr("The saved searches are: {names}.").format(names=", ".join(names))
        hint = did_you_mean(name, names) or listed
    raise FinderError(tr("There is no saved search “{name}”.").format(name=name), hint)


def _read(catalogue: Catalogue, name: str) -> SavedSearch:
    kept = _find(catalogue, name)
    try:
        return search_from_json(kept, catalogue.searches.get(kept))
    except (ValueError, RecursionError) as error:
        raise FinderError(
            tr("The saved search “{name}” is damaged.").format(name=kept),
            tr("Check the library: a repair restores it from a backup."),
        ) from error


def _check_size(spec: QuerySpec) -> None:
    pasted = {item.source for item in spec.items if isinstance(item.source, BytesSource)}
    if sum(len(source.data) for source in pasted) > MOST_PASTED_BYTES:
        raise FinderError(
            tr(
                "The pasted picture is too large to be saved with the search: at most {n} MB."
            ).format(n=MOST_PASTED_BYTES // 1_000_000),
            tr("Save the picture as a file, and search for that."),
        )


def _source(catalogue: Catalogue, search: SavedSearch, source: Source) -> Source:
    if not isinstance(source, FileSource) or os.path.isfile(source.path):
        return source
    content = search.contents.get(source.path)
    if content is None or content not in catalogue.pictures.get([content]):
        raise MissingQueryError(search.name, source.path)
    return LibrarySource(content, os.path.basename(source.path))


def _models(
    search: SavedSearch, installed: Collection[str]
) -> tuple[tuple[str, ...] | None, list[str]]:
    """The models that are installed; sentences on the others."""
    if search.models is None:
        return None, []
    gone = [name for name in search.models if name not in installed]
    left = tuple(name for name in search.models if name in installed)
    if not gone:
        return left, []
    note = trn(
        "The model {names} of this search is not installed any more, and was left out.",
        "The models {names} of this search are not installed any more, and were left out.",
        len(gone),
        names=", ".join(gone),
    )
    if not left:
        note += " " + tr("The usual models are used.")
    return left or None, [note]
