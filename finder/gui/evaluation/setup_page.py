"""What is measured: pictures with labels, and models; and how far it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.models.descriptions import description_of
from finder.gui.common.label_source_form import LabelSourceForm
from finder.gui.common.labels import ThinProgress
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.setting_rows import Section, SettingCard
from finder.gui.common.widgets import literal_label, plain, secondary, set_tip
from finder.gui.theme.tokens import SPACE_L, SPACE_M, SPACE_S

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_COLUMNS = 2


class SetupPage(QWidget):
    """Signal: edited. The form `labels` has others."""

    edited = Signal()

    def __init__(
        self, folders: Sequence[str], specs: Sequence[ModelSpec], chosen: Collection[str]
    ) -> None:
        """folders: those of the library; chosen: the names of models that are ticked at first."""
        super().__init__()
        self.models = {spec.name: self._model_box(spec, spec.name in chosen) for spec in specs}
        self.labels = LabelSourceForm(folders)
        self.labels.edited.connect(self.edited)
        self.verdict = Verdict()
        self.status = plain("", wrap=True)
        self.bar = ThinProgress(tr("Progress"))
        self._lay_out()
        self.show_idle()

    def _lay_out(self) -> None:
        self.form = Section(tr("Which model finds best?"), "scan-search")
        sentence = plain(
            tr(
                "Each picture is searched for among all the others: the more pictures with its "
                "label come first, the better."
            ),
            wrap=True,
        )
        secondary(sentence)
        self.form.add(sentence)
        self.form.add_group(tr("Pictures"), self.labels)
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
        box = QCheckBox(literal_label(spec.title))
        box.setChecked(is_ticked)
        set_tip(box, description_of(spec))
        box.toggled.connect(self.edited)
        return box

    @property
    def is_complete(self) -> bool:
        return self.labels.is_complete and bool(self.chosen_models())

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
