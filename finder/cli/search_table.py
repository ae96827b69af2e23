"""The matches of a search as a table for a terminal.

While there is room, a column for each model; else a row for each picture, with its rank in each
model. Nothing is read or printed here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import inf
from textwrap import wrap
from typing import TYPE_CHECKING

from finder.cli.output.text_width import cut_end, fit_path, pad, text_width
from finder.cli.query_lines import query_line
from finder.cli.search_legend import combined_legend, legend
from finder.core.i18n import tr
from finder.core.printable import printable
from finder.core.search.agreement import COMBINED, agreements
from finder.core.search.closeness.closeness import whole_closeness
from finder.core.search.closeness.match_word import match_word
from finder.core.search.distance import Metric, format_distance
from finder.core.search.model_alone import in_best_order
from finder.core.search.stacks import Folded, NearDuplicates, fold

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Match, Result, Standing
    from finder.core.search.verify.sameness import Sameness

_NARROWEST = 24  # columns of the terminal, for a number and a name
_PATH_WIDTH = 30
_SHORTEST_NAME = 12
_LEAST_NAME = 8  # beside marks, which are left out if they leave less
_WIDE = 44  # a column with room for a word between number and name
_WORD_WIDTH = 7
_GAP = "  "


def result_lines(
    result: Result, specs: Sequence[ModelSpec], width: int, near: NearDuplicates | None = None
) -> Iterator[str]:
    """specs: the models that have answered; width: of the terminal; near: what is folded."""
    result = in_best_order(result)
    yield query_line(result.query)
    if not result.models:
        return
    number = len(specs) + 1 if len(specs) > 1 else 1
    column_width = (width - 4) // number - len(_GAP)
    if number == 1 or column_width >= _NARROWEST:
        yield legend(result)
        yield ""
        yield from _side_by_side(result, specs, column_width, near)
    else:
        yield from _by_picture(result, specs, width, near)
    yield ""
    if len(specs) > 1:
        yield from wrap(_agreement(result, specs), width)
    others = [m for m in result.combined if m.picture.id not in result.query.own]
    if others:
        most = others[0].picture
        away = f" ({most.away})" if most.away else ""
        text = tr("Fits best: {path}") if result.query.words else tr("Most alike: {path}")
        yield text.format(path=printable(most.paths[0])) + away


def _agreement(result: Result, specs: Sequence[ModelSpec]) -> str:
    """How many of each model's first matches are among those of the combined ranking."""
    found = agreements(result)
    shared = ", ".join(f"{spec.title} {found[COMBINED, spec.name].shared}" for spec in specs)
    top = max(found[COMBINED, spec.name].top for spec in specs)
    return tr("Shared with Combined, of the first {top}: {models}.").format(top=top, models=shared)


# A column for each model


def _side_by_side(
    result: Result, specs: Sequence[ModelSpec], width: int, near: NearDuplicates | None
) -> Iterator[str]:
    """Where matches are folded, each has its rank beside it."""
    titles = [spec.title for spec in specs]
    folded = [fold(result.models[spec.name], near) for spec in specs]
    metrics: list[Metric | None] = [result.metrics[spec.name] for spec in specs]
    if len(specs) > 1:
        titles.insert(0, tr("Combined"))
        folded.insert(0, fold(result.combined, near))
        metrics.insert(0, None)
    has_ranks = any(one.number for one in folded)
    columns = [
        _cells(one, metric, width, len(specs) == 1, has_ranks, result)
        for one, metric in zip(folded, metrics, strict=True)
    ]
    yield _row("", titles, width)
    for rank, cells in enumerate(zip_longest(*columns, fillvalue=""), 1):
        yield _row("" if has_ranks else str(rank), cells, width)


def _cells(
    folded: Folded,
    metric: Metric | None,
    width: int,
    whole_path: bool,
    has_ranks: bool,
    result: Result,
) -> list[str]:
    """The matches' numbers and names, with a word for the number if there is room. whole_path:
    with all folders, not only the last."""
    matches = folded.matches
    numbers = [_number(match.score, match.closeness, metric) for match in matches]
    if width >= _WIDE:
        words = [_word(result, match) for match in matches]
        numbers = [
            f"{number} {pad(word, _WORD_WIDTH)}"
            for number, word in zip(numbers, words, strict=True)
        ]
    if has_ranks:
        numbers = _with_ranks(folded, numbers)
    number_width = max(map(text_width, numbers), default=0)
    cells = []
    for match, number in zip(matches, numbers, strict=True):
        path = printable(match.picture.paths[0])
        if not whole_path:
            path = os.sep.join(path.split(os.sep)[-2:])
        name = _marked_path(match.picture, path, width - number_width - 1, result.same)
        cells.append(f"{number:>{number_width}} {name}")
    return cells


def _word(result: Result, match: Match) -> str:
    word = match_word(match, bool(result.query.words))
    return word.short_label if word is not None else ""


