"""A question before something is done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from finder.gui.common.buttons import Kind, set_kind
from finder.gui.common.labels import show_icon

Confirmed = Callable[[], object]


def ask(
    parent: QWidget,
    title: str,
    question: str,
    text: str,
    button: str,
    confirmed: Confirmed,
    is_removal: bool = False,
) -> None:
    """Call `confirmed` if the user presses the button. text: below the question; is_removal: the
    button looks so, and Enter cancels."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(title)
    box.setText(question)
    box.setInformativeText(text)
    yes = box.addButton(button, QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    if is_removal:
        set_kind(yes, Kind.DANGER)
        set_kind(cancel, Kind.SECONDARY)
        box.setDefaultButton(cancel)
    yes.clicked.connect(lambda: confirmed())
    box.finished.connect(box.deleteLater)
    show_icon(box, "circle-help", "accent_text")
    box.open()
