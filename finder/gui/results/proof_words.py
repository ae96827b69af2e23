"""What is said and drawn of a match that is proven to be the query's picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPolygonF, QTransform

from finder.core.i18n import tr
from finder.core.search.verify.sameness import Point, SameKind, Sameness

if TYPE_CHECKING:
    from finder.core.pictures.transform import Orientation

_ICONS = {
    SameKind.WHOLE: "circle-check",
    SameKind.PART: "crop",
    SameKind.MIRRORED: "flip-horizontal",
    SameKind.TURNED: "rotate-cw",
}
_CONTAINS_ICON = "maximize"
_WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_NEARLY_ALL = 0.9
"""An outline of this share of a picture says nothing."""


def title(same: Sameness) -> str:
    """For a badge: “Same picture, cropped”, “Contains your picture”."""
    return _capital(same.label)


def short_title(same: Sameness) -> str:
    """One word, where the title does not fit."""
    return _capital(same.short_label)


def icon_name(same: Sameness) -> str:
    contains = same.kind is SameKind.PART and same.shows_more
    return _CONTAINS_ICON if contains else _ICONS[same.kind]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def reason(same: Sameness) -> str:
    """What the proof is."""
    if same.is_by_pixels:
        return tr("{n:.0f} % of the pixels agree").format(n=100 * same.share)
    return tr("{n:.0f} % of the matched points agree").format(n=100 * same.share)


def sentence(same: Sameness) -> str:
    """Title and reason in a line."""
    return tr("{title}: {reason}").format(title=title(same), reason=reason(same))


def turned_query(same: Sameness | None, by: Orientation) -> Sameness | None:
    """The same proof with a query that is shown turned: of its corners as they are then."""
    if same is None:
        return None
    first = -by.quarter_turns % 4  # a quarter clockwise brings what was bottom left to the top left
    corners = (*same.outline[first:], *same.outline[:first])
    top_left, top_right, bottom_right, bottom_left = corners
    if by.mirrored:
        return replace(same, outline=(top_right, top_left, bottom_left, bottom_right))
    return replace(same, outline=(top_left, top_right, bottom_right, bottom_left))


def outline_of(same: Sameness | None) -> Sequence[Point]:
    """The part of the match that the query shows; empty if it is nearly all of it."""
    return _outline(_shape(same.outline)) if same is not None else ()


def outline_in_query(same: Sameness | None) -> Sequence[Point]:
    """The part of the query that the match shows; empty if it is nearly all of it."""
    if same is None:
        return ()
    to_query = QTransform.quadToQuad(_shape(same.outline), _shape(_WHOLE))
    return _outline(to_query.map(_shape(_WHOLE))) if isinstance(to_query, QTransform) else ()


def _shape(corners: Sequence[Point]) -> QPolygonF:
    return QPolygonF([QPointF(across, down) for across, down in corners])


def _outline(shape: QPolygonF) -> Sequence[Point]:
    """What of a shape is on its picture, closed along the edges."""
    shown = shape.intersected(_shape(_WHOLE))
    corners = list(dict.fromkeys((at.x(), at.y()) for at in shown.toList()))  # the first is last
    return [] if _area(corners) >= _NEARLY_ALL else corners


def _area(corners: Sequence[Point]) -> float:
    following = (*corners[1:], *corners[:1])
    crossed = (
        x * down - across * y for (x, y), (across, down) in zip(corners, following, strict=True)
    )
    return abs(sum(crossed)) / 2