def _with_ranks(folded: Folded, numbers: Sequence[str]) -> list[str]:
    """The numbers between the ranks and how many are folded behind the matches."""
    marks = [folded.mark(match) for match in folded.matches]
    number_width, mark_width = (max(map(text_width, one), default=0) for one in (numbers, marks))
    return [
        f"{match.rank:>3} {number:>{number_width}} {pad(mark, mark_width)}"
        for match, number, mark in zip(folded.matches, numbers, marks, strict=True)
    ]


def _number(distance: float, closeness: float, metric: Metric | None) -> str:
    """metric: None for the combined ranking, whose number is the closeness, as in the window."""
    return str(whole_closeness(closeness)) if metric is None else format_distance(distance, metric)


def _marked_path(
    picture: PictureRecord, path: str, width: int, same: Mapping[int, Sameness]
) -> str:
    """The path in this width, marked if the picture is offline or proven to be the same, as far as
    there is room."""
    proof = same.get(picture.id)
    text = ""
    for word in (picture.away, proof.short_label if proof else ""):
        longer = f"{text}({word}) "
        if word and text_width(longer) + _LEAST_NAME <= width:
            text = longer
    return text + fit_path(path, width - text_width(text))


def _row(rank: str, cells: Iterable[str], width: int) -> str:
    return f"{rank:>3} {_GAP.join(pad(cell, width) for cell in cells)}".rstrip()


# A row for each picture


@dataclass(frozen=True)
class _Column:
    """Ranks, and numbers if there is room; cells are equally wide."""

    title: str
    cells: Sequence[str]

    @property
    def width(self) -> int:
        return len(self.cells[0])


def _by_picture(
    result: Result, specs: Sequence[ModelSpec], width: int, near: NearDuplicates | None
) -> Iterator[str]:
    """The combined ranking with each model's rank, and its distance if there is room. A model's
    nearest picture is always among the rows, or folded behind one of them."""
    folded, gap = fold(result.combined, near), _GAP
    pictures = _pictures(result, folded)
    marks = {match.picture.id: folded.mark(match) for match in folded.matches}
    columns = list(_columns(result, specs, pictures, True))
    if _total_width(columns, gap) + _PATH_WIDTH <= width:
        yield legend(result)
    else:
        gap = " "
        columns = list(_columns(result, specs, pictures, False))
        yield tr("Ranks in each model. {combined}").format(combined=combined_legend(result))
    yield ""
    lines = ""
    for column in columns:
        yield cut_end(f"{lines}  ┌ {column.title}", width)
        lines += "  │" + " " * (column.width - 3) + gap
    yield lines.rstrip()
    room = max(width - _total_width(columns, gap), _SHORTEST_NAME)
    for number, picture in enumerate(pictures):
        standings = gap.join(column.cells[number] for column in columns)
        mark = f"{folded_mark} " if (folded_mark := marks.get(picture.id)) else ""
        room_left = room - text_width(mark)
        path = _marked_path(picture, printable(picture.paths[0]), room_left, result.same)
        yield f"{standings}{_GAP}{mark}{path}"


def _total_width(columns: Sequence[_Column], gap: str) -> int:
    """Of all columns and the gap before the path."""
    return sum(column.width + len(gap) for column in columns) - len(gap) + len(_GAP)


def _pictures(result: Result, folded: Folded) -> list[PictureRecord]:
    """The combined matches, then the other pictures that a model has first."""
    combined = {match.picture.id for match in result.combined}
    first = [matches[0] for matches in result.models.values() if matches]
    others = [match for match in first if match.picture.id not in combined]
    pictures = {match.picture.id: match.picture for match in (*folded.matches, *others)}
    ranks = {picture: place.rank for picture, place in result.combined_standings.items()}
    return sorted(pictures.values(), key=lambda picture: ranks.get(picture.id, inf))


def _columns(
    result: Result, specs: Sequence[ModelSpec], pictures: Sequence[PictureRecord], numbers: bool
) -> Iterator[_Column]:
    """The combined ranking, then the models. numbers: with their distances."""
    ids = [picture.id for picture in pictures]
    combined = [result.combined_standings.get(id) for id in ids]
    yield _Column(tr("Combined"), _standing_cells(combined, None, True))
    has_several = numbers and len(set(result.metrics.values())) > 1
    for spec in specs:
        metric = result.metrics[spec.name]
        standings = [result.standings.get(id, {}).get(spec.name) for id in ids]
        title = f"{spec.title} ({metric})" if has_several else spec.title
        yield _Column(title, _standing_cells(standings, metric, numbers))


def _standing_cells(
    standings: Sequence[Standing | None], metric: Metric | None, numbers: bool
) -> list[str]:
    ranks = [standing.rank_text if standing else "–" for standing in standings]
    shown = [
        _number(standing.distance, standing.closeness, metric) if standing and numbers else ""
        for standing in standings
    ]
    rank_width, number_width = max(3, *map(len, ranks)), max(map(len, shown))
    if not numbers:
        return [f"{rank:>{rank_width}}" for rank in ranks]
    return [
        f"{rank:>{rank_width}} {number:>{number_width}}"
        for rank, number in zip(ranks, shown, strict=True)
    ]
