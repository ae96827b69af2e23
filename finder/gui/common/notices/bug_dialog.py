"""The dialog for a bug: what happened, the traceback to copy, the folder of the log."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.desktop import copy_text, open_file
from finder.gui.common.labels import IconLabel
from finder.gui.common.widgets import ElidedLabel, bold, dialog_layout, plain
from finder.gui.theme.tokens import ICON_LARGE, SPACE_L

_WIDTH = 520
_DETAILS = QSize(640, 240)


class BugDialog(QDialog):
    """details: the traceback; shown with the button “Details”."""

    def __init__(self, details: str, log_file: Path, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Image Finder"))
        self.details = QPlainTextEdit(details)
        self.details.setReadOnly(True)
        self.details.setAccessibleName(tr("Details"))
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setMinimumSize(_DETAILS)
        self.details.hide()
        layout = dialog_layout(self)
        layout.addLayout(self._sentence(log_file))
        layout.addWidget(self.details, 1)
        layout.addWidget(self._buttons(details, log_file))
        layout.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)

    def _sentence(self, log_file: Path) -> QHBoxLayout:
        text = QVBoxLayout()
        for label in (
            bold(plain(tr("Something went wrong in Image Finder itself."))),
            plain(tr("Your pictures and your library are as they were. You can go on.")),
            ElidedLabel(tr("The log: {log}").format(log=log_file)),
        ):
            label.setMinimumWidth(_WIDTH)
            text.addWidget(label)
        row = QHBoxLayout()
        row.setSpacing(SPACE_L)
        top = Qt.AlignmentFlag.AlignTop
        row.addWidget(IconLabel("circle-alert", ICON_LARGE, "danger"), 0, top)
        row.addLayout(text, 1)
        return row

    def _buttons(self, details: str, log_file: Path) -> QDialogButtonBox:
        toggle, copy = QPushButton(tr("Details")), QPushButton(tr("Copy"))
        folder = QPushButton(tr("Open log folder"))
        toggle.setCheckable(True)
        toggle.toggled.connect(self.details.setVisible)
        copy.clicked.connect(lambda: copy_text(details))
        folder.clicked.connect(lambda: open_file(str(log_file.parent)))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in (toggle, copy, folder):
            button.setAutoDefault(False)
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        return buttons
