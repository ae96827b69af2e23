"""The system's dialogs for files and folders."""

from __future__ import annotations

import os
from collections.abc import Callable

from PySide6.QtWidgets import QFileDialog


def open_dialog(dialog: QFileDialog, chosen: Callable[[str], object]) -> None:
    """Show it; call `chosen` with the path that the user picks, as the catalogue has it: on Windows
    Qt gives C:/Pictures for C:\\Pictures."""
    dialog.fileSelected.connect(lambda path: chosen(os.path.abspath(path)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def open_dialog_for_several(dialog: QFileDialog, chosen: Callable[[list[str]], object]) -> None:
    """The same for a dialog in which the user can pick several."""
    dialog.filesSelected.connect(lambda paths: chosen([os.path.abspath(path) for path in paths]))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
