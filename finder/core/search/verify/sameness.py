"""What a verification found: plain values, cheap to import."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

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


_LABELS = {
    SameKind.WHOLE: (mark("same picture"), mark("same")),
    SameKind.PART: (mark("same picture, cropped"), mark("cropped")),
    SameKind.MIRRORED: (mark("same picture, mirrored"), mark("mirrored")),
    SameKind.TURNED: (mark("same picture, turned"), mark("turned")),
}
_CONTAINS = mark("contains your picture"), mark("contains")


@dataclass(frozen=True)
class Sameness:
    """share: of the points that could be matched, those that agree, 0 … 1; of the blocks of pixels
    if is_by_pixels, as in plain pictures, in which hardly any points are found. outline: the
    corners of the query's picture in the match: top left, top right, bottom right, bottom left of
    the query; they may lie outside. shows_more: the match has all of the query's picture, and more
    around it. example: the number of that picture in the query, from 0."""

    kind: SameKind
    share: float
    outline: tuple[Point, Point, Point, Point]
    is_by_pixels: bool = False
    shows_more: bool = False
    example: int = 0

    @property
    def label(self) -> str:
        """How the match is the query's picture: “same picture, cropped”."""
        return tr(self._labels[0])

    @property
    def short_label(self) -> str:
        """One word."""
        return tr(self._labels[1])

    @property
    def _labels(self) -> tuple[str, str]:
        contains = self.kind is SameKind.PART and self.shows_more
        return _CONTAINS if contains else _LABELS[self.kind]


@dataclass(frozen=True)
class Different:
    """Of two pictures that were compared: nothing proves that they are the same."""


DIFFERENT: Final = Different()
