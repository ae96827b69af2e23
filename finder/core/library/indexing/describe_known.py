"""Reads what the metadata says of pictures that were indexed before the catalogue had it.

No picture is decoded, and none is embedded. A run spends a bounded time on it, and the next one
goes on; a file that cannot be read now, or has changed, stays for it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from finder.core.errors import SkippedPicture
from finder.core.limits import WORKER_MEMORY
from finder.core.pictures.decode import read_description
from finder.core.pictures.file_reading import read_metadata
from finder.core.pictures.metadata.description import NOTHING, Description
from finder.core.pictures.scan import is_within_any

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.indexing.reliability.crash_journal import CrashJournal
    from finder.core.pictures.scan import FoundFile

SECONDS: Final = 20.0
"""For one run: enough for some ten thousand pictures on a local disk."""
_AT_ONCE: Final = 64
"""Files whose results are stored together."""
_LAST: Final = "described last"
"""The setting with the folder and the picture that were asked last."""
_FIRST: Final = -(1 << 63)


def describe_known(
    catalogue: Catalogue,
    journal: CrashJournal,
    folders: Sequence[str],
    offline: Collection[str],
    seconds: float = SECONDS,
) -> Generator[None]:
    """Of pictures in these folders, but not in those that are offline. Yields after each file; when
    it ends or is closed, all that was read is stored. Raises FinderError."""
    end = time.monotonic() + seconds
    results = _Results(catalogue)
    try:
        for folder, picture, files in _unread(catalogue, folders, offline):
            for file in files:
                if time.monotonic() >= end:
                    return
                description = None if is_within_any(file.path, offline) else _read(file, journal)
                results.add(folder, picture, description)
                yield
                if description is not None:
                    break
    finally:
        results.store()


def leave_crashed(catalogue: Catalogue, paths: Collection[str]) -> None:
    """The pictures of these files are not read: a process has crashed at them. What is stored is
    kept. Raises FinderError."""
    if paths:
        pictures = (catalogue.files.picture_of(path) for path in paths)
        with catalogue.transaction():
            catalogue.descriptions.leave_unread(p for p in pictures if p is not None)


class _Results:
    """What was read and is not stored yet, and which picture was asked last."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._read: dict[int, Description] = {}
        self._asked = 0
        self._last: tuple[str, int] | None = None

    def add(self, folder: str, picture: int, description: Description | None) -> None:
        """None: the file could not be read."""
        self._last = folder, picture
        if description is not None:
            self._read[picture] = description
        self._asked += 1
        if self._asked % _AT_ONCE == 0:
            self.store()

    def store(self) -> None:
        if self._last is None:
            return
        with self._catalogue.transaction():
            for picture, description in self._read.items():
                self._catalogue.descriptions.put(picture, description)
            self._catalogue.settings.put(_LAST, self._last)
        self._read, self._last = {}, None


def _unread(
    catalogue: Catalogue, folders: Sequence[str], offline: Collection[str]
) -> Iterator[tuple[str, int, list[FoundFile]]]:
    """Folder, picture, and its files there: each picture of a folder once. Those after the last one
    of the run before are first: what cannot be read does not keep others waiting for ever."""
    begin, begin_after = _last(catalogue)
    folders = [folder for folder in folders if not is_within_any(folder, offline)]
    at = folders.index(begin) if begin in folders else 0
    parts = [(folder, _FIRST) for folder in (*folders[at:], *folders[:at])]
    if begin in folders:
        parts = [(begin, begin_after), *parts[1:], parts[0]]
    asked: set[tuple[str, int]] = set()
    for folder, last in parts:
        while pictures := catalogue.descriptions.unread(folder, last, _AT_ONCE):
            last = pictures[-1][0]
            for picture, files in pictures:
                if (folder, picture) not in asked:
                    asked.add((folder, picture))
                    yield folder, picture, files


def _last(catalogue: Catalogue) -> tuple[str, int]:
    """The folder and the picture that were asked last."""
    kept = catalogue.settings.get(_LAST)
    if isinstance(kept, list) and list(map(type, kept)) == [str, int]:
        return kept[0], kept[1]
    return "", _FIRST


def _read(file: FoundFile, journal: CrashJournal) -> Description | None:
    """None where the file is not as it was indexed, or cannot be read."""
    try:
        facts = os.stat(file.path, follow_symlinks=False)
        if (facts.st_size, facts.st_mtime_ns) != (file.size, file.mtime_ns):
            return None
        with journal.holding(file.path):
            return read_description(read_metadata(file.path), WORKER_MEMORY) or NOTHING
    except (OSError, SkippedPicture):
        return None
