"""The list below the field: past searches, names of files and folders, a filter by name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.widgets import literal_tip
from finder.gui.theme.icons import icon
from finder.gui.theme.painting import paint_box
from finder.gui.theme.theme import colour, scaled_font
from finder.gui.theme.tokens import (
    HIT_AREA,
    ICON,
    RADIUS_SMALL,
    SECONDARY_PX,
    SPACE,
    SPACE_M,
    SPACE_S,
)

_ROLE = Qt.ItemDataRole.UserRole


class Kind(Enum):
    PAST = auto()
    FILE = auto()
    FOLDER = auto()
    NAME = auto()


@dataclass(frozen=True)
class Suggestion:
    """value: a path; the words of a past search; or, for the filter by name, what was typed."""

    kind: Kind
    value: str

    @property
    def title(self) -> str:
        if self.kind is Kind.NAME:
            return tr("Only pictures with “{text}” in their name").format(text=self.value)
        if self.kind is Kind.PAST:
            return self.value
        return printable(os.path.basename(self.value) or self.value)

    @property
    def place(self) -> str:
        return printable(os.path.dirname(self.value)) if self.is_path else ""

    @property
    def is_path(self) -> bool:
        return self.kind in (Kind.FILE, Kind.FOLDER)

    @property
    def icon(self) -> str:
        return {
            Kind.PAST: "history",
            Kind.FILE: "image",
            Kind.FOLDER: "folder",
            Kind.NAME: "list-filter",
        }[self.kind]

    @property
    def spoken(self) -> str:
        """For screen readers."""
        what = {
            Kind.PAST: tr("search again for {name}"),
            Kind.FILE: tr("find pictures like {name}, in {place}"),
            Kind.FOLDER: tr("only the folder {name}, in {place}"),
            Kind.NAME: "{name}",
        }[self.kind]
        return what.format(name=self.title, place=self.place)


class Suggestions(QFrame):
    """Lies in the window, below `field`, which keeps the focus. Signal: chosen(Suggestion)."""

    chosen = Signal(object)

    def __init__(self, field: QWidget) -> None:
        super().__init__(field.window())
        self._field = field
        self.setProperty("ground", "popover")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list = QListWidget()
        self.list.setProperty("kind", "bare")
        self.list.setAccessibleName(tr("Suggestions"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setItemDelegate(_RowPainter(self.list))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(item.data(_ROLE)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_S)
        layout.addWidget(self.list)
        for followed in (field, field.window()):
            followed.installEventFilter(self)
        self.hide()

    def show_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        """None is current yet."""
        self.list.clear()
        for one in suggestions:
            item = QListWidgetItem(one.title)
            item.setData(_ROLE, one)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, one.spoken)
            item.setToolTip(literal_tip(printable(one.value)) if one.is_path else "")
            self.list.addItem(item)
        self.list.setCurrentRow(-1)
        self.setVisible(bool(suggestions))
        self._place()
        self.raise_()

    def current(self) -> Suggestion | None:
        item = self.list.currentItem() if self.isVisible() else None
        found: Suggestion | None = item.data(_ROLE) if item is not None else None
        return found

    def step(self, step: int) -> None:
        """To the next row or the one before; past the ends there is none, as at first."""
        rows = self.list.count() + 1
        row = (self.list.currentRow() + 1 + step) % rows - 1
        self.list.setCurrentRow(row)
        current = self.current()
        if current is None:
            self.list.clearSelection()
        else:
            event = QAccessibleAnnouncementEvent(self, current.spoken)
            QAccessible.updateAccessibility(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the field, and of the window."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        corner = self._field.mapTo(self.window(), QPoint(0, self._field.height() + SPACE_S))
        height = self.list.count() * row_height(self) + 2 * (SPACE_S + self.frameWidth()) + 2
        room = self.window().height() - corner.y() - SPACE
        self.setGeometry(QRect(corner, QSize(self._field.width(), min(height, room))))


def row_height(widget: QWidget) -> int:
    return max(HIT_AREA, widget.fontMetrics().height() + 2 * SPACE_S + SPACE_S)


class _RowPainter(QStyledItemDelegate):
    """Icon, name, and in the weaker colour the folder it is in."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(100, row_height(self._widget()))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        area: QRect = option.rect
        state: QStyle.StateFlag = option.state
        is_current = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if index.data(_ROLE).is_path:
            painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        if is_current or state & QStyle.StateFlag.State_MouseOver:
            ground = colour("accent_soft" if is_current else "hover")
            paint_box(painter, QRectF(area), RADIUS_SMALL, ground)
        self._paint_row(painter, area, index.data(_ROLE))
        painter.restore()

    def _paint_row(self, painter: QPainter, area: QRect, suggestion: Suggestion) -> None:
        widget = self._widget()
        glyph = QRect(SPACE, (area.height() - ICON) // 2, ICON, ICON)
        icon(suggestion.icon, "secondary").paint(painter, self._turned(area, glyph))
        start = SPACE + ICON + SPACE
        room = area.width() - start - SPACE
        painter.setFont(widget.font())
        painter.setPen(colour("text"))
        most = round(room * 0.65) if suggestion.place else room
        width = self._paint_words(painter, area, suggestion.title, start, most)
        painter.setFont(scaled_font(SECONDARY_PX))
        painter.setPen(colour("secondary"))
        start, room = start + width + SPACE_M, room - width - SPACE_M
        self._paint_words(painter, area, suggestion.place, start, room)

    def _paint_words(
        self, painter: QPainter, area: QRect, words: str, start: int, room: int
    ) -> int:
        """Elided where there is too little room. Returns the width."""
        metrics = painter.fontMetrics()
        words = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, max(0, room))
        width = metrics.horizontalAdvance(words) + 1
        runs_left = self._widget().layoutDirection() is Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if runs_left else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(self._turned(area, QRect(start, 0, width, area.height())), flags, words)
        return width

    def _turned(self, area: QRect, place: QRect) -> QRect:
        """A place in the row, from the other side where text runs from right to left."""
        if self._widget().layoutDirection() is Qt.LayoutDirection.RightToLeft:
            place.moveLeft(area.width() - place.left() - place.width())
        return place.translated(area.topLeft())

    def _widget(self) -> QWidget:
        widget = self.parent()
        assert isinstance(widget, QWidget)
        return widget
