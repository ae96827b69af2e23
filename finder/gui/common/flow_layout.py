"""A layout in rows: what does not fit into a row begins the next one."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

from finder.gui.theme.tokens import SPACE


class FlowLayout(QLayout):
    """Mirrored where text runs from right to left. Its height depends on its width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(SPACE)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), moves=False)

    def setGeometry(self, area: QRect) -> None:
        super().setGeometry(area)
        self._arrange(area, moves=True)

    def sizeHint(self) -> QSize:
        """One row."""
        shown = [item.sizeHint() for item in self._items if not item.isEmpty()]
        width = sum(size.width() for size in shown) + self.spacing() * max(0, len(shown) - 1)
        return QSize(width, max((size.height() for size in shown), default=0))

    def minimumSize(self) -> QSize:
        shown = [item.minimumSize() for item in self._items if not item.isEmpty()]
        return QSize(
            max((size.width() for size in shown), default=0),
            max((size.height() for size in shown), default=0),
        )

    def _arrange(self, area: QRect, moves: bool) -> int:
        """Returns the height."""
        x = y = row_height = 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            size.setWidth(min(size.width(), max(area.width(), item.minimumSize().width())))
            if x and x + size.width() > area.width():
                x, y, row_height = 0, y + row_height + self.spacing(), 0
            if moves:
                item.setGeometry(self._mirrored(QRect(QPoint(x, y), size), area))
            x += size.width() + self.spacing()
            row_height = max(row_height, size.height())
        return y + row_height

    def _mirrored(self, place: QRect, area: QRect) -> QRect:
        parent = self.parentWidget()
        runs_left = parent is not None and (
            parent.layoutDirection() is Qt.LayoutDirection.RightToLeft
        )
        left = area.width() - place.left() - place.width() if runs_left else place.left()
        return QRect(area.topLeft() + QPoint(left, place.top()), place.size())


def rows_of(widths: Iterable[int], room: int) -> int:
    """How many rows a FlowLayout of so much width makes of these."""
    rows, x = 1, 0
    for width in widths:
        width = min(width, room)
        if x and x + width > room:
            rows, x = rows + 1, 0
        x += width + SPACE
    return rows
