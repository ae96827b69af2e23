"""A file to be downloaded, and the progress of its download: plain data, cheap to import."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class RemoteFile:
    """A file on one or more servers.

    title: for messages; size: bytes, None if unknown; max_size: bytes, the limit of a download.
    """

    title: str
    urls: tuple[str, ...]
    sha256: str
    size: int | None
    max_size: int

    @property
    def name(self) -> str:
        """As the servers call it."""
        return self.urls[0].rpartition("/")[2] if self.urls else self.title


class Stage(StrEnum):
    CONNECTING = "connecting"
    LOADING = "loading"
    CHECKING = "checking"
    PREPARING = "preparing"
    DONE = "done"


@dataclass(frozen=True)
class DownloadProgress:
    """Progress of a download. done, total: bytes downloaded or verified; total is None while
    unknown."""

    stage: Stage
    host: str = ""
    done: int = 0
    total: int | None = None
