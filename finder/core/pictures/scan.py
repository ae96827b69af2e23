"""Folder → picture files. Only names and sizes are looked at; no file is opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
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
class FoundTrouble:
    """A file or folder that could not be looked at. What is known below it must be kept."""

    path: str
    reason: Reason
    detail: str
    is_folder: bool


def scan(folder: str) -> Iterator[FoundFile | FoundTrouble]:
    """Every picture file below the folder, in no particular order.

    Left out: hidden files and folders, `._*`, other endings, anything that is not a regular file,
    the folders of Image Finder's own libraries, and links: what a link shows inside the folder is
    found at its own place, and what lies outside was not asked for. So no walk leaves the folder
    or goes round in circles.
    """
    waiting = [os.path.abspath(folder)]
    while waiting:
        current = waiting.pop()
        try:
            with os.scandir(current) as listing:
                entries = [entry for entry in listing if not entry.name.startswith(".")]
        except OSError as error:
            yield FoundTrouble(current, reason_of(error), str(error), is_folder=True)
            continue
        if _is_library(entries):
            continue
        for entry in entries:
            found = _look_at(entry)
            if isinstance(found, str):
                waiting.append(found)
            elif found is not None:
                yield found


def reason_of(error: OSError) -> Reason:
    if isinstance(error, PermissionError):
        return Reason.NO_PERMISSION
    if isinstance(error, FileNotFoundError):
        return Reason.VANISHED
    return Reason.UNREADABLE


def is_within(path: str, folder: str) -> bool:
    """Whether an absolute path is the folder or lies below it, by name."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _is_plain_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and not _is_junction(entry)


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Windows' other kind of link to a folder (DirEntry.is_junction needs Python 3.12)."""
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(tag) and tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)


def _is_library(entries: Sequence[os.DirEntry[str]]) -> bool:
    """An Image Finder's own folder: its thumbnails are nobody's pictures."""
    return {"catalogue.sqlite", "library.lock"} <= {entry.name for entry in entries}


def _look_at(entry: os.DirEntry[str]) -> str | FoundFile | FoundTrouble | None:
    """A folder's path, a picture file, why it could not be looked at, or None."""
    try:
        if _is_plain_folder(entry):
            return entry.path
    except OSError as error:
        return FoundTrouble(entry.path, reason_of(error), str(error), is_folder=True)
    if os.path.splitext(entry.name)[1].lower() not in EXTENSIONS or entry.is_symlink():
        return None
    try:
        facts = entry.stat(follow_symlinks=False)
    except OSError as error:
        return FoundTrouble(entry.path, reason_of(error), str(error), is_folder=False)
    if not stat.S_ISREG(facts.st_mode):
        return None
    return FoundFile(entry.path, facts.st_size, facts.st_mtime_ns)
