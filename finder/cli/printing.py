"""Progress on stderr and results on stdout, as a person or a program wants to read them."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from tqdm import tqdm

from finder.cli import lines
from finder.core.i18n import tr, trn
from finder.core.library.catalogue.backups import Backup
from finder.core.library.catalogue.failure_table import FailedFile
from finder.core.library.catalogue.records import FileRecord, FolderState
from finder.core.library.indexing.progress import Phase, Progress
from finder.core.library.indexing.summary import summary
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.printable import printable
from finder.core.search.matches import Result

if TYPE_CHECKING:
    from finder.core.library.check.full_check import CheckProgress

PLAIN_LINE_EVERY = 5.0  # seconds, where stderr is no terminal


def say(text: str) -> None:
    """A message: not a result. No name of a file in it can play with the terminal."""
    print(printable(text), file=sys.stderr)  # noqa: T201


def show(*cells: str) -> None:
    """A line of the result, its cells apart by tabs; cleaned like a message."""
    print("\t".join(map(printable, cells)))  # noqa: T201


class Work(Protocol):
    """What a look at long work tells: what is being done, done of total of that."""

    @property
    def doing(self) -> str: ...
    @property
    def done(self) -> int: ...
    @property
    def total(self) -> int: ...


class ProgressBar:
    """A bar on a terminal, plain lines elsewhere, both on stderr."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None
        self._terminal = sys.stderr.isatty()
        self._said_at = time.monotonic()
        self._phase: Phase | None = None
        self._doing = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            with suppress(OSError):  # a terminal that was closed
                self._bar.close()

    def look(self, progress: Progress) -> None:
        if progress.phase is Phase.EXTRACTING and self._terminal:
            self._draw(progress)
        elif progress.phase is not self._phase:
            self._say_phase(progress)
        elif time.monotonic() - self._said_at > PLAIN_LINE_EVERY:
            self._said_at = time.monotonic()
            self._say_numbers(progress)
        self._phase = progress.phase

    def look_at_work(self, look: Work) -> None:
        if look.doing != self._doing:
            self._doing = look.doing
            say(tr("{doing} …").format(doing=look.doing))
        elif look.total and time.monotonic() - self._said_at > PLAIN_LINE_EVERY:
            self._said_at = time.monotonic()
            say(tr("{done:,} of {total:,}").format(done=look.done, total=look.total))

    def _draw(self, progress: Progress) -> None:
        if self._bar is None:
            self._bar = tqdm(total=progress.total, unit=f" {tr('pictures')}", dynamic_ncols=True)
        self._bar.update(progress.done - self._bar.n)
        self._bar.set_postfix_str(_per_model(progress), refresh=False)

    def _say_phase(self, progress: Progress) -> None:
        if progress.phase is Phase.SCANNING:
            say(tr("Looking for pictures …"))
        elif progress.phase is Phase.EXTRACTING:
            say(trn("{n} file to read …", "{n} files to read …", progress.total))

    def _say_numbers(self, progress: Progress) -> None:
        if progress.phase is Phase.SCANNING:
            say(trn("{n} picture found", "{n} pictures found", progress.found))
        elif progress.phase is Phase.EXTRACTING:
            left = "" if progress.seconds_left is None else _duration(progress.seconds_left)
            say(
                tr("{done:,} of {total:,} · {rate:.1f} pictures/s · {left} left · {models}").format(
                    done=progress.done,
                    total=progress.total,
                    rate=progress.rate,
                    left=left,
                    models=_per_model(progress),
                )
            )


def show_summary(progress: Progress) -> None:
    """What an indexing run came to, in one line on stdout."""
    show(summary(progress))
    for sentence in lines.after_indexing(progress):
        say(sentence)


def show_result(result: Result, specs: Sequence[ModelSpec]) -> None:
    """The matches side by side, as wide as the terminal is."""
    _print(*lines.of_result(result, specs, shutil.get_terminal_size((120, 24)).columns))


def show_json(result: Result) -> None:
    """The result as the one JSON object that README.md describes."""
    print(json.dumps(lines.json_of(result), indent=1))  # noqa: T201, as ASCII


def show_status(
    home: Home,
    folders: Sequence[FolderState],
    pictures: int,
    skipped_count: int,
    away_folders: Collection[str],
) -> None:
    size = _disk_use(home)
    _print(*lines.of_status(home.root, folders, pictures, skipped_count, away_folders, size))


def show_findings(look: CheckProgress) -> None:
    """What a check has found, a line each."""
    _print(*lines.of_findings(look))
    if look.findings and look.needs_indexing and not look.left:
        say(tr("Run “image-finder index” to index the affected pictures again."))


def show_copies(copies: Sequence[Backup]) -> None:
    """The copies of the catalogue, by the user's own clock."""
    if not copies:
        say(tr("There are no backups of the catalogue yet."))
    _print(*map(lines.of_copy, copies))


def show_skipped(files: Sequence[FileRecord]) -> None:
    for file in files:
        show(*lines.of_skipped(file))


def show_failed(files: Sequence[FailedFile], titles: Mapping[str, str]) -> None:
    """Files whose picture a model could not use, with the model's title and the reason."""
    for file in files:
        show(*lines.of_failed(file, titles))


def _print(*ready: str) -> None:
    for line in ready:
        show(line)


def _per_model(progress: Progress) -> str:
    return ", ".join(model.words(name) for name, model in progress.models.items())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _disk_use(home: Home) -> int:
    """Bytes in the library's folder."""
    total = 0
    for folder, _, names in os.walk(home.root):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue  # a file of the running writer that has gone again
    return total
