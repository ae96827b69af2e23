"""Removing single pictures from the library, and bringing them back. Their files are not touched.

`holder` names the part of the program that takes the writer's lock, in the error messages of other
processes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.folded_text import by_folder
from finder.core.library.catalogue.records import machine_of
from finder.core.pictures.scan import is_within

if TYPE_CHECKING:
    from finder.core.paths import Home


@dataclass(frozen=True)
class BroughtBack:
    """Files whose pictures may come back, and the library's folders that they are in: they are in
    the library again once these folders are indexed. Those of other machines are so already."""

    files: tuple[str, ...]
    folders: tuple[str, ...]


def remove_pictures(
    home: Home,
    pictures: Sequence[int],
    holder: str,
    say: Callable[[str], None] = lambda note: None,
) -> int:
    """Remove pictures (content ids), with all their places, until `bring_back`: indexing does not
    add them again, not even a copy elsewhere. In a library that several machines share, this one
    does not show them any more; the others do, where they have them. Returns the number of files
    that showed them. say: is passed a sentence on what is left for the next run, as the server
    does not do it. Raises FinderError.
    """
    from finder.core.library.writer import LibraryWriter

    with LibraryWriter(home, holder) as writer:
        files = writer.removals.remove_pictures(pictures)
        for note in writer.notes:
            say(note)
        return files


def bring_back(
    home: Home,
    pictures: Sequence[int],
    holder: str,
    say: Callable[[str], None] = lambda note: None,
) -> BroughtBack:
    """Undo `remove_pictures`. The caller indexes the folders. say: is passed a sentence on what is
    left for the next run, as the server is away. Raises FinderError."""
    from finder.core.library.server.server_errors import ServerUnavailable
    from finder.core.library.writer import LibraryWriter

    with LibraryWriter(home, holder) as writer:
        files = writer.removals.bring_back(pictures)
        try:
            if writer.sharing is not None and any(map(machine_of, files)):
                writer.sharing.fetch_again()
        except ServerUnavailable as failure:
            text = tr("{why} What is on other machines comes back with the next run.")
            say(text.format(why=failure.sentence))
        folders = [
            folder
            for folder in writer.catalogue.folders.paths()
            if any(is_within(path, folder) for path in files)
        ]
    return BroughtBack(tuple(files), tuple(folders))


def removed_files(home: Home) -> dict[str, int]:
    """The files of removed pictures with the content ids: by folder, then by name."""
    with closing(Catalogue(home)) as catalogue:
        files = catalogue.removed.files()
    return {path: files[path] for path in sorted(files, key=by_folder)}


def find_pictures(home: Home, paths: Sequence[str]) -> list[int]:
    """The content ids of files of the library: absolute paths, or those of other machines
    ("MACHINE:PATH"). Without a mirror the server is asked about these. Raises FinderError."""
    with closing(Catalogue(home)) as catalogue:
        found = {path: catalogue.files.picture_of(path) for path in paths}
        others = {path: _elsewhere(home, path) for path in paths if found[path] is None}
        for path, there in others.items():
            known = map(catalogue.files.picture_of, there)
            found[path] = next((picture for picture in known if picture is not None), None)
    others = {path: there for path, there in others.items() if there and found[path] is None}
    if others:
        found.update(_on_server(home, others))
    for path, picture in found.items():
        if picture is None:
            raise FinderError(
                tr("{path} is neither a folder nor a picture of this library.").format(path=path),
                tr("“image-finder status” lists the folders."),
            )
    return list(dict.fromkeys(picture for picture in found.values() if picture is not None))


def _elsewhere(home: Home, path: str) -> list[str]:
    """What a path means on other machines ("MACHINE:PATH"): itself, or by the folders that are
    mapped to here."""
    if machine_of(path):
        return [path]
    from finder.core.library.server.path_mappings import here_of, paths_there

    return paths_there(path, here_of(home).mappings)


def _on_server(home: Home, paths: Mapping[str, Sequence[str]]) -> dict[str, int | None]:
    """For each path, the picture of the first of its paths on other machines that has one. With a
    mirror the catalogue knows all."""
    from finder.core.library.server.store_settings import read_store_settings

    settings = read_store_settings(home)
    if not settings.is_server or settings.mirror:
        return {}
    from finder.use_cases.library.vector_store import import_client

    import_client()
    from finder.core.library.server.server_library import ServerLibrary

    found: dict[str, int | None] = {}
    with closing(ServerLibrary(settings)) as library:
        for path, there in paths.items():
            asked = (library.places.picture_at(*one.split(":", 1)) for one in there)
            found[path] = next((picture for picture in asked if picture is not None), None)
    return found


def find_removed(home: Home, paths: Sequence[str]) -> list[int]:
    """The content ids of removed pictures: of their known files, or of files that exist now.
    Raises FinderError."""
    with closing(Catalogue(home)) as catalogue:
        known, removed = catalogue.removed.files(), catalogue.removed.ids()
        content_hash = catalogue.content_hash
    found = []
    for path in paths:
        names = (path, *_elsewhere(home, path))
        picture = next((known[name] for name in names if name in known), None)
        if picture is None:
            from finder.core.pictures.decode import read_file

            with suppress(SkippedPicture):
                picture = content_hash.content_id(read_file(path))
        if picture not in removed:
            raise FinderError(
                tr("{path} was not removed from this library.").format(path=path),
                tr("“image-finder skipped” lists what was."),
            )
        found.append(picture)
    return list(dict.fromkeys(found))
