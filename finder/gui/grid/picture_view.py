"""A grid of cards: pointing, clicking, keys, dragging; what it needs to be loaded."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from finder.gui.grid.card import Card, CardPainter, Ring, paint_stack_ground
from finder.gui.grid.card_options import card_options
from finder.gui.grid.grid_view import GridView
from finder.gui.grid.layout_view import EDGE
from finder.gui.grid.pills import stack_button
from finder.gui.theme.theme import colours, scaled_font
from finder.gui.theme.tokens import BODY_PX, CARD_GAP, SPACE

_LOAD_DELAY_MS = 30
_FRAME_MS = 15
_AROUND = 4  # px around a card's button that belong to it


class CardRole(IntEnum):
    """What a model of cards returns beside the display text: the card that is painted, and the
    picture's content id."""

    CARD = Qt.ItemDataRole.UserRole + 1
    PICTURE = Qt.ItemDataRole.UserRole + 2


class PictureView(GridView):
    """The cards of a model. Signals carry a row, −1 for none; thumbnails_requested: content ids,
    the visible ones first; edge_passed: −1 or +1, an arrow key in a single column; stack_pressed: a
    card's number of folded pictures."""

    hovered = Signal(int)
    selected = Signal(int)
    chosen = Signal(int)  # Enter, or a double click
    preview_requested = Signal(int)
    menu_requested = Signal(int, QPoint)
    drag_started = Signal(int)
    thumbnails_requested = Signal(object)
    edge_passed = Signal(int)
    stack_pressed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._painter = CardPainter()
        self._finish_timer = QTimer(self, singleShot=True, interval=_FRAME_MS)
        self._finish_timer.timeout.connect(self.viewport().update)
        self._hovered = -1
        self._pointer: QPoint | None = None
        self._point_timer = QTimer(self, singleShot=True, interval=0)
        self._point_timer.timeout.connect(self._point_again)
        self._drag_from: QPoint | None = None
        self.setMouseTracking(True)
        self._load_timer = QTimer(self, singleShot=True, interval=_LOAD_DELAY_MS)
        self._load_timer.timeout.connect(self._request_thumbnails)
        self.view_changed.connect(self._load_timer.start)
        card_options().changed.connect(self._repaint_all)
        self.doubleClicked.connect(lambda index: self.chosen.emit(index.row()))

    def reset(self) -> None:
        self._hovered = -1
        super().reset()
        self._point_timer.start()  # once it is scrolled to its place

    def _point_again(self) -> None:
        """At what is under a resting pointer now."""
        if self._pointer is not None:
            self._hover(self.indexAt(self._pointer).row())

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        row = self.currentIndex().row()
        if modifiers or row < 0 or not self._act(event.key(), row):
            super().keyPressEvent(event)
        else:
            event.accept()

    def _act(self, key: int, row: int) -> bool:
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(row)
        elif key == Qt.Key.Key_Space:
            self.preview_requested.emit(row)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            return self._pass_edge(-1 if key == Qt.Key.Key_Left else 1, row)
        else:
            return False
        return True

    def _pass_edge(self, step: int, row: int) -> bool:
        """Whether the layout has a single column, in which left and right lead to another view."""
        here = self.card_layout.rect(row)
        neighbours = (other for other in (row - 1, row + 1) if 0 <= other < self.count())
        if any(self.card_layout.rect(other).top() == here.top() for other in neighbours):
            return False
        self.edge_passed.emit(step)
        return True

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton):
            event.ignore()  # they are the window's
            return
        is_left = event.button() == Qt.MouseButton.LeftButton
        self._drag_from = None
        if is_left and self._press_stack(event):
            return
        self._drag_from = event.position().toPoint() if is_left else None
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._press_stack(event):
            super().mouseDoubleClickEvent(event)

    def _press_stack(self, event: QMouseEvent) -> bool:
        """Whether the event is a press on the number of folded pictures, which is passed on."""
        at = event.position().toPoint()
        is_on_button = self._is_on_stack(at)
        if is_on_button:
            event.accept()
            self.stack_pressed.emit(self.indexAt(at).row())
        return is_on_button

    def _is_on_stack(self, at: QPoint) -> bool:
        index = self.indexAt(at)
        card = index.data(CardRole.CARD) if index.isValid() else None
        if not isinstance(card, Card) or not card.stack:
            return False
        button = stack_button(self.visualRect(index), card, self.fontMetrics())
        return button.adjusted(-_AROUND, -_AROUND, _AROUND, _AROUND).contains(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton:
            start = self._drag_from
            if (
                start is not None
                and (at - start).manhattanLength() >= QApplication.startDragDistance()
            ):
                self._drag_from = None
                if (row := self.indexAt(start).row()) >= 0:
                    self.drag_started.emit(row)
            return
        self._pointer = at
        self._hover(self.indexAt(at).row())
        if self._is_on_stack(at):
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.viewport().unsetCursor()

    def leaveEvent(self, event: Any) -> None:
        self._pointer = None
        self._hover(-1)
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            at = self.visualRect(index).center() if by_key else event.pos()
            self.setCurrentIndex(index)
            self.menu_requested.emit(index.row(), self.viewport().mapToGlobal(at))

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            for changed in (self._hovered, row):
                self._repaint(changed)
            self._hovered = row
            self.hovered.emit(row)

    def _repaint_all(self) -> None:
        self.viewport().update()

    def _repaint(self, row: int) -> None:
        if 0 <= row < self.count():
            self.viewport().update(self.with_ring(self.visualRect(self.model().index(row, 0))))

    # Selection

    def currentChanged(
        self,
        current: QModelIndex | QPersistentModelIndex,
        previous: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().currentChanged(current, previous)
        for index in (current, previous):
            self._repaint(index.row())
        self.selected.emit(current.row())

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        self._painter.covers.begin()
        area = event.rect()
        offset = EDGE - self.verticalOffset()
        top, bottom = area.top() - offset - EDGE, area.bottom() - offset + EDGE
        self._paint_headers(painter, top, bottom)
        visible = self.card_layout.visible(top, bottom)
        cards = list(self._cards_in(area, range(visible.start, min(visible.stop, self.count()))))
        for _, place, card in cards:
            if card.is_in_open_stack:
                paint_stack_ground(painter, place, CARD_GAP, colours())
        for row, place, card in cards:
            self._painter.paint(
                painter,
                place,
                card,
                self._ring(row, card),
                colours(),
                row == self._hovered,
                card_options().shows_names or row == self._hovered,
            )
        if self._painter.covers.has_drafts:
            self._finish_timer.start()

    def _cards_in(self, area: QRect, rows: range) -> Iterator[tuple[int, QRect, Card]]:
        for row in rows:
            place = self.on_screen(self.card_layout.rect(row))
            card = self.model().index(row, 0).data(CardRole.CARD)
            if isinstance(card, Card) and area.intersects(self.with_ring(place)):
                yield row, place, card

    def _ring(self, row: int, card: Card) -> Ring:
        if row == self.currentIndex().row():
            return Ring.FOCUSED if self.hasFocus() else Ring.CURRENT
        return Ring.MARKED if card.is_marked else Ring.NONE

    def _paint_headers(self, painter: QPainter, top: int, bottom: int) -> None:
        runs_left = self.isRightToLeft()
        side = Qt.AlignmentFlag.AlignRight if runs_left else Qt.AlignmentFlag.AlignLeft
        where = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        for place, section in self.card_layout.headers(top, bottom):
            place = self.on_screen(place)
            painter.setFont(scaled_font(BODY_PX, QFont.Weight.DemiBold))
            painter.setPen(colours().text)
            metrics, count = painter.fontMetrics(), f"{section.count:,}"
            room = place.width() - SPACE - self.fontMetrics().horizontalAdvance(count)
            title = metrics.elidedText(section.title, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(place, where, title)
            shift = metrics.horizontalAdvance(title) + SPACE
            painter.setFont(self.font())
            painter.setPen(colours().secondary)
            place.translate(-shift if runs_left else shift, 0)
            painter.drawText(place, where, count)

    # Thumbnails

    def _request_thumbnails(self) -> None:
        """Of the visible cards first, then of one screen below."""
        visible = self.visible_rows()
        after = range(visible.stop, min(self.count(), visible.stop + len(visible)))
        model = self.model()
        if visible:
            self.thumbnails_requested.emit(
                [model.index(row, 0).data(CardRole.PICTURE) for row in (*visible, *after)]
            )
