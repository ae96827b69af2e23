"""The catalogue's records of a file, a folder, a picture and a model: plain values."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from finder.core.errors import Reason
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.pictures.facts import PictureFacts


@dataclass(frozen=True)
class FileRecord:
    """A file as the catalogue last saw it: exactly one of picture and reason is set."""

    path: str
    size: int
    mtime_ns: int
    picture: int | None
    reason: Reason | None = None
    detail: str = ""


def as_removed(file: FileRecord) -> FileRecord:
    """The record of a file whose picture the user removed."""
    return replace(file, picture=None, reason=Reason.REMOVED, detail=str(file.picture))


FIRST_VERSION = "1"
"""Of a model: not part of the names of what is stored for it."""


@dataclass(frozen=True)
class ModelState:
    """The catalogue's record of one model's vectors (see schema.py). Two that are equal describe
    the same rows, also across a restore: the library's epoch is part of them."""

    name: str
    version: str
    sha256: str
    dimension: int
    rows: int
    generation: int
    removals: int
    epoch: str = ""

    @classmethod
    def of(cls, spec: ModelSpec) -> ModelState:
        """What a shared store needs to know of a model that may not be in the catalogue."""
        return cls(spec.name, spec.version, spec.sha256, spec.dimension, 0, 0, 0)

    @property
    def key(self) -> str:
        """The name of this model's stored vectors; a different file under the same name has
        another."""
        return f"{self.name}-{self.sha256[:8]}"

    @property
    def shared_key(self) -> str:
        """The same, of what machines share: another version is kept beside this one."""
        return self.key if self.version == FIRST_VERSION else f"{self.key}-{self.version}"

    def only_grew_from(self, before: ModelState) -> bool:
        """Whether rows were added since, and nothing else happened."""
        return self == replace(before, rows=self.rows) and self.rows >= before.rows

    def fits(self, spec: ModelSpec) -> bool:
        """Whether the stored vectors were made by exactly this model."""
        return (self.sha256, self.version, self.dimension) == (
            spec.sha256,
            spec.version,
            spec.dimension,
        )


@dataclass(frozen=True)
class FolderState:
    """A folder of the library: how many picture files are kept and skipped below it."""

    path: str
    files: int
    skipped: int


@dataclass(frozen=True)
class FolderCount:
    """files: that show a picture, below the folder; pictures: different ones; skipped: files that
    could not be read; removed: files of pictures that the user removed."""

    path: str
    files: int
    pictures: int
    skipped: int
    removed: int

    @property
    def copies(self) -> int:
        """Files that show what another one of this folder shows, byte for byte."""
        return self.files - self.pictures


@dataclass(frozen=True)
class PictureRecord:
    """A picture, its facts, and every place where the library has it.

    missing: the paths that were checked and do not exist; empty if they were not checked. time_ns:
    the earliest modification time of its files, or of those that pass a filter; None if unknown.
    """

    id: int
    facts: PictureFacts
    paths: tuple[str, ...]
    missing: frozenset[str] = frozenset()
    time_ns: int | None = None

    @property
    def is_offline(self) -> bool:
        """Whether none of its places exists."""
        return self.missing.issuperset(self.paths)

    @property
    def away(self) -> str:
        """A word for why it cannot be opened here; empty if one of its places exists."""
        if not self.is_offline:
            return ""
        machine = machine_of(self.paths[0])
        return tr("on {machine}").format(machine=machine) if machine else tr("offline")

    @property
    def date(self) -> str:
        """By which it is put in order: when it was taken, or if that is unknown, the time of its
        file. YYYY-MM-DD HH:MM:SS as a clock on the wall shows it; empty if neither is known."""
        return self.facts.taken or ("" if self.time_ns is None else local_time(self.time_ns))


def machine_of(path: str) -> str:
    """The machine of a path "MACHINE:PATH", which a shared library has; empty for one of this
    machine: it begins with a slash, a backslash, or a drive's letter and a colon."""
    is_here = path[:1] in ("/", "\\") or path[1:2] == ":"
    return "" if is_here else path.partition(":")[0]


LOCAL_PATH = "(substr({path}, 1, 1) IN (X'2F', X'5C') OR substr({path}, 2, 1) = X'3A')"
"""The same as a condition: a path of this machine. A machine's name has two characters or more."""


def is_elsewhere(path: str) -> bool:
    """Whether what the user has typed is a path of another machine, as "nas-2:/mnt/photos"."""
    return _ELSEWHERE.match(path) is not None


_ELSEWHERE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]+:([/\\]|[A-Za-z]:|\Z)")


def local_time(time_ns: int) -> str:
    """A file's time as YYYY-MM-DD HH:MM:SS; empty if it is far from now."""
    try:
        return datetime.fromtimestamp(time_ns // 1_000_000_000).isoformat(" ")
    except (OSError, OverflowError, ValueError):
        return ""


def reason_of(text: str) -> Reason:
    """The reason with this stored value. One that is not known counts as DAMAGED."""
    return Reason(text) if text in set(Reason) else Reason.DAMAGED


def below(folder: str) -> tuple[str, tuple[bytes, bytes]]:
    """A condition on `path` for what lies in a folder, which the path's index serves."""
    return begins_with(folder.rstrip(os.sep) + os.sep)


def begins_with(prefix: str, column: str = "path") -> tuple[str, tuple[bytes, bytes]]:
    """A condition on a path for a beginning that ends with a separator or a colon, which the path's
    index serves."""
    first = os.fsencode(prefix)
    return f"{column} >= ? AND {column} < ?", (first, first[:-1] + bytes([first[-1] + 1]))
