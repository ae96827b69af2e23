"""The dialog about the program."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from finder import __version__
from finder.core.i18n import tr
from finder.gui.common.labels import show_icon


def show_about(window: QWidget, library: Path) -> None:
    """library: the folder of the library in use."""
    box = QMessageBox(window)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(tr("About Image Finder"))
    box.setText(tr("Image Finder {version}").format(version=__version__))
    box.setInformativeText(
        tr(
            "Finds pictures that look alike, with several AI models side by side. Everything "
            "stays on this computer.\n\nLibrary: {home}"
        ).format(home=library)
    )
    box.finished.connect(box.deleteLater)
    show_icon(box, "scan-search", "accent_text")
    box.open()
