"""Text in pictures: whether indexing reads it, what that costs, and what was read."""

from __future__ import annotations

import time
from collections.abc import Collection, Generator
from contextlib import closing
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, SkippedPicture
from finder.core.library.availability import folders_not_answering
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings, put_settings
from finder.core.library.catalogue.tables.recognised_table import RecognisedText, TextCounts
from finder.core.library.indexing.reliability.crash_journal import CrashJournal, CrashSuspects
from finder.core.pictures.scan import is_within_any
from finder.core.text_recognition.text_reader import (
    DECODE_SIDE,
    engine_name,
    is_installed,
    open_reader,
    readers_at_once,
    require_installed,
)
from finder.workers.deferred_imports import import_deferred
from finder.workers.worker_pools import FolderChecks, worker_count

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.core.pictures.scan import FoundFile
    from finder.core.text_recognition.text_reader import TextReader

_MEASURED_PICTURES = 6
_ROUNDS = 10
"""How often other pictures are tried in place of those that cannot be read."""


@dataclass(frozen=True)
class TextStatus:
    """is_on: indexing reads text; is_installed: what reads is there; pictures: of the library;
    counts: of what was read, also by an earlier engine; left: pictures on this machine that the
    engine of today has not looked at, 0 where none is installed."""

    is_on: bool
    is_installed: bool
    pictures: int = 0
    counts: TextCounts = field(default_factory=TextCounts)
    left: int = 0


@dataclass(frozen=True)
class ReadingEstimate:
    """pictures: that have no text yet, without those in offline folders; per_picture: seconds of
    one core, measured on a few of them; seconds: for all, on this computer. Both are None where no
    picture could be measured."""

    pictures: int
    per_picture: float | None = None
    seconds: float | None = None


def text_status(home: Home) -> TextStatus:
    """Raises FinderError where the catalogue cannot be opened."""
    with closing(Catalogue(home)) as catalogue:
        return TextStatus(
            load_settings(catalogue).text_in_pictures,
            is_installed(),
            catalogue.pictures.count(),
            catalogue.recognised_text.counts(),
            len(_left(catalogue)) if is_installed() else 0,
        )


def switch_text(home: Home, on: bool) -> None:
    """The next indexing run reads text in pictures, or does not. What was read is kept; what could
    not be read is tried again once it is switched on. Raises FinderError: also where it is to be
    on, and what reads is not installed."""
    if on:
        require_installed()
    with closing(Catalogue(home)) as catalogue:
        catalogue.require_writable()
        with catalogue.transaction():
            put_settings(catalogue, text_in_pictures=on)
            if on:
                catalogue.recognised_text.remove_failed()


def forget_text(home: Home, holder: str) -> int:
    """Remove all that was read, and switch it off; the number of pictures. holder: who takes the
    writer's lock. Raises FinderError."""
    from finder.core.writer_lock import WriterLock

    with WriterLock(home, holder), closing(Catalogue(home)) as catalogue:
        pictures = catalogue.recognised_text.count()
        with catalogue.transaction():
            put_settings(catalogue, text_in_pictures=False)
            catalogue.recognised_text.clear()
    return pictures


def text_of(home: Home, picture: int) -> RecognisedText | None:
    """The lines that were read in a picture, with their places; None where it was not looked at.
    picture: its content id."""
    with closing(Catalogue(home)) as catalogue:
        return catalogue.recognised_text.get([picture]).get(picture)


def estimate_reading(home: Home, holder: str) -> Generator[ReadingEstimate | None]:
    """Read a few of the library's pictures that have no text yet, and measure it. The last value is
    the estimate, the others are None. holder: who takes the writer's lock meanwhile. Raises
    FinderError, also where what reads is not installed, and where another process writes."""
    from finder.core.writer_lock import WriterLock

    require_installed()
    with closing(Catalogue(home)) as catalogue:
        offline = folders_not_answering(catalogue.folders.paths(), FolderChecks())
        left = [file for file in _left(catalogue) if not is_within_any(file.path, offline)]
        max_pixels = load_settings(catalogue).max_pixels
    yield None
    if not left:
        yield ReadingEstimate(0)
        return
    import_deferred("finder.core.text_recognition.rapid")
    reader = open_reader()
    yield None
    times = []
    with WriterLock(home, holder), CrashJournal(home) as journal:
        for file in _probes(left, CrashSuspects(home).paths):
            with journal.holding(file.path):
                taken = _measured(file, reader, max_pixels)
            times += [] if taken is None else [taken]
            yield None
            if len(times) == _MEASURED_PICTURES:
                break
    if not times:
        yield ReadingEstimate(len(left))
        return
    mean = sum(times) / len(times)
    workers = min(worker_count(), readers_at_once())
    yield ReadingEstimate(len(left), mean, mean * len(left) / workers)


def _left(catalogue: Catalogue) -> list[FoundFile]:
    """The pictures that have no text of today's engine, each with one file."""
    missing = {
        picture: file
        for folder in catalogue.folders.paths()
        for picture, file in catalogue.recognised_text.missing_below(folder, engine_name()).items()
    }
    return list(missing.values())


def _probes(files: list[FoundFile], suspects: Collection[str]) -> list[FoundFile]:
    """Some from all over the library, more than are measured: not all can be read. A picture that
    has crashed a process is none of them."""
    spread = files[:: max(1, ceil(len(files) / (_ROUNDS * _MEASURED_PICTURES)))]
    return [
        file
        for begin in range(_ROUNDS)
        for file in spread[begin::_ROUNDS]
        if file.path not in suspects
    ]


def _measured(file: FoundFile, reader: TextReader, max_pixels: int) -> float | None:
    """Seconds; None where the picture cannot be read."""
    from finder.core.limits import WORKER_MEMORY
    from finder.core.pictures.decode import decode, read_file
    from finder.core.pictures.decode_limits import BudgetExceeded

    began = time.perf_counter()
    try:
        data = read_file(file.path, follow_link=False)
        reader.read(decode(data, DECODE_SIDE, max_pixels, WORKER_MEMORY).image)
    except (SkippedPicture, BudgetExceeded, FinderError):
        return None
    return time.perf_counter() - began
