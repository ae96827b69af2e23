"""What is said and drawn of a match that is proven to be the query's picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPolygonF, QTransform

from finder.core.i18n import tr
from finder.core.search.verify.sameness import Point, SameKind, Sameness

ICONS = {
    SameKind.WHOLE: "circle-check",
    SameKind.PART: "crop",
    SameKind.MIRRORED: "flip-horizontal-2",
    SameKind.TURNED: "rotate-cw",
}
_WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_EDGE = 0.04
"""An outline that leaves out less of a side than this says nothing."""


def title(same: Sameness) -> str:
    """For a badge: “Same picture, cropped”."""
    return _capital(same.kind.label)


def short_title(same: Sameness) -> str:
    """One word, where the title does not fit."""
    return _capital(same.kind.short_label)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def reason(same: Sameness) -> str:
    """What the proof is."""
    return tr("{n:.0f} % of the matched points agree").format(n=100 * same.share)


def sentence(same: Sameness) -> str:
    """Title and reason in a line."""
    return tr("{title}: {reason}").format(title=title(same), reason=reason(same))


def outline_of(same: Sameness | None) -> Sequence[Point]:
    """Where the query is in the match; empty if it is all of it, or more."""
    return () if same is None or _covers_all(_shape(same.outline)) else same.outline


def outline_in_query(same: Sameness | None) -> Sequence[Point]:
    """Where the match is in the query; empty if it is all of it, or more."""
    if same is None:
        return ()
    to_query = QTransform.quadToQuad(_shape(same.outline), _shape(_WHOLE))
    shape = to_query.map(_shape(_WHOLE)) if isinstance(to_query, QTransform) else QPolygonF()
    return (
        () if shape.isEmpty() or _covers_all(shape) else [(at.x(), at.y()) for at in shape.toList()]
    )


def _shape(corners: Sequence[Point]) -> QPolygonF:
    return QPolygonF([QPointF(across, down) for across, down in corners])


def _covers_all(shape: QPolygonF) -> bool:
    """Of the picture that it is on."""
    near, far = _EDGE, 1 - _EDGE
    corners = (QPointF(across, down) for across in (near, far) for down in (near, far))
    return all(shape.containsPoint(one, Qt.FillRule.OddEvenFill) for one in corners)
