"""How long each model will take for a large folder, and which to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QPushButton,
    QWidget,
)

from finder.core.i18n import tr, trn
from finder.core.models.descriptions import description_of
from finder.gui.common.formatting import duration
from finder.gui.common.widgets import dialog_layout, heading, plain, secondary

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.use_cases.library.indexing_estimate import Survey


class PlanDialog(QDialog):
    """`planned` carries (models first, models later); both empty: do not index."""

    planned = Signal(object, object)

    def __init__(self, survey: Survey, specs: Sequence[ModelSpec], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Index a large folder"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._specs = sorted(specs, key=lambda spec: survey.seconds[spec.name])
        quickest = self._specs[0]
        title = heading(trn("{n} picture to index", "{n} pictures to index", survey.files))
        text = plain(
            tr(
                "These times are estimated from a few of your pictures. Starting with "
                "{title} lets you search soonest; the other models follow in the background."
            ).format(title=quickest.title),
            wrap=True,
        )
        text.setMinimumWidth(420)
        self.quick = QPushButton(tr("Start with {title}").format(title=quickest.title))
        self.together = QPushButton(tr("All models at once"))
        self.quick.setDefault(True)
        buttons = QDialogButtonBox()
        buttons.addButton(self.quick, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.together, QDialogButtonBox.ButtonRole.ActionRole)
        cancel = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        cancel.clicked.connect(self.reject)
        self.quick.clicked.connect(self._begin_quick)
        self.together.clicked.connect(self._begin_together)
        layout = dialog_layout(self)
        layout.addWidget(title)
        layout.addWidget(text)
        layout.addLayout(self._table(survey))
        layout.addWidget(buttons)
        self.rejected.connect(self._decline)

    def _table(self, survey: Survey) -> QGridLayout:
        table = QGridLayout()
        table.setHorizontalSpacing(18)
        for row, spec in enumerate(self._specs):
            table.addWidget(plain(spec.title), row, 0)
            time = plain(tr("about {time}").format(time=duration(survey.seconds[spec.name])))
            table.addWidget(time, row, 1)
            sentence = plain(description_of(spec), wrap=True)
            sentence.setMinimumWidth(260)
            secondary(sentence)
            table.addWidget(sentence, row, 2)
        table.setColumnStretch(2, 1)
        return table

    def _begin_quick(self) -> None:
        self.planned.emit(self._specs[:1], self._specs[1:])
        self.done(QDialog.DialogCode.Accepted)

    def _begin_together(self) -> None:
        self.planned.emit(self._specs, [])
        self.done(QDialog.DialogCode.Accepted)

    def _decline(self) -> None:
        self.planned.emit([], [])
