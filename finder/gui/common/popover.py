"""A popover: a small panel over the window, beside the button that opened it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from finder.gui.common.keys import keep_escape
from finder.gui.theme.tokens import SPACE, SPACE_S

_MARGIN = SPACE


class Popover(QWidget):
    """Lies inside the window (so its corners are round on every desktop), below `anchor` or, if
    there is no room, above it. Closed by Esc, by a click beside it, by `close_panel`; then the
    focus returns. Signal: closed.

    The whole window is covered by this widget, which is transparent; `panel` is what is seen.
    """

    closed = Signal()

    def __init__(self, name: str, content: QWidget, anchor: QWidget) -> None:
        """name: of the panel, for screen readers."""
        super().__init__(anchor.window())
        self._anchor = anchor
        self._returns_to: QWidget | None = None
        self.panel = QFrame(self)
        self.panel.setProperty("ground", "popover")
        self.panel.setAccessibleName(name)
        self.panel.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        layout = QVBoxLayout(self.panel)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        layout.addWidget(content)
        self._content = content
        self.hide()

    def open_panel(self) -> None:
        window = self.window()
        self._returns_to = window.focusWidget()
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        self._place()
        first = self._first_field() or self.panel
        first.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_panel(self) -> None:
        if not self.isVisible():
            return
        self.window().removeEventFilter(self)
        self.hide()
        if self._returns_to is not None:
            self._returns_to.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize and watched is self.parentWidget():
            self.setGeometry(self.window().rect())
            self._place()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Esc closes the panel, and does not reach the window's shortcut."""
        return keep_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.close_panel()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Tab stays in the panel."""
        fields = self._fields()
        now = self.window().focusWidget()
        if not fields:
            return True
        at = fields.index(now) if now in fields else -1 if forwards else 0
        to = fields[(at + (1 if forwards else -1)) % len(fields)]
        reason = Qt.FocusReason.TabFocusReason
        to.setFocus(reason if forwards else Qt.FocusReason.BacktabFocusReason)
        return True

    def _first_field(self) -> QWidget | None:
        return next(iter(self._fields()), None)

    def _fields(self) -> list[QWidget]:
        """What takes the focus, in the order in which it was made. (PySide takes what
        nextInFocusChain returns for a child, and deletes it twice.)"""
        return [
            widget
            for widget in self.panel.findChildren(QWidget)
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.isVisible()
            and widget.isEnabled()
            and widget.focusProxy() is None
        ]

    def _place(self) -> None:
        room = self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        size = self.panel.sizeHint().boundedTo(room.size())
        anchor = QRect(self._anchor.mapTo(self.window(), QPoint()), self._anchor.size())
        place = QRect(QPoint(), size)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            place.moveRight(anchor.right())
        else:
            place.moveLeft(anchor.left())
        place.moveTop(anchor.bottom() + 1 + SPACE_S)
        if place.bottom() > room.bottom() and anchor.top() - SPACE_S - size.height() > room.top():
            place.moveBottom(anchor.top() - 1 - SPACE_S)
        place.moveLeft(max(room.left(), min(place.left(), room.right() - size.width() + 1)))
        place.moveTop(max(room.top(), min(place.top(), room.bottom() - size.height() + 1)))
        self.panel.setGeometry(place)
