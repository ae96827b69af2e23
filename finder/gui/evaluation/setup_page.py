"""What is measured: pictures with labels, or altered copies; and models; and how far it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.label_source_form import LabelSourceForm
from finder.gui.common.model_grid import ModelGrid
from finder.gui.common.run_status import RunStatus
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.setting_rows import Section, SettingCard, SettingRow
from finder.gui.common.widgets import stacked
from finder.gui.evaluation.copy_source_form import CopySourceForm
from finder.gui.theme.tokens import SPACE_M

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

LABELS: Final = "labels"
COPIES: Final = "copies"


class SetupPage(QWidget):
    """Signal: edited. The forms `labels` and `copies` have others."""

    edited = Signal()

    def __init__(
        self, folders: Sequence[str], specs: Sequence[ModelSpec], chosen: Collection[str]
    ) -> None:
        """folders: those of the library; chosen: the names of models that are ticked at first."""
        super().__init__()
        self.kinds = SegmentedControl(
            tr("Measure by"),
            [(LABELS, tr("Labels"), "tag"), (COPIES, tr("Altered copies"), "copy")],
        )
        self.labels = LabelSourceForm(folders)
        self.copies = CopySourceForm(folders)
        self._models = ModelGrid(specs, chosen)
        self.models = self._models.boxes
        self._run = RunStatus()
        self.verdict, self.status, self.bar = self._run.verdict, self._run.words, self._run.bar
        self._lay_out()
        for form in (self.labels, self.copies, self._models):
            form.edited.connect(self.edited)
        self.kinds.chosen.connect(self._kind_chosen)
        self._show_kind()
        self.show_idle()

    def _lay_out(self) -> None:
        self.form = Section(tr("Which model finds best?"), "scan-search")
        self._kind = SettingRow(tr("Measure by"), "", self.kinds)
        self.form.add(SettingCard(self._kind))
        self.form.add_group(tr("Pictures"), stacked(self.labels, self.copies))
        self.form.add_group(tr("Models"), SettingCard(self._models))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_M)
        layout.addWidget(self.form, 1)
        layout.addWidget(self._run)

    # What was chosen

    @property
    def is_by_copies(self) -> bool:
        return self.kinds.choice() == COPIES

    @property
    def is_complete(self) -> bool:
        pictures = self.copies if self.is_by_copies else self.labels
        return pictures.is_complete and bool(self.chosen_models())

    def chosen_models(self) -> list[str]:
        return self._models.chosen()

    def choose_models(self, specs: Sequence[ModelSpec], names: Collection[str]) -> None:
        """Tick these and no other. specs: all that are installed by now."""
        self._models.add_models(specs)
        self._models.choose(names)

    def chosen_specs(self) -> list[ModelSpec]:
        return self._models.chosen_specs()

    def _kind_chosen(self, _: str) -> None:
        self._show_kind()
        self.edited.emit()

    def _show_kind(self) -> None:
        self._kind.show_sentence(
            tr(
                "Altered copies of pictures are searched for: the nearer to the front their "
                "originals come, the better. No labels are needed."
            )
            if self.is_by_copies
            else tr(
                "Each picture is searched for among all the others: the more pictures with its "
                "label come first, the better."
            )
        )
        self.labels.setVisible(not self.is_by_copies)
        self.copies.setVisible(self.is_by_copies)

    # Progress

    def show_busy(self, text: str, done: int = 0, total: int = 0) -> None:
        """total: 0 if it is not known."""
        self.form.setEnabled(False)
        self._run.show_busy(text, done, total)

    def show_idle(self) -> None:
        self.form.setEnabled(True)
        self._run.show_idle()
