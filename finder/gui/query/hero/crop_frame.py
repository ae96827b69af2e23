"""The geometry of a frame on a picture, in fractions of the picture's sides."""

from __future__ import annotations

from enum import Flag, auto

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QCursor

from finder.core.pictures.transform import Orientation

WHOLE = QRectF(0, 0, 1, 1)
"""The frame of a picture without one."""
_GRIP = 12  # px on both sides of an edge at which it can be taken
SMALLEST = QSizeF(0.04, 0.04)
"""Of the picture's sides."""
_STEP = 0.01
KEY_STEPS: dict[int, QPointF] = {
    Qt.Key.Key_Left: QPointF(-_STEP, 0),
    Qt.Key.Key_Right: QPointF(_STEP, 0),
    Qt.Key.Key_Up: QPointF(0, -_STEP),
    Qt.Key.Key_Down: QPointF(0, _STEP),
}
"""What the arrow keys move a frame by."""


class Edge(Flag):
    """What of the frame is dragged; all four: the frame itself."""

    NONE = 0
    LEFT = auto()
    TOP = auto()
    RIGHT = auto()
    BOTTOM = auto()
    ALL = LEFT | TOP | RIGHT | BOTTOM


def edges_at(frame: QRectF, at: QPointF) -> Edge:
    """Which edges of a frame can be taken at a point (both in px): all inside of it, none
    outside."""
    if not frame.adjusted(-_GRIP, -_GRIP, _GRIP, _GRIP).contains(at):
        return Edge.NONE
    found = Edge.NONE
    for near, far, one, other in (
        (at.x() - frame.left(), at.x() - frame.right(), Edge.LEFT, Edge.RIGHT),
        (at.y() - frame.top(), at.y() - frame.bottom(), Edge.TOP, Edge.BOTTOM),
    ):
        if min(abs(near), abs(far)) <= _GRIP:
            found |= one if abs(near) < abs(far) else other
    return found or Edge.ALL


def dragged_frame(frame: QRectF, edges: Edge, by: QPointF, smallest: QSizeF = SMALLEST) -> QRectF:
    """The frame with some of its edges moved, inside the picture and not too small."""
    if edges is Edge.ALL:
        left = min(1 - frame.width(), max(0.0, frame.left() + by.x()))
        top = min(1 - frame.height(), max(0.0, frame.top() + by.y()))
        return QRectF(left, top, frame.width(), frame.height())
    left, top, right, bottom = frame.left(), frame.top(), frame.right(), frame.bottom()
    if Edge.LEFT in edges:
        left = min(right - smallest.width(), max(0.0, left + by.x()))
    if Edge.RIGHT in edges:
        right = max(left + smallest.width(), min(1.0, right + by.x()))
    if Edge.TOP in edges:
        top = min(bottom - smallest.height(), max(0.0, top + by.y()))
    if Edge.BOTTOM in edges:
        bottom = max(top + smallest.height(), min(1.0, bottom + by.y()))
    return QRectF(QPointF(left, top), QPointF(right, bottom))


def frame_between(one: QPointF, other: QPointF, smallest: QSizeF = SMALLEST) -> QRectF:
    """The frame between two corners, not too small, inside the picture."""
    left, right = sorted((one.x(), other.x()))
    top, bottom = sorted((one.y(), other.y()))
    width, height = max(smallest.width(), right - left), max(smallest.height(), bottom - top)
    return QRectF(min(left, 1 - width), min(top, 1 - height), width, height)


def cursor_of(edges: Edge) -> QCursor:
    shapes = {
        Edge.NONE: Qt.CursorShape.CrossCursor,
        Edge.ALL: Qt.CursorShape.SizeAllCursor,
        Edge.LEFT: Qt.CursorShape.SizeHorCursor,
        Edge.RIGHT: Qt.CursorShape.SizeHorCursor,
        Edge.TOP: Qt.CursorShape.SizeVerCursor,
        Edge.BOTTOM: Qt.CursorShape.SizeVerCursor,
        Edge.LEFT | Edge.TOP: Qt.CursorShape.SizeFDiagCursor,
        Edge.RIGHT | Edge.BOTTOM: Qt.CursorShape.SizeFDiagCursor,
        Edge.RIGHT | Edge.TOP: Qt.CursorShape.SizeBDiagCursor,
        Edge.LEFT | Edge.BOTTOM: Qt.CursorShape.SizeBDiagCursor,
    }
    return QCursor(shapes[edges])


def turned_frame(frame: QRectF, orientation: Orientation) -> QRectF:
    """Where a frame on the upright picture is when the picture is turned and mirrored."""
    for _ in range(orientation.quarter_turns):
        frame = QRectF(1 - frame.bottom(), frame.left(), frame.height(), frame.width())
    return _mirrored(frame) if orientation.mirrored else frame


def unturned_frame(frame: QRectF, orientation: Orientation) -> QRectF:
    """The opposite of `turned_frame`."""
    if orientation.mirrored:
        frame = _mirrored(frame)
    return turned_frame(frame, Orientation((4 - orientation.quarter_turns) % 4))


def _mirrored(frame: QRectF) -> QRectF:
    return QRectF(1 - frame.right(), frame.top(), frame.width(), frame.height())
