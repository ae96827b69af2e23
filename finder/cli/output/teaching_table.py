"""What teaching a model has gained, as a table. Nothing is read or printed here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from finder.cli.output.text_width import pad, text_width
from finder.core.evaluation.measurement_words import FIGURES
from finder.core.i18n import tr
from finder.core.teaching.words import (
    HELD_OUT_PICTURES,
    LABELS_NOT_TAUGHT,
    NO_LABEL_LEFT_OUT,
    gain_words,
    taught_words,
)

if TYPE_CHECKING:
    from finder.core.teaching.report import GroupReport, ModelFigures
    from finder.use_cases.evaluation.teach_model import Taught

_GAP = "  "


def teaching_lines(taught: Taught) -> Iterator[str]:
    """How it was taught; then a table for held-out pictures and one for labels that were not
    taught, each with a verdict."""
    labelled, report = taught.labelled, taught.report
    method = taught.choice.chosen.head.method
    yield taught_words(len(labelled.names), len(labelled), method, taught.spec.dimension)
    yield ""
    yield tr(HELD_OUT_PICTURES)
    yield from _group(report.pictures)
    yield ""
    yield tr(LABELS_NOT_TAUGHT)
    if report.labels is None:
        yield tr(NO_LABEL_LEFT_OUT)
    else:
        yield from _group(report.labels)


def _group(group: GroupReport) -> Iterator[str]:
    rows = [["", *FIGURES.values(), "95 %"]]
    rows += [_cells(name, model) for name, model in group.models.items()]
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        (name, widest), *others = zip(row, widths, strict=True)
        cells = [pad(name, widest), *(cell.rjust(most) for cell, most in others)]
        yield _GAP.join(cells).rstrip()
    yield gain_words(group)


def _cells(name: str, model: ModelFigures) -> list[str]:
    interval = f"[{model.interval.low:.3f}, {model.interval.high:.3f}]"
    return [name, *(f"{model.means[key]:.3f}" for key in FIGURES), interval]
