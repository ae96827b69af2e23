"""Whether folders and pictures are there now, or on a drive that is not plugged in."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from finder.core.library.catalogue.records import FolderState, PictureRecord
from finder.core.pictures.scan import is_within

Place = tuple[int, int]
"""Device and inode: another one under the same path is another drive or a folder made anew."""


def place_of(folder: str, known: bool) -> Place | None:
    """Where a folder lies; None if it is away: missing, unreadable, or empty though pictures of
    it are known (a mount point without its drive). May wait long for a drive in the network."""
    try:
        with os.scandir(folder) as entries:
            if known and next(entries, None) is None:
                return None
        facts = os.stat(folder)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def places_of(folders: Iterable[FolderState]) -> dict[str, Place | None]:
    """`place_of` every folder of the library."""
    return {f.path: place_of(f.path, f.files + f.skipped > 0) for f in folders}


def away_of(folders: Iterable[FolderState]) -> frozenset[str]:
    """Those of the folders that are away."""
    return frozenset(path for path, place in places_of(folders).items() if place is None)


def is_offline(paths: Iterable[str], away: Collection[str]) -> bool:
    """Whether each of a picture's places lies in a folder that is away. Touches no file."""
    return bool(away) and all(any(is_within(path, folder) for folder in away) for path in paths)


Run = Callable[[Mapping[str, Callable[[], None]]], None]
"""Carries out steps, each of which asks one folder, and returns when they are done or when it has
waited long enough: a step that hangs on a network drive is left to end by itself."""


def one_by_one(steps: Mapping[str, Callable[[], None]]) -> None:
    """The plain `Run`, without a limit of time."""
    for step in steps.values():
        step()


def locate(
    pictures: Iterable[PictureRecord], folders: Sequence[str], run: Run = one_by_one
) -> dict[int, PictureRecord]:
    """The pictures by their ids, each with the places that exist first, and with those that are
    away noted and last. Places that nothing was heard of in time stay between them.

    folders: the library's. The files of a folder that is away are not asked for one by one, and
    of a picture's places in a folder no more than up to the first that exists. The pictures that
    come first are looked for first.
    """
    look = _Look()
    pictures = list(pictures)
    run(look.steps(pictures, sorted(folders, key=len, reverse=True)))
    return look.close(pictures)


class _Look:
    """What was seen of files so far; filled by the threads of `run`."""

    def __init__(self) -> None:
        self._seen: dict[str, bool] = {}
        self._closed = False

    def steps(
        self, pictures: Iterable[PictureRecord], folders: Sequence[str]
    ) -> dict[str, Callable[[], None]]:
        """For each folder with places of the pictures, how to look for them."""
        places: dict[str, list[list[str]]] = {}
        for picture in pictures:
            by_folder: dict[str, list[str]] = {}
            for path in picture.paths:
                by_folder.setdefault(_folder_of(path, folders), []).append(path)
            for folder, paths in by_folder.items():
                places.setdefault(folder, []).append(paths)
        return {folder: partial(self._look_in, folder, at) for folder, at in places.items()}

    def _look_in(self, folder: str, places: list[list[str]]) -> None:
        """places: of each picture those in this folder."""
        if place_of(folder, known=True) is None:
            self._seen.update((path, False) for paths in places for path in paths)
            return
        for paths in places:
            for path in paths:
                if self._closed:
                    return
                self._seen[path] = os.path.isfile(path)
                if self._seen[path]:
                    break

    def close(self, pictures: Iterable[PictureRecord]) -> dict[int, PictureRecord]:
        """What was seen until now; what comes later is ignored."""
        self._closed = True
        seen = self._seen.copy()
        rank = {True: 0, None: 1, False: 2}
        return {
            picture.id: replace(
                picture,
                paths=tuple(sorted(picture.paths, key=lambda path: rank[seen.get(path)])),
                away=frozenset(path for path in picture.paths if seen.get(path) is False),
            )
            for picture in pictures
        }


def _folder_of(path: str, folders: Sequence[str]) -> str:
    """The innermost folder of the library that a file lies in. folders: longest first."""
    return next((folder for folder in folders if is_within(path, folder)), os.sep)
