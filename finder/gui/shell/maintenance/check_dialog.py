"""The dialog for a full check of the library: progress, findings, repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QProgressBar,
    QWidget,
)

from finder.core.i18n import tr, trn
from finder.core.library.check.findings import Finding, Repair
from finder.core.printable import printable
from finder.gui.common.notices.window_ways import in_window
from finder.gui.common.widgets import dialog_layout, heading, plain, secondary

if TYPE_CHECKING:
    from finder.core.library.check.full_check import CheckProgress
    from finder.gui.common.notices.messages import Message

_WIDTH = 560
_FINDINGS_HEIGHT = 200


class CheckDialog(QDialog):
    """Shows one check after another. Closing it cancels the current one.

    Signal: repair_requested.
    """

    repair_requested = Signal()

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Check library"))
        self.title = heading("")
        self.status = plain("", wrap=True)
        secondary(self.status)
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
        self.close_button = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        self.repair.clicked.connect(self.repair_requested)
        buttons.rejected.connect(self.reject)
        layout = dialog_layout(self)
        for widget in (self.title, self.status, self.bar):
            layout.addWidget(widget)
        layout.addWidget(self.findings, 1)
        layout.addStretch()
        layout.addWidget(buttons)
        self.setMinimumWidth(_WIDTH)

    def begin(self, repairs: bool, waiting_text: str = "") -> None:
        """waiting_text: what must end first; empty if nothing must."""
        self.title.setText(tr("Repairing the library") if repairs else tr("Checking the library"))
        self.status.setText(waiting_text or tr("Starting …"))
        self.bar.setRange(0, 0)
        self._show_state(running=True)

    def show_progress(self, progress: CheckProgress) -> None:
        self.bar.setRange(0, progress.total)
        self.bar.setValue(progress.done)
        if progress.total:
            line = tr("{doing}: {done:,} of {total:,}")
            self.status.setText(
                line.format(doing=progress.doing, done=progress.done, total=progress.total)
            )
        else:
            self.status.setText(tr("{doing} …").format(doing=progress.doing))

    def show_end(self, progress: CheckProgress, repaired: bool) -> None:
        self.title.setText(_title(progress, repaired))
        self.status.setText(_next_step(progress, repaired))
        self.findings.setPlainText("\n\n".join(_lines(finding) for finding in progress.findings))
        self._show_state(
            can_repair=bool(progress.left) and not repaired, findings=bool(progress.findings)
        )

    def show_error(self, message: Message) -> None:
        self.title.setText(message.title)
        self.status.setText(message.hint)
        self._show_state()

    def _show_state(
        self, running: bool = False, can_repair: bool = False, findings: bool = False
    ) -> None:
        self.bar.setVisible(running)
        self.cancel.setVisible(running)
        self.close_button.setVisible(not running)
        self.repair.setVisible(can_repair)
        self.findings.setVisible(findings)
        self.status.setVisible(bool(self.status.text()))
        (self.cancel if running else self.repair if can_repair else self.close_button).setDefault(
            True
        )
        self.adjustSize()


def _title(progress: CheckProgress, repaired: bool) -> str:
    if not progress.findings:
        return tr("No problems were found.")
    if not repaired:
        return trn("{n} problem was found.", "{n} problems were found.", len(progress.findings))
    if not progress.left:
        return tr("Everything was repaired.")
    left = len(progress.left)
    return trn("{n} problem remains.", "{n} problems remain.", left)


def _next_step(progress: CheckProgress, repaired: bool) -> str:
    if not progress.findings:
        return tr("The catalogue, its backups, models, vectors and thumbnails were verified.")
    if not repaired:
        return tr("“Repair” rebuilds what can be rebuilt. Your pictures are not touched.")
    return tr("The affected pictures are being indexed again.") if progress.needs_indexing else ""


def _lines(finding: Finding) -> str:
    """The sentence, and below it the repair or the hint."""
    hint = printable(in_window(finding.hint))
    if finding.repair is Repair.DONE:
        hint = tr("Repaired.")
    elif finding.repair is Repair.POSSIBLE:
        hint = tr("It can be repaired.")
    sentence = printable(finding.sentence)
    return f"{sentence}\n    {hint}" if hint else sentence
