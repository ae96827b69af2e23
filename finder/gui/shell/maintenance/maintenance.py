"""Checks the library and restores backups, each in a dialog; also before the window is open."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from finder.core.library.catalogue.backups import Backup, list_backups
from finder.gui.common.library_run import waiting_text
from finder.gui.common.notices.messages import message_for
from finder.jobs.library_models import WINDOW
from finder.jobs.task_runner import Lane, Run, TaskRunner
from finder.use_cases.library.check_library import check_library
from finder.use_cases.library.restore_backup import RestoreProgress, restore_backup

if TYPE_CHECKING:
    from finder.core.library.check.full_check import CheckProgress
    from finder.core.paths import Home
    from finder.gui.shell.maintenance.check_dialog import CheckDialog
    from finder.gui.shell.maintenance.restore_dialog import RestoreDialog


class MaintenanceController(QObject):
    """One dialog at a time; results for a dialog that was closed are ignored.

    Signals: repaired, when a check that repairs has ended, or was cancelled; restored(
    RestoreProgress); closed, with the dialog; failed(error without a message).
    """

    repaired = Signal()
    restored = Signal(object)
    closed = Signal()
    failed = Signal(object)

    def __init__(self, home: Home, task_runner: TaskRunner, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._home = home
        self._task_runner = task_runner
        self._window = window
        self._run: Run | None = None
        self._dialog: QDialog | None = None

    # Checking

    def check(self, repairs: bool = False) -> None:
        from finder.gui.shell.maintenance.check_dialog import CheckDialog

        if isinstance(self._dialog, CheckDialog):
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        dialog = CheckDialog(self._window)
        dialog.repair_requested.connect(partial(self._check, dialog, True))
        self._show(dialog)
        self._check(dialog, repairs)

    def _check(self, dialog: CheckDialog, repairs: bool) -> None:
        dialog.begin(repairs, waiting_text(self._task_runner))
        self._run = self._task_runner.run(
            Lane.LIBRARY,
            partial(check_library, self._home, repairs),
            lambda progress: dialog.show_progress(progress) if self._dialog is dialog else None,
            partial(self._checked, dialog, repairs),
            partial(self._failed, dialog),
        )

    def _checked(self, dialog: CheckDialog, repairs: bool, progress: CheckProgress | None) -> None:
        if progress is not None and self._dialog is dialog:
            dialog.show_end(progress, repairs)
        if repairs:
            self.repaired.emit()

    # Restoring

    def choose_backup(self) -> None:
        """Let the user choose a backup to restore."""
        self._task_runner.call(
            Lane.QUICK, partial(list_backups, self._home), self._show_backups, self.failed.emit
        )

    def _show_backups(self, backups: list[Backup]) -> None:
        from finder.gui.shell.maintenance.restore_dialog import RestoreDialog

        dialog = RestoreDialog(backups, self._window)
        dialog.chosen.connect(partial(self._restore, dialog))
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        self._show(dialog)

    def _restore(self, dialog: RestoreDialog, backup: Backup) -> None:
        dialog.show_waiting(waiting_text(self._task_runner))
        self._run = self._task_runner.run(
            Lane.LIBRARY,
            partial(restore_backup, self._home, backup, WINDOW),
            lambda _: dialog.show_started() if self._dialog is dialog else None,
            partial(self._restored, dialog),
            partial(self._failed, dialog),
        )

    def _restored(self, dialog: RestoreDialog, progress: RestoreProgress | None) -> None:
        if progress is None or progress.settings is None:  # cancelled before it started
            return
        self.restored.emit(progress)
        if self._dialog is dialog:
            dialog.accept()

    # Both

    def _show(self, dialog: QDialog) -> None:
        if self._dialog is not None:
            self._dialog.close()
        self._dialog = dialog
        dialog.finished.connect(lambda _: self._dialog_closed(dialog))
        dialog.show()

    def _dialog_closed(self, dialog: QDialog) -> None:
        """Cancel its task, if it still runs."""
        if self._run is not None:
            self._run.cancel()
        self._dialog = None
        dialog.deleteLater()
        self.closed.emit()

    def _failed(self, dialog: CheckDialog | RestoreDialog, error: BaseException) -> None:
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        if self._dialog is not dialog:
            return
        if message is None:
            dialog.done(QDialog.DialogCode.Rejected)
        else:
            dialog.show_error(message)
