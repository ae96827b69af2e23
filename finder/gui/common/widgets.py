"""Small widgets that several packages use."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QGuiApplication, QImage, QPalette, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from finder.core.printable import printable
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import (
    BODY_PX,
    DIALOG_TITLE_PX,
    SPACE,
    SPACE_L,
    SPACE_M,
    SPACE_XL,
    SPACE_XS,
)

Widget = TypeVar("Widget", bound=QWidget)
_OF_SCREEN = (0.98, 0.94)
"""What a dialog takes at most."""


class ElidedLabel(QLabel):
    """One line of plain text, elided if too long, in the middle or where `cut` says; then the tool
    tip has all of it.

    It begins where the window's text begins, whatever script it is in."""

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        cut: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
    ) -> None:
        super().__init__(parent)
        self._cut = cut
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole = self._tip = ""
        self._align()
        self.show_text(text)

    def show_text(self, text: str, tip: str = "") -> None:
        """tip: the tool tip, instead of the whole text."""
        self._tip = tip
        self._whole = " ".join(text.split())
        self.setAccessibleName(self._whole)
        self._elide()

    def whole_text(self) -> str:
        return self._whole

    def sizeHint(self) -> QSize:
        """Higher than a line of the font: letters of a script that it lacks may be taller."""
        return super().sizeHint() + QSize(0, 2 * SPACE_XS)

    def minimumSizeHint(self) -> QSize:
        return QSize(20, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()

    def _align(self) -> None:
        align_to_edge(self)

    def _elide(self) -> None:
        room = max(10, self.width() - 2)
        shown = self.fontMetrics().elidedText(self._whole, self._cut, room)
        self.setText(shown)
        set_tip(self, self._tip or (self._whole if shown != self._whole else ""))


def align_to_edge(label: QLabel) -> None:
    """The text begins where the window's text begins, whatever script it is in."""
    side = Qt.AlignmentFlag.AlignRight if label.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
    middle = Qt.AlignmentFlag.AlignVCenter
    label.setAlignment(side | middle | Qt.AlignmentFlag.AlignAbsolute)


class PictureLabel(QLabel):
    """Shows an image scaled to fit, sharp on high-density screens."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._whole = QPixmap()

    def show_image(self, image: QImage) -> None:
        """A null image leaves the label empty."""
        self._whole = QPixmap.fromImage(image)
        self.clear()
        self._fit()

    def clear_image(self) -> None:
        self._whole = QPixmap()
        self.clear()

    def sizeHint(self) -> QSize:
        """Independent of the image, which is scaled to the label."""
        return QSize(64, 64).expandedTo(self.minimumSize())

    def minimumSizeHint(self) -> QSize:
        return QSize(1, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._whole.isNull():
            return
        ratio = self.devicePixelRatioF()
        available = self.contentsRect().size() * ratio
        size = self._whole.size().scaled(available, Qt.AspectRatioMode.KeepAspectRatio)
        size = size.boundedTo(self._whole.size() * max(1.0, ratio))
        if size.isEmpty():
            return
        fitted = self._whole.scaled(
            size,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(ratio)
        self.setPixmap(fitted)


def secondary(widget: QWidget) -> QWidget:
    """In the colour of secondary text, which follows the theme."""
    widget.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return widget


def tool_tip(text: str) -> str:
    """The text as a tool tip. Qt treats a tool tip that has tags as HTML, so it is escaped here."""
    import html

    return f"<p style='white-space:pre-wrap'>{html.escape(text)}</p>"


def set_tip(widget: QWidget, text: str) -> None:
    """The text as a tool tip, and for screen readers, which would read its tags."""
    widget.setToolTip(tool_tip(text) if text else "")
    widget.setAccessibleDescription(text)


def literal_tip(text: str) -> str:
    """The text as a tool tip that Qt does not take for HTML; itself where it never would."""
    return tool_tip(text) if "<" in text else text


def literal_label(text: str) -> str:
    """As the text of a button or check box, in which “&” would underline a letter."""
    return printable(text).replace("&", "&&")


def plain(text: str, wrap: bool = False) -> QLabel:
    """A label whose text is never treated as HTML."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    return label


def heading(text: str) -> QLabel:
    """The title inside a dialog: larger, bold, and never HTML."""
    return bold(plain(text, wrap=True), DIALOG_TITLE_PX)


def bold(widget: Widget, px: float = BODY_PX) -> Widget:
    """The same widget with semibold text of this size (`theme.tokens`)."""
    widget.setFont(scaled_font(px, QFont.Weight.DemiBold))
    return widget


def dialog_layout(dialog: QDialog) -> QVBoxLayout:
    """The layout of a dialog, with the theme's distances."""
    layout = QVBoxLayout(dialog)
    layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
    layout.setSpacing(SPACE_M)
    return layout


def resize_on_screen(dialog: QDialog, size: QSize) -> None:
    """As large as this, or as the screen allows."""
    screen, (across, down) = QGuiApplication.primaryScreen().availableSize(), _OF_SCREEN
    dialog.resize(size.boundedTo(QSize(int(across * screen.width()), int(down * screen.height()))))


def on_ground(widget: Widget, ground: str) -> Widget:
    """The same widget with a ground of the style sheet: panel, card, notice."""
    widget.setProperty("ground", ground)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return widget


def indent_number(box: QAbstractSpinBox) -> None:
    """The distance between a number and the edge of its field, which no style sheet can set."""
    line = box.lineEdit()
    if line is not None:
        line.setTextMargins(SPACE, 0, 0, 0)


def set_margins(layout: QLayout, near: int, top: int, far: int, bottom: int) -> None:
    """near, far: at the side where text begins, and where it ends."""
    if QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft:
        near, far = far, near
    layout.setContentsMargins(near, top, far, bottom)


def stacked(*widgets: QWidget) -> QWidget:
    """A widget with these below each other; the last one takes the room."""
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget)
    layout.setStretch(len(widgets) - 1, 1)
    return whole


def row(*widgets: QWidget) -> QHBoxLayout:
    """A layout with these widgets close to each other."""
    layout = QHBoxLayout()
    layout.setSpacing(SPACE)
    for widget in widgets:
        layout.addWidget(widget)
    return layout


def centred(label: QLabel, width: int) -> QHBoxLayout:
    """A wrapping label in the middle, at most `width` px wide. (An alignment in the layout would
    cut off its last lines: it ignores height-for-width.)"""
    label.setMaximumWidth(width)
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(label, 1_000)
    row.addStretch(1)
    return row
