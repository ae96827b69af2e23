"""A chip: a filter or an example, which can be clicked and removed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import ToolButton
from finder.gui.theme.focus_rings import FOCUS_RADIUS
from finder.gui.theme.icons import icon_pixmap
from finder.gui.theme.painting import paint_box, paint_pixmap, paint_round
from finder.gui.theme.theme import colour
from finder.gui.theme.tokens import HIT_AREA, SPACE, SPACE_M

_ICON = 16
_PICTURE = 24
_REMOVE_ICON = 14
_LONGEST = 280  # px of text


class Chip(QAbstractButton):
    """Signals: clicked; removed, also by Delete and Backspace. With an icon, or a round picture."""

    removed = Signal()

    def __init__(
        self,
        text: str,
        icon_name: str = "",
        removable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setProperty(FOCUS_RADIUS, HIT_AREA / 2)
        self._icon_name = icon_name
        self._picture = QPixmap()
        self.remove_button: ToolButton | None = None
        if removable:
            self.remove_button = ToolButton("x", tip=_remove_words(text), parent=self)
            self.remove_button.setProperty("kind", "round")
            self.remove_button.setProperty(FOCUS_RADIUS, HIT_AREA / 2)
            self.remove_button.setIconSize(QSize(_REMOVE_ICON, _REMOVE_ICON))
            self.remove_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Delete does the same
            self.remove_button.setFixedSize(HIT_AREA, HIT_AREA)
            self.remove_button.clicked.connect(self.removed)

    def show_text(self, text: str) -> None:
        self.setText(text)
        if self.remove_button is not None:
            self.remove_button.setToolTip(_remove_words(text))
            self.remove_button.setAccessibleName(_remove_words(text))
        self.updateGeometry()

    def show_picture(self, picture: QPixmap) -> None:
        """In place of the icon."""
        self._picture = picture
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        words = min(_LONGEST, self.fontMetrics().horizontalAdvance(self.text()) + 1)
        return QSize(self._before() + words + self._behind(), HIT_AREA)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), self._before() + self._behind() + 40), HIT_AREA)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.remove_button is not None:
            right = 0 if self._runs_left() else self.width() - HIT_AREA
            self.remove_button.move(right, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.remove_button:
            self.removed.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_box(painter, QRectF(self.rect()), HIT_AREA / 2, colour(self._ground()))
        box = QRectF(self._before() - SPACE - _PICTURE, 0, _PICTURE, self.height())
        if not self._picture.isNull():
            box = QRectF(box.x(), (self.height() - _PICTURE) / 2, _PICTURE, _PICTURE)
            paint_round(painter, self._turned(box), self._picture)
        elif self._icon_name:
            role = "text" if self.isEnabled() else "disabled"
            pixmap = icon_pixmap(self._icon_name, _ICON, self.devicePixelRatioF(), role)
            paint_pixmap(painter, self._turned(box), pixmap)
        self._paint_words(painter)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        width = self.width() - self._before() - self._behind()
        area = self._turned(QRectF(self._before(), 0, width, self.height()))
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, width)
        painter.setPen(colour("text" if self.isEnabled() else "disabled"))
        side = Qt.AlignmentFlag.AlignRight if self._runs_left() else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(area, flags, words)

    def _ground(self) -> str:
        if not self.isEnabled():
            return "panel"
        return "pressed" if self.isDown() or self.underMouse() else "chip"

    def _before(self) -> int:
        """The place before the text."""
        if not self._picture.isNull():
            return SPACE // 2 + _PICTURE + SPACE
        return SPACE + _PICTURE + SPACE // 2 if self._icon_name else SPACE_M

    def _behind(self) -> int:
        return HIT_AREA if self.remove_button is not None else SPACE_M

    def _turned(self, box: QRectF) -> QRectF:
        """The same place from the other side, where text runs from right to left."""
        if not self._runs_left():
            return box
        return QRectF(self.width() - box.x() - box.width(), box.y(), box.width(), box.height())

    def _runs_left(self) -> bool:
        return self.layoutDirection() is Qt.LayoutDirection.RightToLeft


def _remove_words(text: str) -> str:
    return tr("Remove “{text}”").format(text=text)
