"""A file that is wanted from the web, and how far it is: plain data, loaded with the program."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class RemoteFile:
    """title: for sentences; size: bytes, None if it is not known; most: bytes that are taken."""

    title: str
    urls: tuple[str, ...]
    sha256: str
    size: int | None
    most: int


class Stage(StrEnum):
    CONNECTING = "connecting"
    LOADING = "loading"
    CHECKING = "checking"
    PREPARING = "preparing"
    DONE = "done"


@dataclass(frozen=True)
class DownloadProgress:
    """How far it is. done, total: bytes loaded or checked; total is None while not known."""

    stage: Stage
    host: str = ""
    done: int = 0
    total: int | None = None
