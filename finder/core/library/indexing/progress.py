"""The progress of an indexing run: immutable values."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from finder.core.i18n import tr

_WINDOW_SECONDS = 20.0


class Phase(StrEnum):
    CONNECTING = "connecting"
    SCANNING = "scanning"
    LOADING = "loading"
    EXTRACTING = "extracting"
    READING = "reading"
    FINISHING = "finishing"
    DONE = "done"


@dataclass(frozen=True)
class ModelProgress:
    """done of total files show pictures that have this model's embedding. per_second: pictures one
    worker extracts with this model in a second; 0 while unknown."""

    done: int
    total: int
    per_second: float

    def words(self, title: str) -> str:
        """One line: this model's progress, and its time per picture."""
        text = tr("{title}: {done:,} of {total:,} files")
        line = text.format(title=title, done=self.done, total=self.total)
        if not self.per_second:
            return line
        return tr("{line} · {ms:.0f} ms each").format(line=line, ms=1_000 / self.per_second)


@dataclass(frozen=True)
class Counts:
    """Files of the run. unchanged: not even opened; new: embedded; known: content recognised, not
    extracted again; of these renamed (in its folder), moved (from a file elsewhere) and copies (of
    a file that is still there), while others were only touched or are in a folder that was moved;
    failed: no model that was tried could embed it; skipped_before: those of the skipped that the
    run before had skipped, too; removed: vanished from the folders, with the renamed and moved;
    unsettled: being written, left for the next run; read: pictures that were looked at for text."""

    unchanged: int = 0
    new: int = 0
    known: int = 0
    skipped: int = 0
    removed: int = 0
    unsettled: int = 0
    failed: int = 0
    renamed: int = 0
    moved: int = 0
    copies: int = 0
    skipped_before: int = 0
    read: int = 0

    @property
    def opened(self) -> int:
        return self.new + self.known + self.skipped + self.failed

    @property
    def newly_skipped(self) -> int:
        return self.skipped - self.skipped_before

    @property
    def lost(self) -> int:
        """Files that are nowhere any more."""
        return self.removed - self.renamed - self.moved


@dataclass(frozen=True)
class Progress:
    """The state of a run. While scanning, total is 0 and found counts up; then done of total files
    that need work, and while text is read, done of total pictures; rate: of these per second, over
    the last 20 s; seconds_left None if unknown. offline: folders of the library that are offline,
    whose pictures are kept; moved: folders that have left the library because they are at another
    place in it now, and that place; notes: sentences on what was damaged and was repaired, and on
    models that were switched off; failed: by a model's title, how many pictures it could not embed;
    switched_off: names of models that failed on most, and index no new pictures any more; waiting:
    a sentence on what the run is waiting for, as a server that is away."""

    phase: Phase
    found: int = 0
    done: int = 0
    total: int = 0
    rate: float = 0.0
    seconds_left: float | None = None
    counts: Counts = field(default_factory=Counts)
    models: dict[str, ModelProgress] = field(default_factory=dict)
    offline: tuple[str, ...] = ()
    moved: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failed: dict[str, int] = field(default_factory=dict)
    switched_off: tuple[str, ...] = ()
    waiting: str = ""


class RateMeter:
    """Things done per second over the last 20 seconds."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()

    def update(self, done: int, now: float | None = None) -> float:
        now = time.monotonic() if now is None else now
        self._points.append((now, done))
        while len(self._points) > 2 and now - self._points[0][0] > _WINDOW_SECONDS:
            self._points.popleft()
        then, before = self._points[0]
        return (done - before) / (now - then) if now > then else 0.0
