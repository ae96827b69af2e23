"""Whether folders and pictures exist now, or are on a drive that is not plugged in."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from finder.core.pictures.scan import is_within

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.library.catalogue.records import FolderState, PictureRecord

Place = tuple[int, int]
"""Device and inode: if they change under the same path, it is another drive or another folder."""


def place_of(folder: str, known: bool) -> Place | None:
    """Where a folder is; None if it is offline: missing, unreadable, or empty although pictures in
    it are known (a mount point without its drive). A network drive may block for long."""
    try:
        with os.scandir(folder) as entries:
            if known and next(entries, None) is None:
                return None
        facts = os.stat(folder)
    except OSError:
        return None
    return facts.st_dev, facts.st_ino


def places_of(
    folders: Iterable[FolderState], mapped: Iterable[str] = ()
) -> dict[str, Place | None]:
    """`place_of` every folder of the library, and every one that another machine's is mapped to."""
    known = {**dict.fromkeys(mapped, True), **{f.path: f.files + f.skipped > 0 for f in folders}}
    return {path: place_of(path, is_known) for path, is_known in known.items()}


def offline_folders(folders: Iterable[FolderState]) -> frozenset[str]:
    """The paths of the folders that are offline."""
    return frozenset(path for path, place in places_of(folders).items() if place is None)


def folders_not_answering(folders: Iterable[str], run: Run) -> frozenset[str]:
    """Which of the library's folders are offline; also those that `run` did not wait for."""
    here: set[str] = set()

    def check(folder: str) -> None:
        if place_of(folder, known=True) is not None:
            here.add(folder)

    folders = frozenset(folders)
    run({folder: partial(check, folder) for folder in folders})
    return folders.difference(tuple(here))


def is_offline(paths: Iterable[str], offline: Collection[str]) -> bool:
    """Whether all of a picture's paths are in offline folders. Reads no file."""
    return bool(offline) and all(
        any(is_within(path, folder) for folder in offline) for path in paths
    )


Run = Callable[[Mapping[str, Callable[[], None]]], None]
"""Runs checks, each of one folder, and returns when they are done or after a time limit: a check
that blocks on a network drive ends by itself."""


def one_by_one(checks: Mapping[str, Callable[[], None]]) -> None:
    """The simplest `Run`, without a time limit."""
    for check in checks.values():
        check()


def locate(
    pictures: Iterable[PictureRecord], folders: Sequence[str], run: Run = one_by_one
) -> dict[int, PictureRecord]:
    """The pictures by their ids. The paths of each are ordered: first those that exist, then those
    that could not be checked in time, then those that do not exist.

    folders: the library's. The files of an offline folder are not checked one by one; of a
    picture's paths in a folder only those up to the first that exists are checked. The first
    pictures are checked first.
    """
    checks = _Checks()
    pictures = list(pictures)
    run(checks.by_folder(pictures, sorted(folders, key=len, reverse=True)))
    return checks.close(pictures)


def places_first(picture: PictureRecord, passing: Collection[str], filter: Filter) -> PictureRecord:
    """The picture, whose places are located, with the place first that is to be shown: an existing
    one, if possible one that passes the filter. If the filter asks for names, always one that
    passes, for its name is shown."""
    asks_names = bool(filter.name or filter.path)

    def order(path: str) -> tuple[bool, bool]:
        is_other, is_missing = path not in passing, path in picture.missing
        return (is_other, is_missing) if asks_names else (is_missing, is_other)

    return replace(picture, paths=tuple(sorted(picture.paths, key=order)))


class _Checks:
    """Which files exist, as far as known so far; filled by the threads of `run`."""

    def __init__(self) -> None:
        self._exists: dict[str, bool] = {}
        self._closed = False

    def by_folder(
        self, pictures: Iterable[PictureRecord], folders: Sequence[str]
    ) -> dict[str, Callable[[], None]]:
        """For each folder with paths of the pictures, the check of these paths."""
        places: dict[str, list[list[str]]] = {}
        for picture in pictures:
            in_folders: dict[str, list[str]] = {}
            for path in picture.paths:
                in_folders.setdefault(_folder_of(path, folders), []).append(path)
            for folder, paths in in_folders.items():
                places.setdefault(folder, []).append(paths)
        return {folder: partial(self._check_folder, folder, at) for folder, at in places.items()}

    def _check_folder(self, folder: str, places: list[list[str]]) -> None:
        """places: of each picture, its paths in this folder."""
        if place_of(folder, known=True) is None:
            self._exists.update((path, False) for paths in places for path in paths)
            return
        for paths in places:
            for path in paths:
                if self._closed:
                    return
                self._exists[path] = os.path.isfile(path)
                if self._exists[path]:
                    break

    def close(self, pictures: Iterable[PictureRecord]) -> dict[int, PictureRecord]:
        """The result so far. What is found later is ignored."""
        self._closed = True
        exists = self._exists.copy()
        rank = {True: 0, None: 1, False: 2}
        return {
            picture.id: replace(
                picture,
                paths=tuple(sorted(picture.paths, key=lambda path: rank[exists.get(path)])),
                missing=frozenset(path for path in picture.paths if exists.get(path) is False),
            )
            for picture in pictures
        }


def _folder_of(path: str, folders: Sequence[str]) -> str:
    """The innermost folder of the library with this file. folders: longest first."""
    return next((folder for folder in folders if is_within(path, folder)), os.sep)
