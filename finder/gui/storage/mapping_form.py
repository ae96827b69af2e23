"""Where a folder of another machine is on this one: what is typed for it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QGridLayout, QHBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import Button
from finder.gui.common.file_dialogs import open_dialog
from finder.gui.storage.server_form import field, label
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M


class MappingForm(QWidget):
    """Signal: add_requested(“MACHINE:FOLDER”, the folder here)."""

    add_requested = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.machine = QComboBox()
        self.machine.setEditable(True)  # while the server is away, none is known
        self.machine.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.there = field("/mnt/photos")
        self.here = field("")
        self.choose = Button(tr("Choose…"))
        self.choose.setAccessibleName(tr("Choose the folder on this computer…"))
        self.add = Button(tr("Add"), "plus")
        self._can_act = True
        self._lay_out()
        self._connect()
        self._update()

    def _lay_out(self) -> None:
        layout = QGridLayout(self)
        layout.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_M)
        layout.setHorizontalSpacing(SPACE_L)
        layout.setVerticalSpacing(SPACE)
        layout.setColumnStretch(1, 1)
        layout.setColumnStretch(3, 2)
        line = self.machine.lineEdit()
        assert line is not None
        line.setPlaceholderText(tr("its name"))
        line.setAccessibleName(tr("Machine"))
        layout.addWidget(label(tr("&Machine"), self.machine), 0, 0)
        layout.addWidget(self.machine, 0, 1)
        layout.addWidget(label(tr("Folder &there"), self.there), 0, 2)
        layout.addWidget(self.there, 0, 3)
        layout.addWidget(label(tr("Folder &here"), self.here), 1, 0)
        here = QHBoxLayout()
        here.setSpacing(SPACE)
        here.addWidget(self.here, 1)
        here.addWidget(self.choose)
        here.addWidget(self.add)
        layout.addLayout(here, 1, 1, 1, 3)

    def _connect(self) -> None:
        for line in (self.there, self.here):
            line.textChanged.connect(lambda _: self._update())
            line.returnPressed.connect(self._add)
        self.machine.editTextChanged.connect(lambda _: self._update())
        self.choose.clicked.connect(self._choose)
        self.add.clicked.connect(self._add)

    def show_machines(self, names: Sequence[str]) -> None:
        """The other machines. What is typed stays."""
        typed = self.machine.currentText()
        self.machine.clear()
        self.machine.addItems(list(names))
        if typed:
            self.machine.setEditText(typed)

    def clear_folders(self) -> None:
        self.there.clear()
        self.here.clear()

    def set_can_act(self, can_act: bool) -> None:
        self._can_act = can_act
        self._update()

    def _typed(self) -> tuple[str, str, str]:
        machine = self.machine.currentText().strip()
        return machine, self.there.text().strip(), self.here.text().strip()

    def _update(self) -> None:
        self.add.setEnabled(self._can_act and all(self._typed()))

    def _add(self) -> None:
        machine, there, here = self._typed()
        if self.add.isEnabled():
            self.add_requested.emit(f"{machine}:{there}", here)

    def _choose(self) -> None:
        dialog = QFileDialog(self, tr("Choose the folder on this computer"), self.here.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        open_dialog(dialog, self.here.setText)
