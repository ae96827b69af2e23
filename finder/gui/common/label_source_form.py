"""Where labels come from: the subfolders of some folders, or a CSV file. Nothing is read here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.file_dialogs import open_dialog
from finder.gui.common.folder_card import FolderCard
from finder.gui.common.path_row import PathRow
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.setting_rows import SettingCard, SettingRow
from finder.gui.theme.tokens import SPACE_M

if TYPE_CHECKING:
    from finder.use_cases.evaluation.labelled_vectors import LabelSource

ChooseFolder = Callable[[QWidget, Callable[[str], object], str], None]
"""(parent, what is called with the folder, title of the question)"""
FOLDERS: Final = "folders"
TABLE: Final = "table"


class LabelSourceForm(QWidget):
    """Signals: edited, something else is chosen; folder_requested, another one than those listed,
    and csv_requested, for a window that asks for it and gives it to `add_folder` or `set_csv`."""

    edited = Signal()
    folder_requested = Signal()
    csv_requested = Signal()

    def __init__(self, folders: Sequence[str]) -> None:
        """folders: those of the library."""
        super().__init__()
        self.kinds = SegmentedControl(
            tr("Labels"),
            [(FOLDERS, tr("Folders"), "folder"), (TABLE, tr("CSV file"), "file-text")],
        )
        self._kind = SettingRow(tr("Labels"), "", self.kinds)
        self.folders = FolderCard(
            folders, tr("A folder that is not in the library becomes part of it.")
        )
        self.nested = QCheckBox(tr("Every folder below is a label"))
        self.table = PathRow(
            tr("No file is chosen yet."),
            tr("The first line is “path,label”; a relative path begins in the file’s folder."),
            tr("Choose a CSV file…"),
            "file-text",
        )
        self._lay_out()
        self.kinds.chosen.connect(self._kind_chosen)
        self.folders.edited.connect(self.edited)
        self.folders.requested.connect(self.folder_requested)
        self.nested.toggled.connect(self.edited)
        self.table.requested.connect(self.csv_requested)
        self._show_kind()

    def _lay_out(self) -> None:
        nested = SettingRow(
            self.nested, tr("Not only the subfolders, but theirs, too, each with its whole name.")
        )
        self._cards = {
            FOLDERS: (self.folders, SettingCard(nested)),
            TABLE: (SettingCard(self.table),),
        }
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        layout.addWidget(SettingCard(self._kind))
        for cards in self._cards.values():
            for card in cards:
                layout.addWidget(card)

    @property
    def is_complete(self) -> bool:
        """Whether there is a folder or a file to take labels from."""
        if self.kinds.choice() == TABLE:
            return bool(self.table.path)
        return bool(self.folders.chosen())

    def source(self) -> LabelSource:
        from finder.use_cases.evaluation.labelled_vectors import LabelSource

        if self.kinds.choice() == TABLE:
            return LabelSource(table=Path(self.table.path))
        return LabelSource(tuple(self.folders.chosen()), self.nested.isChecked())

    def add_folder(self, path: str) -> None:
        """List the folder, ticked, and take labels from folders."""
        self.folders.add_folder(path)
        self._choose(FOLDERS)

    def set_csv(self, path: str) -> None:
        """Take labels from this file."""
        self.table.show_path(path)
        self._choose(TABLE)

    def show_source(self, source: LabelSource) -> None:
        """Choose this one."""
        if source.table is not None:
            self.set_csv(str(source.table))
            return
        self.folders.choose(source.folders)
        self.nested.setChecked(source.nested)
        self._choose(FOLDERS)

    def _choose(self, kind: str) -> None:
        self.kinds.choose(kind)
        self._kind_chosen(kind)

    def _kind_chosen(self, _: str) -> None:
        self._show_kind()
        self.edited.emit()

    def _show_kind(self) -> None:
        kind = self.kinds.choice()
        self._kind.show_sentence(
            tr("Each subfolder is a label: birds, cats, castles.")
            if kind == FOLDERS
            else tr("Each row is a picture of the library and its label.")
        )
        for key, cards in self._cards.items():
            for card in cards:
                card.setVisible(key == kind)


def choose_label_table(parent: QWidget, chosen: Callable[[str], object]) -> None:
    """Call `chosen` with the path of the CSV file that the user picks."""
    dialog = QFileDialog(parent, tr("Labels from a CSV file"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([tr("CSV files (*.csv)"), tr("All (*)")])
    open_dialog(dialog, chosen)


def answer_label_questions(form: LabelSourceForm, choose_folder: ChooseFolder) -> None:
    """Ask the user for the folders and files that the form requests, and give them to it."""
    title = tr("A folder whose subfolders are labels")
    form.folder_requested.connect(partial(choose_folder, form, form.add_folder, title))
    form.csv_requested.connect(partial(choose_label_table, form, form.set_csv))
