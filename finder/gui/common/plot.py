"""A plot in the theme's colours. The one module that imports pyqtgraph, when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from finder.gui.common.widgets import on_ground
from finder.gui.theme.theme import colour, scaled_font, theme
from finder.gui.theme.tokens import SECONDARY_PX, SPACE, SPACE_S
from finder.workers.deferred_imports import import_deferred

_MODULE: Final = "pyqtgraph"
POINT: Final = 11  # px
_WIDTH, _CURVE_WIDTH = 1.5, 2.0  # px of a line
_SMALL_POINT = 6  # px


def import_plots() -> None:
    """Import pyqtgraph, which takes some tenths of a second, in another thread."""
    import_deferred(_MODULE)


class Plot(QWidget):
    """A subclass draws in `_paint`, with the methods below, whenever the theme changes or
    `redraw` is called; `_place` is called once the plot has its size."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._plot: Any = None
        on_ground(self, "card")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_S)
        self.setAccessibleName(name)
        theme().changed.connect(self._theme_changed)

    def _paint(self) -> None:
        raise NotImplementedError

    def _place(self) -> None:
        """What depends on the plot's size in pixels."""

    def redraw(self) -> None:
        if self._plot is None:
            self._plot = _made()
            self._layout.addWidget(self._plot)
        self._plot.clear()
        self._plot.setBackground(colour("card"))
        self._paint()
        QTimer.singleShot(0, self, self._place_if_drawn)

    def _theme_changed(self) -> None:
        if self._plot is not None:
            self.redraw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._place_if_drawn)  # the plot has its size then

    def _place_if_drawn(self) -> None:
        if self._plot is not None and all(self._plot.getViewBox().viewPixelSize()):
            self._place()

    @property
    def view(self) -> Any:
        """pyqtgraph's view box: its range, and the size of a pixel."""
        return self._plot.getViewBox()

    # Axes

    def set_axes(self, bottom: str, left: str, grid: str) -> None:
        """Their titles. grid: "x" or "y", the axis whose values have lines."""
        font, ink = scaled_font(SECONDARY_PX), colour("secondary")
        for side, text in (("bottom", bottom), ("left", left)):
            axis = self._plot.getAxis(side)
            axis.setPen(QPen(colour("control_line")))
            axis.setTextPen(QPen(ink))
            axis.setStyle(tickFont=font, tickTextOffset=SPACE // 2)
            css = {"color": ink.name(), "font-size": f"{font.pointSizeF():.1f}pt"}
            axis.setLabel(text, siPrefixEnableRanges=(), **css)  # numbers are never in thousandths
        self._plot.showGrid(x=grid == "x", y=grid == "y", alpha=0.15)

    def set_ranges(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self._plot.setXRange(*x, padding=0)
        self._plot.setYRange(*y, padding=0)

    def set_ticks(self, side: str, ticks: Sequence[tuple[float, str]]) -> None:
        """Instead of round numbers."""
        self._plot.getAxis(side).setTicks([list(ticks)])

    # What is drawn

    def add_line(self, value: float, role: str, angle: int = 0) -> None:
        """Dashed, across the whole plot. role: of its colour; angle: 90 for an upright one."""
        import pyqtgraph

        pen = pyqtgraph.mkPen(colour(role), width=_WIDTH, style=Qt.PenStyle.DashLine)
        self._plot.addItem(pyqtgraph.InfiniteLine(value, angle=angle, pen=pen))

    def add_curve(
        self, x: Sequence[float], y: Sequence[float], ink: str, has_points: bool = True
    ) -> None:
        """A line through these points, which are dots if has_points."""
        import numpy
        import pyqtgraph

        points = {
            "symbol": "o",
            "symbolSize": _SMALL_POINT,
            "symbolPen": None,
            "symbolBrush": pyqtgraph.mkBrush(ink),
        }
        pen = pyqtgraph.mkPen(ink, width=_CURVE_WIDTH)
        shown = points if has_points else {}
        self._plot.plot(numpy.asarray(x, float), numpy.asarray(y, float), pen=pen, **shown)

    def add_text(self, text: str, role: str, anchor: tuple[float, float] = (0, 0)) -> Any:
        """An item with `setPos`, `setVisible` and `boundingRect`."""
        import pyqtgraph

        item = pyqtgraph.TextItem(text, color=colour(role), anchor=anchor)
        item.setFont(scaled_font(SECONDARY_PX))
        self._plot.addItem(item, ignoreBounds=True)
        return item

    def add_interval(
        self,
        at: QPointF,
        low: float,
        high: float,
        ink: QColor,
        tip: str,
        beam: float,
        *,
        is_flat: bool = False,
        chosen: Callable[[], object] | None = None,
    ) -> None:
        """A point with an upright line from low to high, or a flat one. beam: the length of its
        ends, on the other axis; chosen: called when the point is clicked."""
        import numpy
        import pyqtgraph

        x, y = numpy.array([at.x()]), numpy.array([at.y()])
        middle = at.x() if is_flat else at.y()
        below, above = numpy.array([middle - low]), numpy.array([high - middle])
        ends = {"left": below, "right": above} if is_flat else {"bottom": below, "top": above}
        pen = pyqtgraph.mkPen(ink, width=_WIDTH)
        self._plot.addItem(pyqtgraph.ErrorBarItem(x=x, y=y, beam=beam, pen=pen, **ends))
        dot = pyqtgraph.ScatterPlotItem(
            x=x,
            y=y,
            size=POINT,
            pen=pyqtgraph.mkPen(colour("card"), width=_WIDTH),
            brush=pyqtgraph.mkBrush(ink),
            hoverable=True,
            tip=lambda x, y, data: tip,
        )
        if chosen is not None:
            dot.sigClicked.connect(lambda *_: chosen())
        self._plot.addItem(dot)


def _made() -> Any:
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
