"""A measurement as a table. Nothing is read or printed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from finder.cli.output.text_width import pad, text_width
from finder.core.evaluation.measurement_words import figures_shown, meaning, verdict
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.evaluation.measurement import MeasuredRankings, ModelCost, RankingSummary

_GAP = "  "


def measurement_lines(measurement: MeasuredRankings, width: int, more: str) -> Iterator[str]:
    """A line for each ranking, below a head, and what the figures mean. width: of the
    terminal; more: a sentence that follows the comparisons."""
    rows = [cells[:-1] for cells in measurement_cells(measurement)]
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        (title, widest), *others = zip(row, widths, strict=True)
        cells = [pad(title, widest), *(cell.rjust(most) for cell, most in others)]
        yield _GAP.join(cells).rstrip()
    yield ""
    for ranking in measurement.rankings:
        yield from wrap(f"{ranking.title}: {verdict(measurement, ranking.summary)}", width)
    yield from wrap(more, width)
    yield ""
    yield from wrap(meaning(measurement), width)


def measurement_cells(measurement: MeasuredRankings) -> Iterator[list[str]]:
    """The head, then a row for each ranking."""
    shown = figures_shown(measurement)
    yield [
        "",
        *shown.values(),
        "95 %",
        tr("pictures/s"),
        tr("MB"),
        tr("compared with the best single model"),
    ]
    for ranking in measurement.rankings:
        yield [
            *_figures(ranking.title, ranking.summary, shown),
            *_cost(ranking.cost),
            verdict(measurement, ranking.summary),
        ]


def _figures(title: str, summary: RankingSummary, keys: Iterable[str]) -> list[str]:
    interval = f"[{summary.interval.low:.3f}, {summary.interval.high:.3f}]"
    return [title, *(f"{summary.means[key]:.3f}" for key in keys), interval]


def _cost(cost: ModelCost | None) -> list[str]:
    """Pictures in a second, and megabytes; empty where they are not known."""
    if cost is None:
        return ["", ""]
    speed = cost.pictures_per_second
    return [f"{speed:.1f}" if speed else "", f"{cost.bytes / 1e6:.1f}" if cost.bytes else ""]
