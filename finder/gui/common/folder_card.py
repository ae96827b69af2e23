"""A card with folders to tick, and a button that asks for another one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.buttons import Button
from finder.gui.common.formatting import breakable, folder_name
from finder.gui.common.setting_rows import SettingCard, SettingRow
from finder.gui.common.widgets import literal_label, plain


class FolderCard(SettingCard):
    """A single folder is ticked at first; of several, the user ticks some.

    Signals: edited, other ones are ticked; requested, a folder that is not listed.
    """

    edited = Signal()
    requested = Signal()

    def __init__(self, folders: Sequence[str], sentence: str) -> None:
        """sentence: what happens to another one."""
        super().__init__()
        self.boxes: dict[str, QCheckBox] = {}
        self.other = Button(tr("Another folder…"), "folder-plus")
        self.other.setAutoDefault(False)
        self.other.clicked.connect(self.requested)
        self.add_row(SettingRow(plain(sentence, wrap=True), "", self.other))
        for folder in folders:
            self._add_box(folder, is_ticked=len(folders) == 1)

    def add_folder(self, folder: str) -> None:
        """List it, ticked."""
        if folder in self.boxes:
            self.boxes[folder].setChecked(True)
            return
        self._add_box(folder, is_ticked=True)
        self.edited.emit()

    def choose(self, folders: Sequence[str]) -> None:
        """Tick these and no other."""
        for folder, box in self.boxes.items():
            box.setChecked(folder in folders)
        for folder in folders:
            self.add_folder(folder)

    def _add_box(self, folder: str, is_ticked: bool) -> None:
        box = QCheckBox(literal_label(folder_name(folder)))
        box.setChecked(is_ticked)
        box.toggled.connect(self.edited)
        before = next(reversed(self.boxes.values()), self.other)
        self.boxes[folder] = box
        self.add_row(SettingRow(box, breakable(printable(folder))))
        self.setTabOrder(before, box)

    def chosen(self) -> list[str]:
        """The folders that are ticked."""
        return [folder for folder, box in self.boxes.items() if box.isChecked()]
