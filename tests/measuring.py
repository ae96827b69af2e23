"""Walking the widgets of a window: what is cut off, too small, or lies on something else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TypeVar

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollBar,
    QToolButton,
    QWidget,
)

from finder.gui.common.widgets import ElidedLabel
from finder.gui.theme.tokens import HIT_AREA

Kind = TypeVar("Kind", bound=QWidget)
_CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)


def visible(window: QWidget, kind: type[Kind]) -> Iterator[Kind]:
    for widget in window.findChildren(kind):
        if widget.isVisible() and not widget.visibleRegion().isEmpty():
            yield widget


def place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint()), widget.size())


def clipped(window: QWidget) -> list[str]:
    """Labels and buttons that have less room than their words need."""
    found = [_missing(label) for label in visible(window, QLabel) if label.text()]
    for button in visible(window, QAbstractButton):
        is_icon = isinstance(button, QToolButton) and (
            button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly
        )
        needed = button.fontMetrics().horizontalAdvance(button.text().replace("&", ""))
        if not is_icon and button.width() < needed:
            found.append(f"{button.text()}: {button.width()} < {needed}")
    return [text for text in found if text]


def _missing(label: QLabel) -> str:
    metrics, text = label.fontMetrics(), label.text()
    if isinstance(label, ElidedLabel) or label.wordWrap():
        lines = label.heightForWidth(label.width()) if label.wordWrap() else 0
        needed, room = max(lines, metrics.height()), label.height()
    else:
        widths = (metrics.horizontalAdvance(line.replace("&", "")) for line in text.split("\n"))
        needed, room = max(widths), label.width() + 1
    return f"{text}: {room} < {needed}" if room < needed else ""


def too_small(window: QWidget) -> list[str]:
    """Controls of less than 32 px."""
    return [
        f"{widget} {widget.accessibleName()}: {widget.size()}"
        for kind in _CONTROLS
        for widget in visible(window, kind)
        if min(widget.width(), widget.height()) < HIT_AREA and not _is_part(widget)
    ]


def _is_part(widget: QWidget) -> bool:
    """Scroll bars, and the line within a spin box or another field."""
    wholes = QAbstractSpinBox | QComboBox | QLineEdit
    return isinstance(widget, QScrollBar) or isinstance(widget.parentWidget(), wholes)


def overlapping(window: QWidget) -> list[str]:
    """Buttons that lie on each other."""
    places = [(button, place(button, window)) for button in visible(window, QAbstractButton)]
    return [
        f"{one} and {other}"
        for (one, area), (other, other_area) in combinations(places, 2)
        if area.intersects(other_area) and not (one.isAncestorOf(other) or other.isAncestorOf(one))
    ]


def outside(window: QWidget, *parts: QWidget) -> list[str]:
    """Those of the parts, and the labels and buttons, that their window or parent cuts off."""
    room = window.rect().adjusted(-1, 0, 1, 0)  # Qt's splitter in a mirrored window
    found = [
        f"{part}: {place(part, window)}"
        for part in parts
        if part.isVisible() and not room.contains(place(part, window))
    ]
    for widget in (*visible(window, QLabel), *visible(window, QAbstractButton)):
        parent = widget.parentWidget()
        if parent is not None and not parent.rect().contains(widget.geometry()):
            found.append(f"{widget} in {parent}: {widget.geometry()}")
    return found
