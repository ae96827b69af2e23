"""The header of a column that compares: the model's colour, its name, how far it agrees."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QEnterEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import ToolButton
from finder.gui.common.widgets import ElidedLabel, bold, secondary, set_margins, set_tip
from finder.gui.theme.theme import colours, scaled_font
from finder.gui.theme.tokens import RADIUS_CARD, SECONDARY_PX, SPACE, SPACE_M, SPACE_S

_BAR = 4  # px, the model's colour at the left edge
_DRAG = 24  # px to the side before a column moves


class ColumnHeader(QWidget):
    """colour: of the model, in `#rrggbb`; empty: the combined ranking, in the accent colour.

    Signals: menu_requested(global position); moved(−1 or +1: to the left or right), dragged past a
    neighbour.
    """

    menu_requested = Signal(QPoint)
    moved = Signal(int)

    def __init__(self, title: str, colour: str, is_pinned: bool = False) -> None:
        super().__init__()
        self._colour = colour
        self._is_pinned = is_pinned
        self._drag_from: int | None = None
        self._texts = "", "", ""
        self.setProperty("ground", "card")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.title = bold(ElidedLabel(title))
        self.facts = ElidedLabel()
        secondary(self.facts)
        self.facts.setFont(scaled_font(SECONDARY_PX))
        self.menu_button = ToolButton("ellipsis", tip=tr("Column {title}").format(title=title))
        self.menu_button.clicked.connect(self._open_menu)
        self.menu_button.hide()
        self._lay_out()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.facts)
        layout = QHBoxLayout(self)
        set_margins(layout, SPACE_M + _BAR // 2, SPACE, SPACE_S, SPACE)
        self._margins = SPACE_M + _BAR // 2 + SPACE_S + 6
        layout.setSpacing(SPACE_S)
        layout.addLayout(words, 1)
        layout.addWidget(self.menu_button)

    def show_facts(self, text: str, short: str = "", tip: str = "") -> None:
        """short: in a narrow column, in place of the text."""
        self._texts = text, short or text, tip
        set_tip(self, tip)
        self._fit()

    def _fit(self) -> None:
        text, short, tip = self._texts
        room = self.width() - self._margins
        needed = self.facts.fontMetrics().horizontalAdvance(text)
        self.facts.show_text(text if needed <= room else short, tip or text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def set_colour(self, colour: str) -> None:
        self._colour = colour
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.menu_button.show()

    def leaveEvent(self, event: QEvent) -> None:
        self.menu_button.hide()

    # Moving

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
        elif not self._is_pinned:
            self._drag_from = round(event.globalPosition().x())
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag_from is None:
            return
        distance = round(event.globalPosition().x()) - self._drag_from
        if abs(distance) >= max(_DRAG, self.width() // 2):
            self._drag_from += self.width() if distance > 0 else -self.width()
            self.moved.emit(1 if distance > 0 else -1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._drag_from = None
        self.unsetCursor()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(event.globalPos())

    def _open_menu(self) -> None:
        self.menu_requested.emit(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._colour or colours().accent))
        right = self.isRightToLeft()
        left = self.width() - _BAR if right else 0
        painter.drawRoundedRect(
            left, RADIUS_CARD, _BAR, self.height() - 2 * RADIUS_CARD, _BAR / 2, _BAR / 2
        )
        painter.end()
