"""The questions about a folder: which one to add, and whether to remove one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import Kind, set_kind
from finder.gui.common.file_dialogs import open_dialog
from finder.gui.common.labels import show_icon


def choose_folder(parent: QWidget, chosen: Callable[[str], object], title: str = "") -> None:
    """Call `chosen` with the path of the folder that the user picks."""
    dialog = QFileDialog(parent, title or tr("Add a folder of pictures"))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    places = QStandardPaths.StandardLocation
    for place in (places.HomeLocation, places.PicturesLocation):  # the last one that exists
        dialog.setDirectory(QStandardPaths.writableLocation(place))
    open_dialog(dialog, chosen)


def confirm_removal(parent: QWidget, folder: str, confirmed: Callable[[], object]) -> None:
    """Call `confirmed` if the user agrees to take the folder out of the library."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle(tr("Remove folder"))
    box.setText(tr("Remove this folder from the library?"))
    box.setInformativeText(
        tr("{folder}\nThe pictures themselves are not touched.").format(folder=folder)
    )
    remove = box.addButton(tr("Remove"), QMessageBox.ButtonRole.AcceptRole)
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    set_kind(remove, Kind.DANGER)
    set_kind(cancel, Kind.SECONDARY)
    box.setDefaultButton(cancel)
    remove.clicked.connect(lambda: confirmed())
    box.finished.connect(box.deleteLater)
    show_icon(box, "circle-help", "accent_text")
    box.open()
