"""What a verification found: plain values, cheap to import."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from finder.core.i18n import mark, tr

Point = tuple[float, float]
"""Across and down, as shares of a picture's width and height: 0 … 1 inside it."""


class SameKind(StrEnum):
    """How a match is the same picture as the query. WHOLE: saved again, another size, made grey,
    brighter or darker, tilted a little, written on. PART: one is a part of the other. MIRRORED,
    TURNED (by more than about 20 degrees, mirrored or not): whole or in part."""

    WHOLE = "whole"
    PART = "part"
    MIRRORED = "mirrored"
    TURNED = "turned"

    @property
    def label(self) -> str:
        return tr(_LABELS[self][0])

    @property
    def short_label(self) -> str:
        """One word."""
        return tr(_LABELS[self][1])


_LABELS = {
    SameKind.WHOLE: (mark("same picture"), mark("same")),
    SameKind.PART: (mark("same picture, cropped"), mark("part")),
    SameKind.MIRRORED: (mark("same picture, mirrored"), mark("mirrored")),
    SameKind.TURNED: (mark("same picture, turned"), mark("turned")),
}


@dataclass(frozen=True)
class Sameness:
    """share: of the points that could be matched, those that agree, 0 … 1; of plain pictures with
    hardly any points, the share of the blocks of pixels. outline: the corners of the query's
    picture in the match: top left, top right, bottom right, bottom left of the query; they may lie
    outside."""

    kind: SameKind
    share: float
    outline: tuple[Point, Point, Point, Point]
