"""The page before the first query: a large area to drop a picture on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.labels import IconLabel
from finder.gui.common.widgets import bold, centred, plain, secondary
from finder.gui.theme.theme import colour
from finder.gui.theme.tokens import HERO_PX, ICON_LARGE, RADIUS, SPACE, SPACE_M, SPACE_XL


class DropZone(QWidget):
    """Offers to add folders while the library has none, then to open a picture."""

    open_requested = Signal()
    paste_requested = Signal()
    capture_requested = Signal()
    add_folder_requested = Signal()
    add_samples_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = bold(plain(tr("Drop a picture here")), HERO_PX)
        self._hint = plain("", wrap=True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        secondary(self._hint)
        self._open = Button(tr("Open picture…"), "image-up", Kind.PRIMARY)
        self._open.clicked.connect(self.open_requested)
        self._paste = Button(tr("Paste"), "clipboard-paste")
        self._paste.clicked.connect(self.paste_requested)
        self._capture = Button(tr("Capture…"), "square-dashed-mouse-pointer")
        self._capture.setToolTip(tr("Capture part of the screen (Ctrl+Shift+S)"))
        self._capture.clicked.connect(self.capture_requested)
        self._folder = Button(tr("Add a folder…"), "folder-plus", Kind.PRIMARY)
        self._folder.clicked.connect(self.add_folder_requested)
        self._samples = Button(tr("Try the sample pictures"), "images")
        self._samples.clicked.connect(self.add_samples_requested)
        self._lay_out()
        self.show_library(0, True)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addStretch(1)
        for button in (self._folder, self._samples, self._open, self._paste, self._capture):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[2 * SPACE_XL] * 4)
        layout.setSpacing(SPACE_M)
        layout.addStretch(2)
        middle = Qt.AlignmentFlag.AlignHCenter
        layout.addWidget(IconLabel("images", ICON_LARGE, "secondary"), 0, middle)
        layout.addWidget(self._title, 0, middle)
        layout.addLayout(centred(self._hint, 560))
        layout.addSpacing(SPACE)
        layout.addLayout(buttons)
        layout.addStretch(3)

    def show_library(self, pictures: int, has_folders: bool) -> None:
        """Show what to do next: add a folder, or drop a picture."""
        is_empty = not has_folders
        for button in (self._folder, self._samples):
            button.setVisible(is_empty)
        for button in (self._open, self._paste, self._capture):
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

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(colour("scroll"), 2, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([3, 3])
        painter.setPen(pen)
        painter.setBrush(colour("panel"))
        area = QRectF(self.rect()).adjusted(SPACE_XL, SPACE_XL, -SPACE_XL, -SPACE_XL)
        painter.drawRoundedRect(area, 2 * RADIUS, 2 * RADIUS)
        painter.end()
