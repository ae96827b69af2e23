"""A search field: a magnifying glass, the text, a button to clear it, and more buttons."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import ToolButton
from finder.gui.common.keys import keep_escape
from finder.gui.common.labels import IconLabel
from finder.gui.common.widgets import set_margins
from finder.gui.theme.focus_rings import OWN_FOCUS
from finder.gui.theme.painting import paint_box
from finder.gui.theme.theme import colour
from finder.gui.theme.tokens import HIT_AREA, RADIUS, SPACE

_HEIGHT = HIT_AREA + 4


def _pastes_no_text(event: QEvent) -> bool:
    """Whether this is the key that pastes, and there is no text to paste."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if not event.matches(QKeySequence.StandardKey.Paste):
        return False
    mime = QGuiApplication.clipboard().mimeData()
    return mime is None or not mime.hasText()


def _drags_more_than_words(event: QEvent) -> bool:
    """Whether this is a drag of files, a link or a picture, which the window takes."""
    if not isinstance(event, QDragEnterEvent):
        return False
    mime = event.mimeData()
    return mime.hasUrls() or mime.hasImage()


class SearchField(QWidget):
    """`edit` is its line edit. Esc clears the text. Without a text the window gets Esc, and the
    key that pastes if the clipboard has none. Of what is dropped it takes words only. Signal:
    cleared, by Esc or its button."""

    cleared = Signal()

    def __init__(self, placeholder: str, icon_name: str = "search") -> None:
        super().__init__()
        self.edit = QLineEdit()
        self.edit.setProperty("kind", "bare")
        self.edit.setProperty(OWN_FOCUS, True)
        self.edit.setPlaceholderText(placeholder)
        self.edit.setAccessibleName(placeholder)
        self.edit.installEventFilter(self)
        self.clear_button = ToolButton("x", tip=tr("Clear"))
        self.clear_button.setProperty("kind", "inner")
        self.clear_button.setFixedSize(HIT_AREA, HIT_AREA)
        self.clear_button.clicked.connect(self._clear)
        self.clear_button.hide()
        self.edit.textChanged.connect(lambda text: self.clear_button.setVisible(bool(text)))
        self.setFocusProxy(self.edit)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._layout = QHBoxLayout(self)
        set_margins(self._layout, SPACE + 2, 2, 2, 2)
        self._layout.setSpacing(0)
        self._layout.addWidget(IconLabel(icon_name, role="secondary"))
        self._layout.addSpacing(SPACE)
        self._layout.addWidget(self.edit, 1)
        self._layout.addWidget(self.clear_button)

    def add_button(self, icon_name: str, tip: str) -> ToolButton:
        """One more button at the end; the caller connects it."""
        button = ToolButton(icon_name, tip=tip)
        button.setProperty("kind", "inner")
        button.setFixedSize(HIT_AREA, HIT_AREA)
        button.setCursor(Qt.CursorShape.ArrowCursor)
        self._layout.addWidget(button)
        return button

    def sizeHint(self) -> QSize:
        return QSize(240, max(_HEIGHT, self.fontMetrics().height() + 16))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The edge shows the focus of the line edit inside; Esc is kept from the window's shortcut
        while there is something to clear."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        elif _pastes_no_text(event) or _drags_more_than_words(event):
            event.ignore()
            return True
        elif self.edit.text():
            keep_escape(event)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.edit.text():
            self._clear()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.edit.setFocus(Qt.FocusReason.MouseFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        focused = self.edit.hasFocus()
        edge = "accent" if focused else "control_line" if self.underMouse() else "line"
        painter = QPainter(self)
        paint_box(
            painter,
            QRectF(self.rect()),
            RADIUS,
            colour("card" if self.isEnabled() else "panel"),
            colour(edge),
            2.0 if focused else 1.0,
        )
        painter.end()

    def _clear(self) -> None:
        self.edit.clear()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.cleared.emit()
