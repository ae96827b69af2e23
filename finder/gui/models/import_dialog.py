"""Importing a model: what was found in its file, what is proposed, and what it finds alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.formatting import breakable
from finder.gui.common.messages import Message
from finder.gui.common.widgets import faint, heading, plain
from finder.gui.models.import_form import ImportForm
from finder.gui.models.sample_preview import SamplePreview

if TYPE_CHECKING:
    from finder.core.models.importing.inspection import ImageInput
    from finder.core.search.sample_matches import SampleMatches
    from finder.jobs.import_steps import ImportPreview, Proposal

_SMALL_WIDTH = 520
_WHOLE = QSize(760, 610)
_FRAME = QSize(20, 50)
"""Of the desktop around it."""


class ImportDialog(QDialog):
    """Shows values; closing it throws everything away. `form` emits what is changed.

    Signal: add_asked(str), with the name.
    """

    add_asked = Signal(str)

    def __init__(self, file: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Import a model"))
        self._name_is_good = False
        self._is_tried = False
        self.title = heading(breakable(printable(file)))
        self.found = plain("", wrap=True)
        faint(self.found)
        self.form = ImportForm()
        self.form.renamed.connect(self._renamed)
        self.preview = SamplePreview()
        self.status = plain("", wrap=True)
        self.status.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.status.setMinimumHeight(2 * self.status.fontMetrics().lineSpacing())
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        keeping = self.bar.sizePolicy()
        keeping.setRetainSizeWhenHidden(True)  # nothing moves when it comes and goes
        self.bar.setSizePolicy(keeping)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add = buttons.addButton(tr("Add model"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        self.add.clicked.connect(self._add)
        buttons.rejected.connect(self.reject)
        self._lay_out(buttons)

    def _lay_out(self, buttons: QWidget) -> None:
        self.body = QWidget()
        body = QVBoxLayout(self.body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(8)
        body.addWidget(self.form)
        body.addWidget(_line())
        body.addWidget(plain(tr("Nearest to two of the sample pictures, with their distances:")))
        body.addWidget(self.preview, 1)
        self.body.hide()
        self.add.hide()
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.found)
        layout.addWidget(self.body, 1)
        layout.addWidget(self.status)
        layout.addWidget(self.bar)
        layout.addWidget(buttons)
        self.setMinimumWidth(_SMALL_WIDTH)

    # Showing

    def show_reading(self) -> None:
        """The model is being looked into, for the first time or again."""
        self._show_busy(tr("Reading the model …"))

    def show_proposal(self, proposal: Proposal) -> None:
        """For the first time: from now on it has its whole size."""
        found = _found(proposal.findings.image)
        self.found.setText(" ".join(filter(None, [printable(proposal.sentence), found])))
        self.form.show_proposal(proposal)
        self.body.show()
        self.add.show()
        self.add.setDefault(True)
        self._grow()
        self._show_features(proposal)

    def show_again(self, proposal: Proposal) -> None:
        """It was looked into again, for another size or a named node."""
        self.form.show_candidates(proposal)
        self._show_features(proposal)

    def show_unnamed(self) -> None:
        """A node must be named first."""
        self._show_idle(tr("Name the node or value that is to be the feature."))

    def show_trying(self, tried: ImportPreview) -> None:
        look = tried.look
        if look is None:
            self._show_busy(tr("Cutting the model …"))
            return
        self._show_busy(
            tr("Looking at the sample pictures: {done} of {total}").format(
                done=look.done, total=look.total
            ),
            look.done,
            look.total,
        )
        if tried.is_whole:
            self._show_whole(look, tried)

    def show_adding(self) -> None:
        self._show_busy(tr("Adding the model …"))

    def show_name_problem(self, text: str) -> None:
        """Empty: the name is good."""
        self._name_is_good = not text
        self.form.show_name_problem(text)
        self._allow()

    def show_problem(self, message: Message, can_add_again: bool = False) -> None:
        """What is chosen cannot be taken or added, or what was read is no model at all."""
        if self.body.isHidden():
            self.title.setText(breakable(printable(message.title)))
            self.found.setText(message.hint)
            self.status.hide()
            self.bar.hide()
            self.cancel.setText(tr("Close"))
            self.adjustSize()
        else:
            self._show_idle(breakable(printable(f"{message.title} {message.hint}")))
            self._is_tried = can_add_again
            self._allow()
            if not can_add_again:
                self.preview.clear()

    def _show_features(self, proposal: Proposal) -> None:
        if not proposal.findings.candidates:
            self._show_idle(
                tr(
                    "No feature was found: no layer that all of the picture passes through gives "
                    "{least} to {most} numbers. Name a node of the graph as the feature."
                ).format(least=8, most=f"{32_768:,}")
            )

    def _show_whole(self, look: SampleMatches, tried: ImportPreview) -> None:
        self.preview.show_look(look, tried.images)
        self._show_idle("\n".join(_warnings(look, tried.batch_free)))
        self._is_tried = True
        self._allow()

    def _show_busy(self, text: str, done: int = 0, total: int = 0) -> None:
        self._is_tried = False
        self.status.setText(text)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.bar.show()
        self._allow()

    def _show_idle(self, text: str) -> None:
        self._is_tried = False
        self.status.setText(text)
        self.bar.hide()
        self._allow()

    def _allow(self) -> None:
        self.add.setEnabled(self._is_tried and self._name_is_good)
        self.preview.setEnabled(self._is_tried)

    def _grow(self) -> None:
        """To the whole size, as far as the screen has it, in the middle of where it was."""
        room = self.screen().availableGeometry()
        middle = self.geometry().center()
        self.resize(_WHOLE.boundedTo(room.size() - _FRAME))
        place = self.geometry()
        place.moveCenter(middle)
        self.move(max(room.left(), place.left()), max(room.top(), place.top()))

    # Choosing

    def _renamed(self, _: str) -> None:
        """Whether it is free is not known yet."""
        self._name_is_good = False
        self._allow()

    def _add(self) -> None:
        self.add_asked.emit(self.form.name.text())


def _found(image: ImageInput) -> str:
    layout = {"NCHW": tr("channels first (NCHW)"), "NHWC": tr("channels last (NHWC)")}
    kinds = {
        "float32": tr("numbers with fractions (float32)"),
        "float16": tr("numbers with fractions (float16)"),
        "uint8": tr("whole numbers, 0 … 255 (uint8)"),
    }
    size = tr("{width} × {height} pixels").format(width=image.width, height=image.height)
    if image.free:
        size = tr("any size")
    return tr("Its input “{name}” takes pictures of {size}: {layout}, {numbers}.").format(
        name=printable(image.name)[:40],
        size=size,
        layout=layout[image.layout],
        numbers=kinds[image.dtype],
    )


def _warnings(look: SampleMatches, batch_free: bool) -> list[str]:
    lines = []
    if not look.total:
        lines.append(tr("The sample pictures are not installed: there is nothing to show."))
    if look.failed:
        text = tr("For {n} of {total} sample pictures the feature is zero or no number.")
        lines.append(text.format(n=look.failed, total=look.total))
    if look.all_alike:
        lines.append(
            tr("The feature is the same for all sample pictures: it tells nothing of them.")
        )
    if not batch_free:
        lines.append(tr("It takes one picture at a time, which is all that is needed here."))
    return lines


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Sunken)
    return line
