"""The lines that commands print, as functions of values: nothing is read or printed here."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finder.core.i18n import tr, trn
from finder.core.library.catalogue.backups import Backup
from finder.core.library.catalogue.failure_table import FailedFile
from finder.core.library.catalogue.records import FileRecord, FolderState
from finder.core.library.indexing.progress import Progress
from finder.core.library.indexing.summary import (
    failure_sentences,
    folders_left_out,
    moved_sentence,
    offline_sentence,
)
from finder.core.models.spec import ModelSpec
from finder.core.printable import printable
from finder.core.search.distance import Metric, format_distance
from finder.core.search.matches import Match, Result

if TYPE_CHECKING:
    from finder.core.library.check.full_check import CheckProgress
    from finder.core.search.query import Query

_NARROWEST, _WIDEST = 18, 40  # characters of a column


def indexing_notes(progress: Progress) -> Iterator[str]:
    """The lines after a run's summary."""
    if progress.counts.skipped:
        yield tr("“image-finder skipped” shows why files were skipped.")
    for sentence in failure_sentences(progress):
        yield tr("{sentence} “image-finder skipped” shows why.").format(sentence=sentence)
    yield from progress.notes
    yield from (moved_sentence(old, new) for old, new in progress.moved.items())
    yield from (offline_sentence(folder) for folder in folders_left_out(progress))


def result_lines(result: Result, specs: Sequence[ModelSpec], width: int) -> Iterator[str]:
    """The matches side by side: a column for each model, and the combined one. width: of the
    terminal, in characters."""
    columns = {
        spec.title: _cells(result.models[spec.name], result.metrics[spec.name]) for spec in specs
    }
    if len(specs) > 1:
        columns[tr("Combined")] = _cells(result.combined, None)
    metrics = ", ".join(dict.fromkeys(map(str, result.metrics.values())))
    yield tr("{name} – {metric}").format(name=_query_name(result.query), metric=metrics)
    column_width = max(_NARROWEST, min(_WIDEST, (width - 4) // len(columns) - 2))
    yield _row("", columns, column_width)
    for rank in range(max(len(cells) for cells in columns.values())):
        cells = [c[rank] if rank < len(c) else ("", "") for c in columns.values()]
        yield _row(
            str(rank + 1),
            [_fit(number, name, column_width) for number, name in cells],
            column_width,
        )
    others = [m for m in result.combined if m.picture.id not in result.query.own]
    if others:
        most = others[0].picture
        text = tr("Most alike: {path} (offline)") if most.is_offline else tr("Most alike: {path}")
        yield text.format(path=printable(most.paths[0]))


def result_as_json(result: Result) -> dict[str, Any]:
    """The result as README.md describes it."""
    labels = [item.label for item in result.query.items]
    return {
        "query": labels[0],
        **({"queries": labels} if len(labels) > 1 else {}),
        "metric": str(result.metric),
        "metrics": {name: str(metric) for name, metric in result.metrics.items()},
        "models": {
            name: [_place(match) | {"distance": match.score} | _mark(match) for match in matches]
            for name, matches in result.models.items()
        },
        "combined": [
            _place(match) | _combined_numbers(match, result) | _mark(match)
            for match in result.combined
        ],
    }


def status_lines(
    root: Path,
    folders: Sequence[FolderState],
    pictures: int,
    skipped: int,
    away_folders: Collection[str],
    size: int,
    removed: int = 0,
) -> Iterator[str]:
    """size: of the library on the disk, in bytes; removed: pictures that the user removed."""
    yield tr("Library   {path}").format(path=printable(str(root)))
    yield tr("Contents  {pictures}, {skipped}, {size:.1f} MB on disk").format(
        pictures=trn("{n} picture", "{n} pictures", pictures),
        skipped=trn("{n} skipped file", "{n} skipped files", skipped),
        size=size / 1e6,
    )
    if removed:
        text = trn("Removed   {n} picture, by you", "Removed   {n} pictures, by you", removed)
        yield tr("{text} (“image-finder skipped” lists their files)").format(text=text)
    for folder in folders:
        is_away = folder.path in away_folders
        yield _folder_line(printable(folder.path), folder.files, is_away)


def _folder_line(path: str, files: int, is_away: bool) -> str:
    if is_away:
        return trn(
            "Folder    {path} ({n} file) (offline)",
            "Folder    {path} ({n} files) (offline)",
            files,
            path=path,
        )
    return trn("Folder    {path} ({n} file)", "Folder    {path} ({n} files)", files, path=path)


def finding_lines(progress: CheckProgress) -> Iterator[str]:
    """The findings of a check, one line each, followed by a line on what to do."""
    for finding in progress.findings:
        what = tr("Repaired: {text}") if finding.repaired else tr("Found: {text}")
        yield printable(what.format(text=finding.sentence))
        if finding.hint and not finding.repaired:
            yield f"  {printable(finding.hint)}"
    if not progress.findings:
        yield tr("No problems were found.")


def backup_line(backup: Backup) -> str:
    """A backup of the catalogue, with its local time."""
    made = backup.made.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{backup.name:<34} {made}  {backup.bytes / 1e6:>7.1f} MB"


def skipped_cells(file: FileRecord) -> tuple[str, str]:
    """The file, and why it was skipped."""
    assert file.reason is not None
    return file.path, file.reason.sentence()


def failure_cells(file: FailedFile, titles: Mapping[str, str]) -> tuple[str, str]:
    """The file, and why a model could not use its picture. titles: of the models, by name."""
    return file.path, file.failure.reason.sentence_about(titles.get(file.model, file.model))


def _query_name(query: Query) -> str:
    name, more = printable(query.label), len(query.items) - 1
    if not more:
        return name
    return trn("{name} and {n} more", "{name} and {n} more", more, name=name)


def _place(match: Match) -> dict[str, Any]:
    return {"rank": match.rank, "path": match.picture.paths[0]}


def _mark(match: Match) -> dict[str, Any]:
    return {"offline": True} if match.picture.is_offline else {}


def _combined_numbers(match: Match, result: Result) -> dict[str, Any]:
    standings = result.standings[match.picture.id]
    return {
        "score": match.score,
        "ranks": {name: standing.rank for name, standing in standings.items()},
        "distances": {name: standing.distance for name, standing in standings.items()},
    }


def _cells(matches: Sequence[Match], metric: Metric | None) -> list[tuple[str, str]]:
    """(number, name) for each row of a column: the file's folder and name. Offline pictures are
    marked after their number."""
    return [(_number(match, metric), _short_path(match)) for match in matches]


def _number(match: Match, metric: Metric | None) -> str:
    number = format_distance(match.score, metric)
    return tr("{number} (offline)").format(number=number) if match.picture.is_offline else number


def _short_path(match: Match) -> str:
    return printable(os.sep.join(match.picture.paths[0].split(os.sep)[-2:]))


def _row(rank: str, cells: Sequence[str] | Mapping[str, Any], width: int) -> str:
    return f"{rank:>3} " + "  ".join(f"{cell[:width]:<{width}}" for cell in cells).rstrip()


def _fit(number: str, name: str, width: int) -> str:
    """Number and name in a column; a long name is cut at its beginning."""
    name_width = width - len(number) - 1
    return f"{number} {name if len(name) <= name_width else '…' + name[1 - name_width :]}"
