"""The form of the import dialog: what is proposed for a model, and can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from finder.core.i18n import tr, trn
from finder.core.models.presets import Preset, fitting_presets
from finder.core.printable import printable
from finder.gui.common.widgets import ElidedLabel, indent_number, plain, secondary
from finder.gui.models.words_row import WordsRow

if TYPE_CHECKING:
    from finder.core.models.graph.truncation import Feature
    from finder.core.models.importing.candidates import Candidate
    from finder.core.models.importing.inspection import Inspection
    from finder.use_cases.models.import_model import Proposal

_LONGEST_NAME = 64
_SIDES = (16, 1_024)
_SIDE_STEP = 16
_PROBLEM_WIDTH, _FOUND_WIDTH = 480, 600
_LONGEST_SHOWN = 40
"""Characters of a value's name."""


class ImportForm(QWidget):
    """Name, picture size, feature, preprocessing, words; each proposal with its reason.

    Signals: renamed(str); choice_changed: another feature or preprocessing; inspection_requested:
    the model must be read again, for another picture size or for a node that the user names.
    """

    renamed = Signal(str)
    choice_changed = Signal()
    inspection_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._candidates: Sequence[Candidate] = ()
        self._proposed: tuple[str, str] = ("", "")
        self._proposed_feature: Feature | None = None
        self._presets: Mapping[str, Preset] = {}
        self._node_name = ""
        self.name = QLineEdit()
        self.name.setMaxLength(_LONGEST_NAME)
        self.name_problem = plain("", wrap=True)
        self.name_problem.setMinimumWidth(_PROBLEM_WIDTH)  # or it wraps too early
        self.side = QSpinBox()
        indent_number(self.side)
        self.side.setRange(*_SIDES)
        self.side.setSingleStep(_SIDE_STEP)
        self.side.setKeyboardTracking(False)
        self.side.setSuffix(tr("{n} pixels").partition("{n}")[2])
        self.side.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.feature = _combo()
        self.feature_reason = ElidedLabel()
        self.node = QLineEdit()
        self.node.setPlaceholderText(tr("Name of a node or value of the graph"))
        self.node.setAccessibleName(tr("Node"))
        self.use_node = QPushButton(tr("Use it"))
        self.use_node.setAutoDefault(False)
        self.preset = _combo()
        self.preset_reason = ElidedLabel()
        self.words = WordsRow()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for label in (self.feature_reason, self.preset_reason):
            secondary(label)
        self._node_row = QWidget()
        node_row = QHBoxLayout(self._node_row)
        node_row.setContentsMargins(0, 0, 0, 0)
        node_row.addWidget(self.node, 1)
        node_row.addWidget(self.use_node)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setVerticalSpacing(4)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow(tr("&Name"), self.name)
        self._form.addRow("", self.name_problem)
        self._form.addRow(tr("&Picture size"), self.side)
        self._form.addRow(tr("&Feature"), self.feature)
        self._form.addRow("", self._node_row)
        self._form.addRow("", self.feature_reason)
        self._form.addRow(tr("P&reprocessing"), self.preset)
        self._form.addRow("", self.preset_reason)
        self._form.addRow(tr("&Words"), self.words)
        self._form.addRow("", self.words.found)
        self.words.found.setMinimumWidth(_FOUND_WIDTH)
        for row in (self.name_problem, self._node_row, self.side, self.words.found):
            self._form.setRowVisible(row, False)

    def _connect(self) -> None:
        self.name.textChanged.connect(self.renamed)
        self.side.valueChanged.connect(lambda _: self.inspection_requested.emit())
        self.feature.currentIndexChanged.connect(self._feature_chosen)
        self.preset.currentIndexChanged.connect(self._preset_chosen)
        self.node.returnPressed.connect(self._use_node)
        self.use_node.clicked.connect(self._use_node)
        self.words.found_changed.connect(self._show_found_words)

    # What is chosen

    def chosen_feature(self) -> Feature | None:
        """None if the user is to name a node."""
        row = self.feature.currentIndex()
        return self._candidates[row].feature if 0 <= row < len(self._candidates) else None

    def chosen_preset(self) -> str:
        return str(self.preset.currentData() or "")

    def chosen_side(self) -> int | None:
        """None where the model has a size of its own."""
        return self.side.value() if self._form.isRowVisible(self.side) else None

    def node_name(self) -> str:
        """The node that the user names now, or named before; empty if none."""
        return self.node.text().strip() if self.chosen_feature() is None else self._node_name

    # Showing

    def show_proposal(self, proposal: Proposal) -> None:
        """Show the first proposal."""
        findings = proposal.findings
        self.name.setText(proposal.name)
        self._form.setRowVisible(self.side, findings.image.free)
        self.show_candidates(proposal)
        if not findings.candidates:
            self.node.setFocus()

    def show_candidates(self, proposal: Proposal) -> None:
        """Show other candidates; the choice is kept, or is the node that was just named. With other
        words, what is proposed may be another one, and takes the place of the former proposal."""
        findings = proposal.findings
        self.words.show_proposal(proposal)
        self._show_presets(findings)
        first, before, self._node_name = (
            not self.feature.count(),
            self.chosen_feature(),
            self.node_name(),
        )
        self._candidates = findings.candidates
        features = [candidate.feature for candidate in self._candidates]
        proposed = 1 if self._node_name else 0
        row = features.index(before) if before in features else 0
        if before is not None and before == self._proposed_feature:
            row = proposed
        self._proposed_feature = features[proposed] if proposed < len(features) else None
        if before is None and not first and not self._node_name:
            row = len(features)  # the user must still name it
        self.side.blockSignals(True)
        self.side.setValue(findings.image.height)
        self.side.blockSignals(False)
        self.feature.blockSignals(True)
        self.feature.clear()
        for number, candidate in enumerate(self._candidates):
            self.feature.addItem(_described(candidate, number == proposed))
        self.feature.addItem(tr("Another node …"))
        self.feature.setCurrentIndex(row)
        self.feature.blockSignals(False)
        self._show_reasons()

    def show_name_problem(self, text: str) -> None:
        """Show what is wrong with the name; empty if it is valid."""
        self.name_problem.setText(text)
        self._form.setRowVisible(self.name_problem, bool(text))

    def _show_found_words(self) -> None:
        self._form.setRowVisible(self.words.found, bool(self.words.found.text()))

    def _show_presets(self, findings: Inspection) -> None:
        """A choice of the user is kept; a proposal gives way to the next one."""
        chosen, (before, _) = self.chosen_preset(), self._proposed
        self._proposed = findings.preset, findings.preset_reason
        own = findings.known.preset if findings.known else None
        self._presets = fitting_presets(findings.image.dtype, own)
        kept = findings.preset if chosen == before or chosen not in self._presets else chosen
        self.preset.blockSignals(True)
        self.preset.clear()
        for name, preset in self._presets.items():
            self.preset.addItem(_title(name, preset.summary), name)
        self.preset.setCurrentIndex(self.preset.findData(kept))
        self.preset.blockSignals(False)

    def _show_reasons(self) -> None:
        row = self.feature.currentIndex()
        names_node = self.chosen_feature() is None
        self._form.setRowVisible(self._node_row, names_node)
        if names_node:
            self.feature_reason.show_text(
                tr(
                    "Append “:mean”, “:max” or “:first” to the name to reduce a feature map "
                    "or tokens."
                )
            )
        else:
            candidate = self._candidates[row]
            whole = printable(candidate.feature.tensor)
            line = tr("“{name}”: {reason}")
            self.feature_reason.show_text(
                line.format(name=_shortened(whole), reason=candidate.reason),
                line.format(name=whole, reason=candidate.reason),
            )
        name, reason = self._proposed
        if self.chosen_preset() == name:
            self.preset_reason.show_text(tr("Proposed: {reason}").format(reason=reason))
        else:
            title = _title(name, self._presets[name].summary)
            line = tr("The proposal was {title}: {reason}")
            self.preset_reason.show_text(line.format(title=title, reason=reason))

    # Choosing

    def _feature_chosen(self) -> None:
        self._show_reasons()
        if self.chosen_feature() is None:
            self.node.setFocus()
        self.choice_changed.emit()

    def _preset_chosen(self) -> None:
        self._show_reasons()
        self.choice_changed.emit()

    def _use_node(self) -> None:
        if self.node_name():
            self.inspection_requested.emit()


def _combo() -> QComboBox:
    """As wide as the form, not as its longest item."""
    combo = QComboBox()
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(20)
    return combo


def _described(candidate: Candidate, proposed: bool) -> str:
    if proposed:
        return trn(
            "{n} number, {what} (proposed)",
            "{n} numbers, {what} (proposed)",
            candidate.dimension,
            what=candidate.what,
        )
    return trn(
        "{n} number, {what}", "{n} numbers, {what}", candidate.dimension, what=candidate.what
    )


def _title(name: str, summary: str) -> str:
    """What a preset does; Caffe's is known by that name."""
    return tr("{title} (Caffe)").format(title=summary) if name == "caffe" else summary


def _shortened(name: str) -> str:
    half = _LONGEST_SHOWN // 2 - 1
    return name if len(name) <= _LONGEST_SHOWN else f"{name[:half]}…{name[-half:]}"
