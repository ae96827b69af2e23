"""Whether the library's folders are there now, or on a drive that is not plugged in."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

from finder.core.library.catalogue import FolderState
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
