"""The storage dialog's page of machines: who shares the library, and their folders on this one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.buttons import Button, ToolButton
from finder.gui.common.formatting import left_to_right
from finder.gui.common.setting_rows import Section, SettingCard
from finder.gui.common.widgets import plain, secondary
from finder.gui.storage.mapping_form import MappingForm
from finder.gui.storage.row_table import Row, RowTable
from finder.gui.storage.storage_words import machine_facts
from finder.gui.theme.tokens import SPACE_L, SPACE_M

if TYPE_CHECKING:
    from finder.use_cases.library.vector_store import StoreStatus


class MachinesSection(Section):
    """Signals: forget_requested(machine); add_requested(“MACHINE:FOLDER”, the folder here);
    remove_requested(“MACHINE:FOLDER”)."""

    forget_requested = Signal(str)
    add_requested = Signal(str, str)
    remove_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__(tr("Machines and folders"), "monitor")
        self._machines, self._mappings = SettingCard(), SettingCard()
        self.form = MappingForm()
        self._buttons: list[Button | ToolButton] = []
        self._can_act = True
        self.add_group(tr("Machines that share the library"), self._machines)
        self.add_group(tr("Folders of other machines that can be opened here"), self._mappings)
        self.add(SettingCard(self.form))
        self.form.add_requested.connect(self.add_requested)
        self._show_mappings({})

    def show_status(self, status: StoreStatus) -> None:
        self._buttons.clear()
        this = status.settings.machine
        rows = []
        for name, machine in sorted(status.machines.items()):
            button = self._forget_button(name) if name != this else None
            rows.append(Row(machine_facts(machine, this), button))
        shown = RowTable(rows) if rows else _note(tr("Not known while the server is away."))
        self._machines.show_rows([shown])
        self._show_mappings(status.settings.mappings)
        self.form.show_machines([name for name in sorted(status.machines) if name != this])
        self.set_can_act(self._can_act)

    def _forget_button(self, name: str) -> Button:
        button = Button(tr("Forget…"))
        button.setAutoDefault(False)
        button.setAccessibleName(tr("Forget {machine}…").format(machine=name))
        button.clicked.connect(partial(self._forget, name))
        self._buttons.append(button)
        return button

    def _forget(self, name: str, _checked: bool = False) -> None:
        self.forget_requested.emit(name)

    def _show_mappings(self, mappings: Mapping[str, str]) -> None:
        rows = []
        for folder, here in sorted(mappings.items()):
            machine, _, there = folder.partition(":")
            button = ToolButton("x", tip=tr("Remove {folder}").format(folder=printable(folder)))
            button.clicked.connect(partial(self._remove, folder))
            self._buttons.append(button)
            paths = [left_to_right(printable(path)) for path in (there, here)]
            rows.append(Row([printable(machine), *paths], button))
        titles = [tr("Machine"), tr("Folder there"), tr("Folder here")]
        self._mappings.show_rows(
            [RowTable(rows, titles, stretches=(2, 4, 4))]
            if rows
            else [
                _note(
                    tr(
                        "None yet. If a folder of another machine can be reached from here, as on "
                        "a network share, add it below: then its pictures can be opened."
                    )
                )
            ]
        )

    def _remove(self, folder: str, _checked: bool = False) -> None:
        self.remove_requested.emit(folder)

    def set_can_act(self, can_act: bool) -> None:
        """Whether nothing is under way."""
        self._can_act = can_act
        for button in self._buttons:
            button.setEnabled(can_act)
        self.form.set_can_act(can_act)


def _note(text: str) -> QLabel:
    label = plain(text, wrap=True)
    secondary(label)
    label.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_M)
    return label
