"""The plot of quality against speed. The one module that imports pyqtgraph, when it is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.widgets import on_ground
from finder.gui.theme.theme import colour, scaled_font, theme
from finder.gui.theme.tokens import SECONDARY_PX, SPACE, SPACE_S
from finder.workers.deferred_imports import import_deferred

_MODULE: Final = "pyqtgraph"
_POINT = 11  # px
_GAP = 9  # px between a point and its name
_TICKS = (1, 2, 5)
_BEAM = 0.012
"""The width of the ends of an interval, of the width of the plot."""


def import_plots() -> None:
    """Import pyqtgraph, which takes some tenths of a second, in another thread."""
    import_deferred(_MODULE)


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


class QualityPlot(QWidget):
    """Speeds are on a logarithmic axis. Signal: point_chosen(key), when a point is clicked."""

    point_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._points: Sequence[PlotPoint] = ()
        self._level: PlotLevel | None = None
        self._plot: Any = None
        self._names: list[tuple[PlotPoint, Any]] = []
        self._level_name: Any = None
        on_ground(self, "card")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_S)
        self.setAccessibleName(tr("Quality and speed"))
        theme().changed.connect(self._draw)

    def show_points(self, points: Sequence[PlotPoint], level: PlotLevel | None = None) -> None:
        self._points, self._level = points, level
        self.setAccessibleDescription("; ".join(map(_spoken, points)))
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._place_names)  # the plot has its size then

    def _draw(self) -> None:
        if not self._points:
            return
        if self._plot is None:
            self._plot = self._make_plot()
            self._layout.addWidget(self._plot)
        self._plot.clear()
        self._names, self._level_name = [], None
        self._colour_axes()
        self._set_ranges()
        if self._level is not None:
            self._draw_level(self._level)
        for point in self._points:
            self._draw_point(point)
        QTimer.singleShot(0, self, self._place_names)

    def _make_plot(self) -> Any:
        import pyqtgraph

        pyqtgraph.setConfigOptions(antialias=True, exitCleanup=False)
        plot = pyqtgraph.PlotWidget()
        plot.setFrameShape(QFrame.Shape.NoFrame)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(False, False)
        plot.hideButtons()
        plot.getPlotItem().layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        return plot

    def _colour_axes(self) -> None:
        self._plot.setBackground(colour("card"))
        font, ink = scaled_font(SECONDARY_PX), colour("secondary")
        labels = {"bottom": tr("pictures per second"), "left": tr("mAP")}
        for side, text in labels.items():
            axis = self._plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setPen(QPen(colour("control_line")))
            axis.setTextPen(QPen(ink))
            axis.setStyle(tickFont=font, tickTextOffset=SPACE // 2)
            axis.setLabel(text, **{"color": ink.name(), "font-size": f"{font.pointSizeF():.1f}pt"})
        self._plot.showGrid(x=False, y=True, alpha=0.15)

    def _set_ranges(self) -> None:
        speeds = [math.log10(point.speed) for point in self._points]
        room = max(0.3, 0.15 * (max(speeds) - min(speeds)))
        left, right = min(speeds) - room, max(speeds) + 1.6 * room  # a name is behind the last one
        lowest = min(point.low for point in self._points)
        highest = max(point.high for point in self._points)
        if self._level is not None:
            highest = max(highest, self._level.value)
        margin = max(0.02, 0.08 * (highest - lowest))
        self._plot.setXRange(left, right, padding=0)
        self._plot.setYRange(max(0.0, lowest - margin), min(1.0, highest + margin), padding=0)
        ticks = [
            (math.log10(value), f"{value:,.5g}") for value in _round_numbers(10**left, 10**right)
        ]
        self._plot.getAxis("bottom").setTicks([ticks])

    def _draw_level(self, level: PlotLevel) -> None:
        import pyqtgraph

        pen = pyqtgraph.mkPen(colour("accent"), width=1.5, style=Qt.PenStyle.DashLine)
        self._plot.addItem(pyqtgraph.InfiniteLine(level.value, angle=0, pen=pen))
        name = pyqtgraph.TextItem(level.title, color=colour("accent_text"), anchor=(0, 1))
        name.setFont(scaled_font(SECONDARY_PX))
        left = self._plot.getViewBox().viewRange()[0][0]
        name.setPos(left, level.value)
        self._plot.addItem(name, ignoreBounds=True)
        self._level_name = name

    def _draw_point(self, point: PlotPoint) -> None:
        import numpy
        import pyqtgraph

        x, y = numpy.array([math.log10(point.speed)]), numpy.array([point.value])
        spoken = _spoken(point)
        ink = QColor(point.colour)
        left, right = self._plot.getViewBox().viewRange()[0]
        self._plot.addItem(
            pyqtgraph.ErrorBarItem(
                x=x,
                y=y,
                top=numpy.array([point.high - point.value]),
                bottom=numpy.array([point.value - point.low]),
                beam=_BEAM * (right - left),
                pen=pyqtgraph.mkPen(ink, width=1.5),
            )
        )
        dot = pyqtgraph.ScatterPlotItem(
            x=x,
            y=y,
            size=_POINT,
            pen=pyqtgraph.mkPen(colour("card"), width=1.5),
            brush=pyqtgraph.mkBrush(ink),
            hoverable=True,
            tip=lambda x, y, data: spoken,
        )
        dot.sigClicked.connect(lambda *_: self.point_chosen.emit(point.key))
        self._plot.addItem(dot)
        name = pyqtgraph.TextItem(point.title, color=colour("text"))
        name.setFont(scaled_font(SECONDARY_PX))
        self._plot.addItem(name, ignoreBounds=True)
        self._names.append((point, name))

    def _place_names(self) -> None:
        """Beside its point each, on no other name, point or line; a name without a place is not
        shown: its point has a tool tip."""
        if self._plot is None or not self._names:
            return
        box = self._plot.getViewBox()
        across, up = box.viewPixelSize()
        if not across or not up:
            return
        (left, right), (low, high) = box.viewRange()
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
    half = _POINT / 2
    return QRectF(x - half, y - half, _POINT, _POINT)


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
