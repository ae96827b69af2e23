"""Finds picture files in folders, by names and sizes only: no file is opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from finder.core.errors import Reason
from finder.core.pictures.formats import EXTENSIONS


@dataclass(frozen=True)
class FoundFile:
    """A regular file with a picture's extension. path is absolute; size in bytes."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class UnreadablePath:
    """A file or folder that could not be read. Known pictures below it must be kept."""

    path: str
    reason: Reason
    detail: str


FileStamp = tuple[bytes, int, int]
"""A picture file on the disk: absolute path (`os.fsencode`), size in bytes, mtime in ns."""


def walk(folder: str) -> Iterator[list[FileStamp] | UnreadablePath]:
    """Every picture file below the folder, as a list for each folder, in no particular order.

    Skipped are hidden files and folders, other extensions, anything but regular files, the folders
    of Image Finder's own libraries, and links. A link's target inside the folder is found anyway,
    and one outside was not asked for; so a walk never leaves the folder and always ends.
    """
    pending = [os.fsencode(os.path.abspath(folder))]
    while pending:
        current = pending.pop()
        try:
            with os.scandir(current) as iterator:
                entries = list(iterator)
        except OSError as error:
            yield _unreadable(current, error)
            continue
        listing = _FolderListing()
        listing.read(entries)
        if listing.is_library:
            continue
        pending.extend(listing.folders)
        yield from listing.unreadable
        yield listing.files


class _FolderListing:
    """The entries of one folder, sorted by kind."""

    def __init__(self) -> None:
        self.files: list[FileStamp] = []
        self.folders: list[bytes] = []
        self.unreadable: list[UnreadablePath] = []
        self._others: set[bytes] = set()

    @property
    def is_library(self) -> bool:
        """Whether it is the folder of a library, whose thumbnails are not the user's pictures."""
        return self._others >= _LIBRARY_FILES

    def read(self, entries: Iterable[os.DirEntry[bytes]]) -> None:
        for (
            entry
        ) in entries:  # called for each of a hundred thousand files: keep the common case short
            name = entry.name
            if name[0] == _DOT:
                continue
            if name[-4:].lower() not in _EXTENSIONS and name[-5:].lower() not in _EXTENSIONS:
                self._add_other(entry)
                continue
            try:
                facts = entry.stat(follow_symlinks=False)
            except OSError as error:
                self.unreadable.append(_unreadable(entry.path, error))
                continue
            if facts.st_mode & _TYPE_MASK == stat.S_IFREG:
                self.files.append((entry.path, facts.st_size, facts.st_mtime_ns))
            else:
                self._add_other(entry)

    def _add_other(self, entry: os.DirEntry[bytes]) -> None:
        try:
            if entry.is_dir(follow_symlinks=False) and not _is_junction(entry):
                self.folders.append(entry.path)
            else:
                self._others.add(entry.name)
        except OSError as error:
            self.unreadable.append(_unreadable(entry.path, error))


_DOT = ord(".")
_TYPE_MASK = stat.S_IFMT(0o777_777)
_EXTENSIONS = frozenset(extension.encode() for extension in EXTENSIONS)  # of four or five bytes
_LIBRARY_FILES = {b"catalogue.sqlite", b"library.lock"}


def _unreadable(path: bytes, error: OSError) -> UnreadablePath:
    return UnreadablePath(os.fsdecode(path), read_error_reason(error), str(error))


def read_error_reason(error: OSError) -> Reason:
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


def outermost(folders: Sequence[str]) -> list[str]:
    """The folders' absolute paths, without those that lie inside another one of them."""
    absolute = sorted({os.path.abspath(folder) for folder in folders})
    return [
        folder
        for folder in absolute
        if not any(folder != other and is_within(folder, other) for other in absolute)
    ]


def _is_junction(entry: os.DirEntry[bytes]) -> bool:
    """A junction, Windows' other kind of link to a folder (DirEntry.is_junction needs 3.12)."""
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(tag) and tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)
