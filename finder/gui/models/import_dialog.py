"""The dialog that imports a model: the contents of its file, the proposal, a preview of its
matches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.formatting import breakable
from finder.gui.common.labels import Line
from finder.gui.common.widgets import dialog_layout, heading, plain, secondary
from finder.gui.models.import_form import ImportForm
from finder.gui.models.sample_preview import SamplePreview

if TYPE_CHECKING:
    from finder.core.models.importing.inspection import ImageInput
    from finder.core.search.sample_matches import SampleMatches
    from finder.gui.common.notices.messages import Message
    from finder.jobs.import_preview import ImportPreview
    from finder.use_cases.models.import_model import Proposal

_SMALL_WIDTH = 520
_FULL_SIZE = QSize(800, 730)
_MARGIN = QSize(20, 50)
"""px of the desktop that stay visible around it."""


class ImportDialog(QDialog):
    """Closing it discards the import. `form` emits the user's changes.

    Signal: add_requested(str), with the name.
    """

    add_requested = Signal(str)

    def __init__(self, file: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Import a model"))
        self._name_is_good = False
        self._is_tried = False
        self._misfit = ""  # why the words do not belong to the pictures
        self.title = heading(breakable(printable(file)))
        self.found = plain("", wrap=True)
        secondary(self.found)
        self.form = ImportForm()
        self.form.renamed.connect(self._renamed)
        self.preview = SamplePreview()
        self.status = plain("", wrap=True)
        self.status.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.status.setMinimumHeight(2 * self.status.fontMetrics().lineSpacing())
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the other widgets stay where they are
        self.bar.setSizePolicy(policy)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add = buttons.addButton(tr("Add model"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.anyway = buttons.addButton(tr("Add anyway"), QDialogButtonBox.ButtonRole.ActionRole)
        self.cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.anyway.setAutoDefault(False)
        for button in (self.add, self.anyway):
            button.clicked.connect(self._add)
        buttons.rejected.connect(self.reject)
        self._lay_out(buttons)

    def _lay_out(self, buttons: QWidget) -> None:
        content = QWidget()
        self.body = QScrollArea()
        self.body.setWidget(content)
        self.body.setWidgetResizable(True)
        self.body.setFrameShape(QFrame.Shape.NoFrame)
        self.body.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.body.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QVBoxLayout(content)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(8)
        body.addWidget(self.form)
        body.addWidget(Line())
        body.addWidget(plain(tr("Nearest matches of two sample pictures, with distances:")))
        body.addWidget(self.preview, 1)
        self.body.hide()
        self.add.hide()
        self.anyway.hide()
        layout = dialog_layout(self)
        layout.addWidget(self.title)
        layout.addWidget(self.found)
        layout.addWidget(self.body, 1)
        layout.addWidget(self.status)
        layout.addWidget(self.bar)
        layout.addWidget(buttons)
        self.setMinimumWidth(_SMALL_WIDTH)

    # Showing

    def show_reading(self) -> None:
        """The model file is being read, for the first time or again."""
        self._show_busy(tr("Reading the model …"))

    def show_proposal(self, proposal: Proposal) -> None:
        """Show the first proposal, and grow the dialog to its full size."""
        self.form.show_proposal(proposal)
        self.body.show()
        self.add.show()
        self.add.setDefault(True)
        self._show_found(proposal)
        self._grow()

    def update_proposal(self, proposal: Proposal) -> None:
        """Show what was found for another picture size, a named node, or other words."""
        self.form.show_candidates(proposal)
        self._show_found(proposal)

    def show_node_missing(self) -> None:
        """The user must name a node first."""
        self._show_idle(tr("Enter the node or value to use as the feature."))

    def show_trial(self, trial: ImportPreview) -> None:
        matches = trial.matches
        if matches is None:
            self._show_busy(tr("Extracting the feature …"))
            return
        self._show_busy(
            tr("Trying the sample pictures: {done} of {total}").format(
                done=matches.done, total=matches.total
            ),
            matches.done,
            matches.total,
        )
        if trial.is_whole:
            self._show_trial_end(matches, trial)

    def show_adding(self) -> None:
        self._show_busy(tr("Adding the model …"))

    def show_name_problem(self, text: str) -> None:
        """Show what is wrong with the name; empty if it is valid."""
        self._name_is_good = not text
        self.form.show_name_problem(text)
        self._update_buttons()

    def show_problem(self, message: Message, can_add_again: bool = False) -> None:
        """Show why the choices or the file cannot be used."""
        if self.body.isHidden():
            self.title.setText(breakable(printable(message.title)))
            self.found.setText(message.hint)
            self.status.hide()
            self.bar.hide()
            self.cancel.setText(tr("Close"))
            self.adjustSize()
        else:
            self._show_idle(breakable(printable(message.text)))
            self._is_tried = can_add_again
            self._update_buttons()
            if not can_add_again:
                self.preview.clear()

    def _show_found(self, proposal: Proposal) -> None:
        findings = proposal.findings
        self.title.setText(breakable(printable(findings.file.name)))
        found = _found(findings.image)
        self.found.setText(" ".join(filter(None, [printable(proposal.sentence), found])))
        without = self.form.words.are_missing
        self.add.setText(tr("Add without words") if without else tr("Add model"))
        if not proposal.findings.candidates:
            self._show_idle(
                tr(
                    "No feature was found: no layer that the whole picture passes through "
                    "gives {least} to {most} numbers. Choose a node of the graph as the "
                    "feature."
                ).format(least=8, most=f"{32_768:,}")
            )

    def _show_trial_end(self, matches: SampleMatches, trial: ImportPreview) -> None:
        self.preview.show_matches(matches, trial.images)
        self.form.words.show_fit(matches.words)
        misfit = trial.misfit
        self._show_idle("\n".join([*_misfit(misfit), *_warnings(matches, trial.batch_free)]))
        self._is_tried, self._misfit = True, misfit
        self._update_buttons()

    def _show_busy(self, text: str, done: int = 0, total: int = 0) -> None:
        self._is_tried, self._misfit = False, ""
        self.status.setText(text)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.bar.show()
        self._update_buttons()

    def _show_idle(self, text: str) -> None:
        self._is_tried, self._misfit = False, ""
        self.status.setText(text)
        self.bar.hide()
        self._update_buttons()

    def _update_buttons(self) -> None:
        can_add = self._is_tried and self._name_is_good
        self.add.setEnabled(can_add and not self._misfit)
        self.anyway.setVisible(bool(self._misfit))
        self.anyway.setEnabled(can_add)
        self.preview.setEnabled(self._is_tried)

    def _grow(self) -> None:
        """Resize to the full size, as far as the screen allows, around the same centre."""
        available = self.screen().availableGeometry()
        centre = self.geometry().center()
        self.resize(_FULL_SIZE.boundedTo(available.size() - _MARGIN))
        place = self.geometry()
        place.moveCenter(centre)
        self.move(max(available.left(), place.left()), max(available.top(), place.top()))

    # Choosing

    def _renamed(self, _: str) -> None:
        """A new name is not checked yet."""
        self._name_is_good = False
        self._update_buttons()

    def _add(self) -> None:
        self.add_requested.emit(self.form.name.text())


def _found(image: ImageInput) -> str:
    layout = {"NCHW": tr("channels first (NCHW)"), "NHWC": tr("channels last (NHWC)")}
    kinds = {
        "float32": tr("floating point (float32)"),
        "float16": tr("floating point (float16)"),
        "uint8": tr("whole numbers, 0 … 255 (uint8)"),
    }
    sentence = tr(
        "Its input “{name}” takes pictures of {width} × {height} pixels: {layout}, {numbers}."
    )
    if image.free:
        sentence = tr("Its input “{name}” takes pictures of any size: {layout}, {numbers}.")
    return sentence.format(
        name=printable(image.name)[:40],
        width=image.width,
        height=image.height,
        layout=layout[image.layout],
        numbers=kinds[image.dtype],
    )


def _misfit(sentence: str) -> list[str]:
    """What to do about words that do not fit the sample pictures."""
    if not sentence:
        return []
    hint = tr(
        "Take both towers and the tokenizer from the same model. A model of another subject than "
        "photographs can be added anyway."
    )
    return [f"{sentence} {hint}"]


def _warnings(matches: SampleMatches, batch_free: bool) -> list[str]:
    lines = []
    if not matches.total:
        lines.append(tr("The sample pictures are not installed: there is nothing to show."))
    if matches.failed:
        text = tr("For {n} of {total} sample pictures the feature is zero or not a finite number.")
        lines.append(text.format(n=matches.failed, total=matches.total))
    if matches.all_alike:
        lines.append(
            tr("The feature is the same for all sample pictures, so it cannot tell them apart.")
        )
    if not batch_free:
        lines.append(tr("It takes one picture at a time; Image Finder needs no more."))
    return lines
