"""The page before the first query: a large area to drop a picture on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.gui.common.widgets import bold, centred, faint, plain


class DropZone(QWidget):
    """Offers to add folders while the library has none, then to open a picture."""

    open_requested = Signal()
    paste_requested = Signal()
    add_folder_requested = Signal()
    add_samples_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_highlighted = False
        self._title = bold(plain(tr("Drop a picture here")), 1.9)
        self._hint = plain("", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        faint(self._hint)
        self._open = self._button(tr("Open picture…"), self.open_requested)
        self._paste = self._button(tr("Paste"), self.paste_requested)
        self._folder = self._button(tr("Add a folder…"), self.add_folder_requested)
        self._samples = self._button(tr("Try the sample pictures"), self.add_samples_requested)
        self._lay_out()
        self.show_library(0, True)

    def _button(self, text: str, signal: object) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(signal)
        button.setMinimumHeight(button.sizeHint().height() + 4)
        return button

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self._folder, self._samples, self._open, self._paste):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(48, 48, 48, 48)
        layout.setSpacing(14)
        layout.addStretch(2)
        layout.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(centred(self._hint, 480))
        layout.addSpacing(6)
        layout.addLayout(buttons)
        layout.addStretch(3)

    def show_library(self, pictures: int, has_folders: bool) -> None:
        """Show what to do next: add a folder, or drop a picture."""
        is_empty = not has_folders
        for button in (self._folder, self._samples):
            button.setVisible(is_empty)
        for button in (self._open, self._paste):
            button.setVisible(not is_empty)
        if is_empty:
            self._title.setText(tr("First, choose your pictures"))
            self._hint.setText(
                tr(
                    "Add a folder of pictures, or drop one on this window. They stay where they "
                    "are, and nothing leaves this computer."
                )
            )
        elif not pictures:
            self._title.setText(tr("Your pictures are being indexed"))
            self._hint.setText(tr("You can search as soon as the first of them are done."))
        else:
            self._title.setText(tr("Drop a picture here"))
            self._hint.setText(
                trn(
                    "See whether your {n} picture looks like it. Drop it from a folder or a "
                    "browser.",
                    "See which of your {n} pictures look like it. Drop it from a folder or a "
                    "browser.",
                    pictures,
                )
            )

    def set_highlighted(self, highlighted: bool) -> None:
        """Highlight the area while a drag is over the window."""
        self._is_highlighted = highlighted
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role = (
            QPalette.ColorRole.Highlight if self._is_highlighted else QPalette.ColorRole.WindowText
        )
        colour = QColor(self.palette().color(role))
        fill = QColor(colour)
        fill.setAlphaF(0.10 if self._is_highlighted else 0.03)
        colour.setAlphaF(1.0 if self._is_highlighted else 0.35)
        painter.setPen(QPen(colour, 2, Qt.PenStyle.DashLine))
        painter.setBrush(fill)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(20, 20, -20, -20), 14, 14)
