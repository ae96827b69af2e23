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

from finder.core.library.catalogue import FolderState, KnownFile
from finder.core.library.copies import Copy
from finder.core.library.failures import FailedFile
from finder.core.library.presence import is_offline
from finder.core.library.progress import Phase, Progress
from finder.core.library.summary import away, failures, summary
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric, written
from finder.core.search.matches import Match, Result
from finder.core.text import tr, trn

if TYPE_CHECKING:
    from finder.core.library.check import CheckLook

PLAIN_LINE_EVERY = 5.0  # seconds, where stderr is no terminal
_NARROWEST, _WIDEST = 18, 40  # characters of a column


def say(text: str) -> None:
    """A message: not a result."""
    print(printable(text), file=sys.stderr)


def printable(text: str) -> str:
    """Text without control characters, so that no file name can play with the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


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
            say(f"{look.doing} …")
        elif look.total and time.monotonic() - self._said_at > PLAIN_LINE_EVERY:
            self._said_at = time.monotonic()
            say(tr("{done:,} of {total:,}").format(done=look.done, total=look.total))

    def _draw(self, progress: Progress) -> None:
        if self._bar is None:
            self._bar = tqdm(total=progress.total, unit=tr(" pictures"), dynamic_ncols=True)
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
    text = summary(progress)
    print(printable(text))
    if progress.counts.skipped:
        say(tr("“image-finder skipped” tells why files were skipped."))
    for sentence in failures(progress):
        say(tr("{sentence} “image-finder skipped” tells why.").format(sentence=sentence))
    for note in progress.notes:
        say(note)
    for folder in progress.offline:
        if away(folder) != text:
            say(away(folder))


def show_result(result: Result, specs: Sequence[ModelSpec], away_folders: Collection[str]) -> None:
    """The matches side by side: a column for each model, and the combined one."""
    columns = {
        spec.title: _cells(result.models[spec.name], result.metrics[spec.name], away_folders)
        for spec in specs
    }
    if len(specs) > 1:
        columns[tr("Combined")] = _cells(result.combined, None, away_folders)
    metrics = ", ".join(dict.fromkeys(map(str, result.metrics.values())))
    print(tr("{name} – {metric}").format(name=printable(result.query.label), metric=metrics))
    terminal = shutil.get_terminal_size((120, 24)).columns
    width = max(_NARROWEST, min(_WIDEST, (terminal - 4) // len(columns) - 2))
    _row("", columns, width)
    for rank in range(max(len(cells) for cells in columns.values())):
        cells = [c[rank] if rank < len(c) else ("", "") for c in columns.values()]
        _row(str(rank + 1), [_fit(number, name, width) for number, name in cells], width)
    others = [m for m in result.combined if m.picture.id != result.query.picture]
    if others:
        print(tr("Most alike: {path}").format(path=printable(others[0].picture.paths[0])))


def show_json(result: Result, away_folders: Collection[str]) -> None:
    """The result as the one JSON object that README.md describes."""

    def marked(row: dict[str, Any], match: Match) -> dict[str, Any]:
        return row | {"offline": True} if _is_off(match, away_folders) else row

    shown = {
        "query": result.query.label,
        "metric": str(result.metric),
        "metrics": {name: str(metric) for name, metric in result.metrics.items()},
        "models": {
            name: [
                marked({"rank": m.rank, "path": m.picture.paths[0], "distance": m.score}, m)
                for m in matches
            ]
            for name, matches in result.models.items()
        },
        "combined": [marked(_combined_json(match, result), match) for match in result.combined],
    }
    print(json.dumps(shown, indent=1))


def show_status(
    home: Home,
    folders: Sequence[FolderState],
    pictures: int,
    skipped_count: int,
    away_folders: Collection[str],
) -> None:
    print(tr("Library   {path}").format(path=printable(str(home.root))))
    print(
        tr("Holds     {pictures}, {skipped}, {size:.1f} MB on disk").format(
            pictures=trn("{n} picture", "{n} pictures", pictures),
            skipped=trn("{n} skipped file", "{n} skipped files", skipped_count),
            size=_disk_use(home) / 1e6,
        )
    )
    for folder in folders:
        files = trn("{n} file", "{n} files", folder.files)
        line = tr("Folder    {path} ({files})").format(path=printable(folder.path), files=files)
        print(tr("{line} (offline)").format(line=line) if folder.path in away_folders else line)


def show_findings(look: CheckLook) -> None:
    """What a check has found, a line each."""
    for finding in look.findings:
        what = tr("Repaired: {text}") if finding.mended else tr("Found: {text}")
        print(printable(what.format(text=finding.sentence)))
        if finding.hint and not finding.mended:
            print(f"  {printable(finding.hint)}")
    if not look.findings:
        print(tr("Everything is as it was stored."))
    elif look.again and not look.left:
        say(tr("“image-finder index” takes in again what must be read anew."))


def show_copies(copies: Sequence[Copy]) -> None:
    """The copies of the catalogue, by the user's own clock."""
    if not copies:
        say(tr("No copy of the catalogue is kept yet."))
    for copy in copies:
        made = copy.made.astimezone().strftime("%Y-%m-%d %H:%M")
        print(f"{copy.name:<28} {made}  {copy.bytes / 1e6:>7.1f} MB")


def show_skipped(files: Sequence[KnownFile]) -> None:
    for file in files:
        assert file.reason is not None
        print(f"{printable(file.path)}\t{file.reason.sentence()}")


def show_failed(files: Sequence[FailedFile], titles: Mapping[str, str]) -> None:
    """Files whose picture a model could not use, with the model's title and the reason."""
    for file in files:
        why = file.failure.reason.sentence_about(titles.get(file.model, file.model))
        print(f"{printable(file.path)}\t{printable(why)}")


def _combined_json(match: Match, result: Result) -> dict[str, Any]:
    standings = result.standings[match.picture.id]
    return {
        "rank": match.rank,
        "path": match.picture.paths[0],
        "score": match.score,
        "ranks": {name: standing.rank for name, standing in standings.items()},
        "distances": {name: standing.distance for name, standing in standings.items()},
    }


def _cells(
    matches: Sequence[Match], metric: Metric | None, away_folders: Collection[str]
) -> list[tuple[str, str]]:
    """(number, name) for each row of a column: the file's folder and name. What is offline has a
    mark behind its number."""
    return [
        (
            written(match.score, metric) + (tr(" offline") if _is_off(match, away_folders) else ""),
            printable(os.sep.join(match.picture.paths[0].split(os.sep)[-2:])),
        )
        for match in matches
    ]


def _is_off(match: Match, away_folders: Collection[str]) -> bool:
    return is_offline(match.picture.paths, away_folders)


def _row(rank: str, cells: Sequence[str] | Mapping[str, Any], width: int) -> None:
    print(f"{rank:>3} " + "  ".join(f"{cell[:width]:<{width}}" for cell in cells).rstrip())


def _fit(number: str, name: str, width: int) -> str:
    """Number and name in a column; of a long name the end matters."""
    room = width - len(number) - 1
    return f"{number} {name if len(name) <= room else '…' + name[1 - room :]}"


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
