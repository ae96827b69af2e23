"""What is said while the packages for training are not installed, and how to get them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.training.settings import INSTALL
from finder.gui.common.buttons import Button
from finder.gui.common.desktop import copy_text
from finder.gui.common.labels import IconLabel
from finder.gui.common.widgets import on_ground, plain, secondary
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M


class MissingPackages(QWidget):
    """Hidden while nothing is missing. Signal: look_requested, whether they are there now."""

    look_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        on_ground(self, "card")
        self.words = plain(
            tr(
                "Training needs PyTorch, which is not part of Image Finder: it takes 2 GB. "
                "Type this in a terminal, in the environment where Image Finder is installed:"
            ),
            wrap=True,
        )
        self.command = QLineEdit(INSTALL)
        self.command.setReadOnly(True)
        self.command.setAccessibleName(tr("Command that installs it"))
        self.copy = Button(tr("Copy"), "copy")
        self.copy.clicked.connect(lambda: copy_text(INSTALL))
        self.look = Button(tr("Look again"), "refresh-cw")
        self.look.clicked.connect(self.look_requested)
        self.packages = plain("", wrap=True)
        secondary(self.packages)
        for button in (self.copy, self.look):
            button.setAutoDefault(False)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.command, 1)
        line.addWidget(self.copy)
        line.addWidget(self.look)
        body = QVBoxLayout()
        body.setSpacing(SPACE)
        body.addWidget(self.words)
        body.addLayout(line)
        body.addWidget(self.packages)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_M)
        layout.setSpacing(SPACE_M)
        icon = IconLabel("info", role="accent_text")
        layout.addWidget(icon)
        layout.setAlignment(icon, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(body, 1)

    def show_packages(self, names: Sequence[str]) -> None:
        self.packages.setText(tr("Missing: {names}.").format(names=", ".join(names)))
        self.setVisible(bool(names))
