"""Folder → picture files. Only names and sizes are looked at; no file is opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from finder.core.errors import Reason
from finder.core.pictures.formats import EXTENSIONS


@dataclass(frozen=True)
class FoundFile:
    """A regular file with a picture's ending. path is absolute; size in bytes."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class UnreadablePath:
    """A file or folder that could not be looked at. What is known below it must be kept."""

    path: str
    reason: Reason
    detail: str


FileStamp = tuple[bytes, int, int]
"""A picture file on the disk: absolute path (`os.fsencode`), size in bytes, mtime in ns."""


def walk(folder: str) -> Iterator[list[FileStamp] | UnreadablePath]:
    """Every picture file below the folder, a list for each folder, in no particular order.

    Left out: hidden files and folders, `._*`, other endings, anything that is not a regular file,
    the folders of Image Finder's own libraries, and links: what a link shows inside the folder is
    found at its own place, and what lies outside was not asked for. So no walk leaves the folder
    or goes round in circles.
    """
    waiting = [os.fsencode(os.path.abspath(folder))]
    while waiting:
        current = waiting.pop()
        try:
            with os.scandir(current) as listing:
                entries = list(listing)
        except OSError as error:
            yield _trouble(current, error)
            continue
        look = _Look()
        look.at(entries)
        if look.is_library:
            continue
        waiting.extend(look.folders)
        yield from look.troubles
        yield look.files


class _Look:
    """What one folder holds."""

    def __init__(self) -> None:
        self.files: list[FileStamp] = []
        self.folders: list[bytes] = []
        self.troubles: list[UnreadablePath] = []
        self._others: set[bytes] = set()

    @property
    def is_library(self) -> bool:
        """An Image Finder's own folder: its thumbnails are nobody's pictures."""
        return self._others >= _LIBRARY_FILES

    def at(self, entries: Iterable[os.DirEntry[bytes]]) -> None:
        for entry in entries:  # a hundred thousand times: few steps for the plain case
            name = entry.name
            if name[0] == _DOT:
                continue
            if name[-4:].lower() not in _ENDINGS and name[-5:].lower() not in _ENDINGS:
                self._note_other(entry)
                continue
            try:
                facts = entry.stat(follow_symlinks=False)
            except OSError as error:
                self.troubles.append(_trouble(entry.path, error))
                continue
            if facts.st_mode & _KIND == stat.S_IFREG:
                self.files.append((entry.path, facts.st_size, facts.st_mtime_ns))
            else:
                self._note_other(entry)

    def _note_other(self, entry: os.DirEntry[bytes]) -> None:
        try:
            if entry.is_dir(follow_symlinks=False) and not _is_junction(entry):
                self.folders.append(entry.path)
            else:
                self._others.add(entry.name)
        except OSError as error:
            self.troubles.append(_trouble(entry.path, error))


_DOT = ord(".")
_KIND = stat.S_IFMT(0o777_777)
_ENDINGS = frozenset(ending.encode() for ending in EXTENSIONS)  # of four or five bytes
_LIBRARY_FILES = {b"catalogue.sqlite", b"library.lock"}


def _trouble(path: bytes, error: OSError) -> UnreadablePath:
    return UnreadablePath(os.fsdecode(path), reason_of(error), str(error))


def reason_of(error: OSError) -> Reason:
    if isinstance(error, PermissionError):
        return Reason.NO_PERMISSION
    if isinstance(error, FileNotFoundError):
        return Reason.VANISHED
    return Reason.UNREADABLE


def is_within(path: str, folder: str) -> bool:
    """Whether an absolute path is the folder or lies below it, by name."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def is_within_any(path: str, folders: Iterable[str]) -> bool:
    """Whether an absolute path is one of the folders or lies below one, by name."""
    return any(is_within(path, folder) for folder in folders)


def _is_junction(entry: os.DirEntry[bytes]) -> bool:
    """Windows' other kind of link to a folder (DirEntry.is_junction needs Python 3.12)."""
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(tag) and tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)
