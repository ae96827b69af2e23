"""Small things that show something: icons, section titles, counts, lines, progress."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QMessageBox, QProgressBar, QWidget

from finder.gui.theme.icons import icon, icon_pixmap
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import ICON, ICON_LARGE, SECONDARY_PX, SPACE_L, SPACE_XL


class IconLabel(QWidget):
    """An icon that is not a button. role: the name of its colour."""

    def __init__(self, name: str, size: int = ICON, role: str = "text") -> None:
        super().__init__()
        self.setFixedSize(size, size)
        self.show_icon(name, role)

    def show_icon(self, name: str, role: str = "text") -> None:
        self._icon = icon(name, role)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._icon.paint(painter, self.rect())
        painter.end()


class SectionLabel(QLabel):
    """The title of a part of a panel or list."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(scaled_font(SECONDARY_PX, QFont.Weight.DemiBold))
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)


class CountBadge(QLabel):
    """A number in a pill; hidden at zero."""

    def __init__(self, count: int = 0) -> None:
        super().__init__()
        self.setProperty("kind", "badge")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setFont(scaled_font(SECONDARY_PX - 1))
        self.show_count(count)

    def show_count(self, count: int, meaning: str = "") -> None:
        """meaning: the whole sentence, for screen readers and as the tool tip."""
        self.setText(f"{count:,}")
        self.setAccessibleName(meaning or f"{count:,}")
        self.setToolTip(meaning)
        self.setVisible(count > 0)


class ThinProgress(QProgressBar):
    """A thin bar without a text; `what` is its accessible name."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setAccessibleName(what)


class Line(QFrame):
    """A line of one pixel between two parts."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "line")
        self.setFixedHeight(1)

    def sizeHint(self) -> QSize:
        return QRect(0, 0, 8, 1).size()


def show_icon(box: QMessageBox, name: str, role: str = "accent_text") -> None:
    """One of our icons in a message box, and the theme's distances. Call it last: other texts make
    a new layout."""
    ratio = box.devicePixelRatioF()
    box.setIconPixmap(icon_pixmap(name, ICON_LARGE, ratio, role))
    layout = box.layout()
    if layout is not None:
        layout.setContentsMargins(SPACE_XL, SPACE_XL, SPACE_XL, SPACE_L)
