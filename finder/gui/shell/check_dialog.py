"""A full check of the library: what is being verified, then what was found, and its repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr, trn
from finder.core.library.check.findings import Finding, Repair
from finder.core.printable import printable
from finder.gui.common.messages import Message
from finder.gui.common.widgets import faint, heading, plain

if TYPE_CHECKING:
    from finder.core.library.check.full_check import CheckProgress

_WIDTH = 560
_FINDINGS_HEIGHT = 200


class CheckDialog(QDialog):
    """Shows one check after another. Closing it cancels the one under way.

    Signal: repair_asked.
    """

    repair_asked = Signal()

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Check library"))
        self.title = heading("")
        self.doing = plain("", wrap=True)
        faint(self.doing)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress of the check"))
        self.findings = QPlainTextEdit()
        self.findings.setReadOnly(True)
        self.findings.setAccessibleName(tr("What was found"))
        self.findings.setMinimumHeight(_FINDINGS_HEIGHT)
        buttons = QDialogButtonBox()
        self.repair = buttons.addButton(tr("Repair"), QDialogButtonBox.ButtonRole.ActionRole)
        self.cancel = buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.close_it = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        self.repair.clicked.connect(self.repair_asked)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        for widget in (self.title, self.doing, self.bar):
            layout.addWidget(widget)
        layout.addWidget(self.findings, 1)
        layout.addStretch()
        layout.addWidget(buttons)
        self.setMinimumWidth(_WIDTH)

    def begin(self, repairs: bool, waits_for: str = "") -> None:
        """waits_for: a sentence on what must end before, where something must."""
        self.title.setText(tr("Repairing the library") if repairs else tr("Checking the library"))
        self.doing.setText(waits_for or tr("Beginning …"))
        self.bar.setRange(0, 0)
        self._show_state(running=True)

    def show_look(self, look: CheckProgress) -> None:
        self.bar.setRange(0, look.total)
        self.bar.setValue(look.done)
        if look.total:
            line = tr("{doing}: {done:,} of {total:,}")
            self.doing.setText(line.format(doing=look.doing, done=look.done, total=look.total))
        else:
            self.doing.setText(tr("{doing} …").format(doing=look.doing))

    def show_end(self, look: CheckProgress, repaired: bool) -> None:
        self.title.setText(_title(look, repaired))
        self.doing.setText(_next_step(look, repaired))
        self.findings.setPlainText("\n\n".join(_lines(finding) for finding in look.findings))
        self._show_state(can_repair=bool(look.left) and not repaired, findings=bool(look.findings))

    def show_error(self, message: Message) -> None:
        self.title.setText(message.title)
        self.doing.setText(message.hint)
        self._show_state()

    def _show_state(
        self, running: bool = False, can_repair: bool = False, findings: bool = False
    ) -> None:
        self.bar.setVisible(running)
        self.cancel.setVisible(running)
        self.close_it.setVisible(not running)
        self.repair.setVisible(can_repair)
        self.findings.setVisible(findings)
        self.doing.setVisible(bool(self.doing.text()))
        (self.cancel if running else self.repair if can_repair else self.close_it).setDefault(True)
        self.adjustSize()


def _title(look: CheckProgress, repaired: bool) -> str:
    if not look.findings:
        return tr("Everything is as it was stored.")
    if not repaired:
        return trn("{n} thing needs attention.", "{n} things need attention.", len(look.findings))
    if not look.left:
        return tr("Everything is repaired.")
    left = len(look.left)
    return trn("{n} thing still needs attention.", "{n} things still need attention.", left)


def _next_step(look: CheckProgress, repaired: bool) -> str:
    if not look.findings:
        return tr("Catalogue, copies, models, vectors and thumbnails were read and compared.")
    if not repaired:
        return tr("“Repair” makes again what can be made again. No picture is touched.")
    return tr("What must be read anew is being indexed.") if look.needs_indexing else ""


def _lines(finding: Finding) -> str:
    """The sentence, and below it the way out."""
    hint = printable(finding.hint)
    if finding.repair is Repair.DONE:
        hint = tr("Repaired.")
    elif finding.repair is Repair.POSSIBLE:
        hint = tr("It can be repaired.")
    sentence = printable(finding.sentence)
    return f"{sentence}\n    {hint}" if hint else sentence
