"""The rows of the side bar: an icon, a name, and a count at the far side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from finder.gui.common.widgets import set_tip, tool_tip
from finder.gui.theme.focus_rings import OWN_FOCUS
from finder.gui.theme.icons import icon_pixmap
from finder.gui.theme.painting import paint_box, paint_pixmap
from finder.gui.theme.theme import colour, scaled_font
from finder.gui.theme.tokens import HIT_AREA, ICON, RADIUS, SECONDARY_PX, SPACE, SPACE_S, SPACE_XS

_KEY = Qt.ItemDataRole.UserRole
_ROW = Qt.ItemDataRole.UserRole + 1
_LEAST_ROWS = 3


@dataclass(frozen=True)
class SideRow:
    """key: what it stands for. note: after the text, and never elided. spoken: for screen readers,
    the name and the count in words. quiet: in the colour of secondary text."""

    key: str
    text: str
    icon: str
    count: int | None = None
    tip: str = ""
    note: str = ""
    spoken: str = ""
    quiet: bool = False

    @property
    def whole(self) -> str:
        return self.text + self.note


@dataclass(frozen=True)
class _State:
    chosen: bool
    hovered: bool
    pressed: bool = False
    focused: bool = False


class SideButton(QAbstractButton):
    """A row that stands alone. While it is checked, it is what is shown."""

    def __init__(self, row: SideRow, checkable: bool = False) -> None:
        super().__init__()
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_row(row)

    def show_row(self, row: SideRow) -> None:
        self.row = row
        self.setText(row.whole)
        self.setAccessibleName(row.spoken or row.whole)
        set_tip(self, row.tip)
        self.update()

    def nextCheckState(self) -> None:
        """What is shown is decided by `setChecked`, not by the click."""

    def sizeHint(self) -> QSize:
        return QSize(4 * HIT_AREA, row_height(self))

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * HIT_AREA, row_height(self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        state = _State(self.isChecked(), self.underMouse(), self.isDown())
        _paint_row(painter, self, self.rect(), self.row, state)
        painter.end()


class SideList(QListWidget):
    """Rows of which one can be shown, and each can have a menu. It is as high as its rows, as far
    as there is room. Signals: chosen(key), by a click or Enter; removed(key), by Delete;
    menu_requested(key, QPoint on the screen)."""

    chosen = Signal(str)
    removed = Signal(str)
    menu_requested = Signal(str, object)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._chosen_key: str | None = None
        self.setAccessibleName(name)
        self.setProperty(OWN_FOCUS, True)
        self.setMouseTracking(True)
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Maximum)
        self.setItemDelegate(_RowDelegate(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._request_menu)
        self.itemClicked.connect(lambda item: self.chosen.emit(item.data(_KEY)))

    def show_rows(self, rows: Sequence[SideRow]) -> None:
        """The current row stays; if it is gone, the one in its place is the current one."""
        current, place = self.current_key(), self.currentRow()
        self.clear()
        for row in rows:
            item = QListWidgetItem(row.whole)
            item.setData(_KEY, row.key)
            item.setData(_ROW, row)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, row.spoken or row.whole)
            item.setToolTip(tool_tip(row.tip) if row.tip else "")
            self.addItem(item)
            if row.key == current:
                self.setCurrentItem(item)
        if current is not None and self.currentRow() < 0:
            self.setCurrentRow(min(place, self.count() - 1))
        self.setVisible(bool(rows))
        self.updateGeometry()

    def row_at(self, place: int) -> SideRow:
        row = self.item(place).data(_ROW)
        assert isinstance(row, SideRow)
        return row

    def current_key(self) -> str | None:
        item = self.currentItem()
        return None if item is None else str(item.data(_KEY))

    @property
    def chosen_key(self) -> str | None:
        return self._chosen_key

    def choose(self, key: str | None) -> None:
        """Mark this row as what is shown. Without a signal."""
        self._chosen_key = key
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(4 * HIT_AREA, self.count() * row_height(self))

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * HIT_AREA, min(self.count(), _LEAST_ROWS) * row_height(self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, current = event.key(), self.current_key()
        if current is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.chosen.emit(current)
        elif current is not None and key == Qt.Key.Key_Delete:
            self.removed.emit(current)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.BackButton, Qt.MouseButton.ForwardButton):
            event.ignore()  # they are the window's
        else:
            super().mousePressEvent(event)

    def _request_menu(self, position: QPoint) -> None:
        item = self.itemAt(position)
        if item is not None:
            at = self.viewport().mapToGlobal(position)
            self.menu_requested.emit(str(item.data(_KEY)), at)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and self.currentRow() < 0:
            self.setCurrentRow(0)
        return super().event(event)


class _RowDelegate(QStyledItemDelegate):
    """Paints the rows of a `SideList`."""

    def __init__(self, view: SideList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(2 * HIT_AREA, row_height(self._view))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        view = self._view
        by_keyboard = view.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        state = _State(
            chosen=index.data(_KEY) == view.chosen_key,
            hovered=bool(option.state & QStyle.StateFlag.State_MouseOver),
            focused=by_keyboard and view.hasFocus() and index.row() == view.currentRow(),
        )
        _paint_row(painter, view, option.rect, index.data(_ROW), state)


def row_height(widget: QWidget) -> int:
    """36 px, more with larger text."""
    return max(HIT_AREA + SPACE_S, widget.fontMetrics().height() + 2 * SPACE)


def _paint_row(
    painter: QPainter, widget: QWidget, area: QRect, row: SideRow, state: _State
) -> None:
    painter.save()
    box = QRectF(area).adjusted(0, 1, 0, -1)
    ground = "accent_soft" if state.chosen else "pressed" if state.pressed else "hover"
    if state.chosen or state.pressed or state.hovered:
        paint_box(painter, box, RADIUS, fill=colour(ground))
    if state.focused:
        paint_box(painter, box, RADIUS, edge=colour("accent"), width=2)
    role = "accent_text" if state.chosen else "secondary" if row.quiet else "text"
    left = widget.layoutDirection() is Qt.LayoutDirection.LeftToRight

    def place(x: int, width: int) -> QRect:
        """An area at this distance from the side where text begins."""
        at = area.left() + x if left else area.right() + 1 - x - width
        return QRect(at, area.top(), width, area.height())

    ratio = painter.device().devicePixelRatioF()
    paint_pixmap(painter, QRectF(place(SPACE, ICON)), icon_pixmap(row.icon, ICON, ratio, role))
    count = "" if row.count is None else f"{row.count:,}"
    small = scaled_font(SECONDARY_PX)
    painter.setFont(small)
    count_width = painter.fontMetrics().horizontalAdvance(count) + SPACE_XS if count else 0
    begin, end = SPACE + ICON + SPACE + SPACE_XS, area.width() - SPACE
    vertically = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
    near, far = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    painter.setPen(colour("accent_text" if state.chosen else "secondary"))
    painter.drawText(
        place(end - count_width, count_width), vertically | (far if left else near), count
    )
    font = QFont(widget.font())
    painter.setFont(font)
    painter.setPen(colour(role))
    width = end - begin - (count_width + SPACE if count else 0)
    metrics = painter.fontMetrics()
    room = width - metrics.horizontalAdvance(row.note)
    text = metrics.elidedText(row.text, Qt.TextElideMode.ElideMiddle, room) + row.note
    painter.drawText(place(begin, width), vertically | (near if left else far), text)
    painter.restore()
