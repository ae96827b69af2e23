"""What is measured: folders whose subfolders are labels, and models; and how far it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.models.descriptions import description_of
from finder.core.printable import printable
from finder.gui.common.buttons import Button
from finder.gui.common.formatting import breakable, folder_name
from finder.gui.common.labels import ThinProgress
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.setting_rows import Section, SettingCard, SettingRow
from finder.gui.common.widgets import plain, secondary, set_tip
from finder.gui.theme.tokens import SPACE_L, SPACE_M, SPACE_S

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_COLUMNS = 2


class SetupPage(QWidget):
    """Signals: edited; folder_requested, another one than those listed."""

    edited = Signal()
    folder_requested = Signal()

    def __init__(
        self, folders: Sequence[str], specs: Sequence[ModelSpec], chosen: Collection[str]
    ) -> None:
        """folders: those of the library; chosen: the names of models that are ticked at first."""
        super().__init__()
        self._boxes: dict[str, QCheckBox] = {}
        self._folders = SettingCard()
        self.models = {spec.name: self._model_box(spec, spec.name in chosen) for spec in specs}
        self.nested = QCheckBox(tr("Every folder below is a label"))
        self.nested.toggled.connect(self.edited)
        self.other = Button(tr("Another folder…"), "folder-plus")
        self.other.clicked.connect(self.folder_requested)
        self.verdict = Verdict()
        self.status = plain("", wrap=True)
        self.bar = ThinProgress(tr("Progress"))
        self._lay_out()
        for folder in folders:
            self._add_box(folder, is_ticked=len(folders) == 1)
        self.show_idle()

    def _lay_out(self) -> None:
        self.form = Section(tr("Which model finds best?"), "scan-search")
        sentence = plain(
            tr(
                "Each subfolder is a label: birds, cats, castles. Each picture is searched for "
                "among all the others: the more pictures with its label come first, the better."
            ),
            wrap=True,
        )
        secondary(sentence)
        self.form.add(sentence)
        words = tr("A folder that is not in the library becomes part of it.")
        self._folders.add_row(SettingRow(plain(words, wrap=True), "", self.other))
        self.form.add_group(tr("Folders whose subfolders are labels"), self._folders)
        nested = SettingRow(
            self.nested, tr("Not only the subfolders, but theirs, too, each with its whole name.")
        )
        self.form.add(SettingCard(nested))
        models = QWidget()
        grid = QGridLayout(models)
        grid.setContentsMargins(SPACE_L, SPACE_S, SPACE_L, SPACE_S)
        grid.setHorizontalSpacing(SPACE_L)
        grid.setVerticalSpacing(0)
        for number, box in enumerate(self.models.values()):
            grid.addWidget(box, *divmod(number, _COLUMNS))
        self.form.add_group(tr("Models"), SettingCard(models))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self.form, 1)
        for widget in (self.verdict, self.status, self.bar):
            layout.addWidget(widget)

    def _model_box(self, spec: ModelSpec, is_ticked: bool) -> QCheckBox:
        box = QCheckBox(_literal(spec.title))
        box.setChecked(is_ticked)
        set_tip(box, description_of(spec))
        box.toggled.connect(self.edited)
        return box

    # Folders

    def add_folder(self, folder: str) -> None:
        """List it, ticked."""
        if folder in self._boxes:
            self._boxes[folder].setChecked(True)
            return
        self._add_box(folder, is_ticked=True)
        self.edited.emit()

    def _add_box(self, folder: str, is_ticked: bool) -> None:
        box = QCheckBox(_literal(folder_name(folder)))
        box.setChecked(is_ticked)
        box.toggled.connect(self.edited)
        self._boxes[folder] = box
        self._folders.add_row(SettingRow(box, breakable(printable(folder))))

    # What was chosen

    def chosen_folders(self) -> list[str]:
        return [folder for folder, box in self._boxes.items() if box.isChecked()]

    def chosen_models(self) -> list[str]:
        return [name for name, box in self.models.items() if box.isChecked()]

    # Progress

    def show_busy(self, text: str, done: int = 0, total: int = 0) -> None:
        """total: 0 if it is not known."""
        self.form.setEnabled(False)
        self.verdict.clear()
        self.status.setText(text)
        self.status.setVisible(True)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.bar.setVisible(True)

    def show_idle(self) -> None:
        self.form.setEnabled(True)
        self.status.setVisible(False)
        self.bar.setVisible(False)


def _literal(text: str) -> str:
    """As the text of a check box, in which “&” would underline a letter."""
    return printable(text).replace("&", "&&")
