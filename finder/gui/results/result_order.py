"""In which order the listed matches are shown; their ranks stay what they are."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.core.library.catalogue.folded_text import by_name

if TYPE_CHECKING:
    from finder.core.search.matches import Match


class ResultOrder(StrEnum):
    """TAKEN: the newest first, by date taken or else by the file's time, as the library has them;
    SIZE: most pixels first."""

    LIKENESS = "likeness"
    TAKEN = "taken"
    NAME = "name"
    SIZE = "size"


def order_words(order: ResultOrder) -> tuple[str, str]:
    """A few words and a hint."""
    return {
        ResultOrder.LIKENESS: (tr("By likeness"), tr("The best matches first")),
        ResultOrder.TAKEN: (
            tr("By date"),
            tr("The newest first: by the date taken, or else by the file's time"),
        ),
        ResultOrder.NAME: (tr("By name"), tr("By the files' names: img2 comes before img10")),
        ResultOrder.SIZE: (tr("By size"), tr("Pictures with the most pixels first")),
    }[order]


def in_order(matches: Iterable[Match], order: ResultOrder) -> list[Match]:
    """matches: the nearest first; what is equal stays in that order."""
    if order is ResultOrder.TAKEN:
        return sorted(matches, key=lambda match: match.picture.date, reverse=True)
    if order is ResultOrder.NAME:
        return sorted(matches, key=lambda match: by_name(match.picture.paths[0]))
    if order is ResultOrder.SIZE:
        return sorted(matches, key=_pixels, reverse=True)
    return list(matches)


def _pixels(match: Match) -> int:
    return match.picture.facts.width * match.picture.facts.height
