"""Trained models beside each other. Nothing is read or printed here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from finder.cli.output.text_width import pad, text_width
from finder.core.training.comparison import training_cells

_GAP = "  "


def training_lines(cards: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each model, below a head."""
    rows = list(training_cells(cards))
    widths = [max(map(text_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [pad(cell, width) for cell, width in zip(row[:3], widths[:3], strict=True)]
        numbers = [cell.rjust(width) for cell, width in zip(row[3:], widths[3:], strict=True)]
        yield _GAP.join([*cells, *numbers]).rstrip()
