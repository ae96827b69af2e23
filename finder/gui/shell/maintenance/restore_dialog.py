"""The dialog that restores a backup of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QListWidget,
    QProgressBar,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.buttons import Kind, set_kind
from finder.gui.common.formatting import file_size, local_time
from finder.gui.common.widgets import dialog_layout, heading, plain

if TYPE_CHECKING:
    from finder.core.library.catalogue.backups import Backup
    from finder.gui.common.notices.messages import Message

_SPACING = 2
_WIDTH = 520


class RestoreDialog(QDialog):
    """Closing it before the restoration has started cancels it. Signal: chosen(Backup)."""

    chosen = Signal(object)

    def __init__(self, backups: Sequence[Backup], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Restore a backup"))
        self._backups = backups
        self.title = heading("")
        self.text = plain("", wrap=True)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Backups of the catalogue"))
        self.list.ensurePolished()  # or its rows keep the height they have without the theme
        for backup in backups:
            self.list.addItem(f"{local_time(backup.made)}   ·   {file_size(backup.bytes)}")
        self.list.setCurrentRow(0)
        self.list.setSpacing(_SPACING)
        height = len(backups) * (max(1, self.list.sizeHintForRow(0)) + 2 * _SPACING)
        self.list.setFixedHeight(height + 2 * self.list.frameWidth())
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Restoring"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.restore = buttons.addButton(tr("Restore"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        set_kind(self.cancel, Kind.SECONDARY)
        self.restore.clicked.connect(self._choose)
        buttons.rejected.connect(self.reject)
        layout = dialog_layout(self)
        for widget in (self.title, self.text, self.list, self.bar):
            layout.addWidget(widget)
        layout.addStretch()
        layout.addWidget(buttons)
        self.setMinimumWidth(_WIDTH)
        self._offer()

    def _offer(self) -> None:
        """Show the backups, and what restoring one does."""
        has_backups = bool(self._backups)
        self.title.setText(
            tr("Bring back an earlier catalogue")
            if has_backups
            else tr("There are no backups of the catalogue yet.")
        )
        self.text.setText(
            tr(
                "Folders, saved searches, settings and the index return to their state at that "
                "time. Your pictures are not touched.\n\nThe current catalogue is kept as "
                "catalogue.before-restore.sqlite."
            )
            if has_backups
            else tr("A backup is made on each day on which something is indexed.")
        )
        self._show_state(has_backups)
        self.list.setFocus()

    def show_waiting(self, waiting_text: str) -> None:
        """Show that another task must end first."""
        self.text.setText(waiting_text or tr("Restoring …"))
        self._show_state(False, working=True)

    def show_started(self) -> None:
        """Call when it can no longer be cancelled."""
        self.text.setText(tr("Restoring …"))
        self.cancel.setEnabled(False)

    def show_error(self, message: Message) -> None:
        self._offer()
        self.title.setText(message.title)
        self.text.setText(message.hint)

    def reject(self) -> None:
        if self.cancel.isEnabled():
            super().reject()

    def _show_state(self, can_choose: bool, working: bool = False) -> None:
        self.bar.setVisible(working)
        self.list.setVisible(can_choose)
        self.restore.setVisible(can_choose)
        self.cancel.setEnabled(True)
        closes = not can_choose and not working
        self.cancel.setDefault(True)
        self.cancel.setText(tr("Close") if closes else tr("Cancel"))
        self.adjustSize()

    def _choose(self) -> None:
        self.chosen.emit(self._backups[self.list.currentRow()])
