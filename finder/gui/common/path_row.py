"""A row of a card that shows which file or folder was chosen, with a button that asks for one."""

from __future__ import annotations

from PySide6.QtCore import Signal

from finder.core.printable import printable
from finder.gui.common.buttons import Button
from finder.gui.common.formatting import breakable, folder_name
from finder.gui.common.setting_rows import SettingRow
from finder.gui.common.widgets import plain


class PathRow(SettingRow):
    """Signal: requested, by the button."""

    requested = Signal()

    def __init__(self, nothing: str, sentence: str, button: str, icon_name: str) -> None:
        """nothing, sentence: what is said until a path is shown; button: its text."""
        name, choose = plain(nothing, wrap=True), Button(button, icon_name)
        super().__init__(name, sentence, choose)
        self.path = ""
        self._name, self.choose = name, choose
        self.choose.setAutoDefault(False)
        self.choose.setAccessibleDescription(sentence)
        self.choose.clicked.connect(self.requested)

    def show_path(self, path: str) -> None:
        self.path = path
        self._name.setText(folder_name(path))
        self.show_sentence(breakable(printable(path)))
        self.choose.setAccessibleDescription(printable(path))
