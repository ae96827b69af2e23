"""The plot of quality against speed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QColor

from finder.core.i18n import tr
from finder.gui.common.plot import POINT, Plot

_GAP = 9  # px between a point and its name
_TICKS = (1, 2, 5)
_BEAM = 0.012
"""The width of the ends of an interval, of the width of the plot."""


@dataclass(frozen=True)
class PlotPoint:
    """A model: its speed in pictures per second, its mean average precision and the ends of that
    one's interval. key: what `point_chosen` gives."""

    key: int
    title: str
    colour: str
    speed: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PlotLevel:
    """What has a mean average precision but no speed of its own."""

    title: str
    value: float


class QualityPlot(Plot):
    """Speeds are on a logarithmic axis. Signal: point_chosen(key), when a point is clicked."""

    point_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__(tr("Quality and speed"))
        self._points: Sequence[PlotPoint] = ()
        self._level: PlotLevel | None = None
        self._names: list[tuple[PlotPoint, Any]] = []
        self._level_name: Any = None

    def show_points(self, points: Sequence[PlotPoint], level: PlotLevel | None = None) -> None:
        self._points, self._level = points, level
        self.setAccessibleDescription("; ".join(map(_spoken, points)))
        if points:
            self.redraw()

    def _paint(self) -> None:
        self._names, self._level_name = [], None
        self.set_axes(tr("pictures per second"), tr("mAP"), "y")
        self._set_ranges()
        if self._level is not None:
            self._draw_level(self._level)
        for point in self._points:
            self._draw_point(point)

    def _set_ranges(self) -> None:
        speeds = [math.log10(point.speed) for point in self._points]
        room = max(0.3, 0.15 * (max(speeds) - min(speeds)))
        left, right = min(speeds) - room, max(speeds) + 1.6 * room  # a name is behind the last one
        lowest = min(point.low for point in self._points)
        highest = max(point.high for point in self._points)
        if self._level is not None:
            highest = max(highest, self._level.value)
        margin = max(0.02, 0.08 * (highest - lowest))
        self.set_ranges((left, right), (max(0.0, lowest - margin), min(1.0, highest + margin)))
        ticks = [
            (math.log10(value), f"{value:,.5g}") for value in _round_numbers(10**left, 10**right)
        ]
        self.set_ticks("bottom", ticks)

    def _draw_level(self, level: PlotLevel) -> None:
        self.add_line(level.value, "accent")
        self._level_name = self.add_text(level.title, "accent_text", anchor=(0, 1))
        self._level_name.setPos(self.view.viewRange()[0][0], level.value)

    def _draw_point(self, point: PlotPoint) -> None:
        left, right = self.view.viewRange()[0]
        self.add_interval(
            QPointF(math.log10(point.speed), point.value),
            point.low,
            point.high,
            QColor(point.colour),
            _spoken(point),
            _BEAM * (right - left),
            chosen=partial(self.point_chosen.emit, point.key),
        )
        self._names.append((point, self.add_text(point.title, "text")))

    def _place(self) -> None:
        """Beside its point each, on no other name, point or line; a name without a place is not
        shown: its point has a tool tip."""
        across, up = self.view.viewPixelSize()
        (left, right), (low, high) = self.view.viewRange()
        whole = QRectF(0, 0, (right - left) / across, (high - low) / up)
        places = [
            ((math.log10(point.speed) - left) / across, (high - point.value) / up)
            for point, _ in self._names
        ]
        taken = [_around(x, y) for x, y in places]
        if self._level is not None:
            y, size = (high - self._level.value) / up, self._level_name.boundingRect()
            taken.append(QRectF(0, y - 1, whole.width(), 2))
            taken.append(QRectF(0, y - size.height(), size.width(), size.height()))
        for (_, name), (x, y) in zip(self._names, places, strict=True):
            size = name.boundingRect()
            where = _free_place(x, y, size.width(), size.height(), whole, taken)
            name.setVisible(where is not None)
            if where is not None:
                taken.append(where)
                name.setPos(left + where.left() * across, high - where.top() * up)


def _around(x: float, y: float) -> QRectF:
    half = POINT / 2
    return QRectF(x - half, y - half, POINT, POINT)


def _free_place(
    x: float, y: float, width: float, height: float, whole: QRectF, taken: Sequence[QRectF]
) -> QRectF | None:
    """Px from the top left of the plot: at the right of the point or left of it, as high as it or a
    bit higher or lower."""
    for rows in (0.5, 1.0, 0.0, 1.5, -0.5):
        for start in (x + _GAP, x - _GAP - width):
            place = QRectF(start, y - rows * height, width, height)
            if whole.contains(place) and not any(place.intersects(other) for other in taken):
                return place
    return None


def _round_numbers(low: float, high: float) -> list[float]:
    """1, 2, 5, 10 … between these; tens only where there would be many."""
    found = [
        step * 10.0**power
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for step in (_TICKS if high / low < 300 else (1,))
    ]
    return [value for value in found if low <= value <= high]


def _spoken(point: PlotPoint) -> str:
    return tr("{title}: mAP {value:.3f} ({low:.3f} – {high:.3f}), {speed:,.1f} pictures/s").format(
        title=point.title,
        value=point.value,
        low=point.low,
        high=point.high,
        speed=point.speed,
    )
