"""Checks the library and restores its copies, each in a dialog; also where no window is up yet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QWidget

from finder.core.i18n import tr
from finder.core.library.catalogue.backups import Backup, list_backups
from finder.core.paths import Home
from finder.gui.common.messages import worded
from finder.jobs.library_models import WINDOW
from finder.jobs.task_runner import Lane, Run, TaskRunner
from finder.use_cases.check_library import check_library
from finder.use_cases.restore_backup import RestoreProgress, restore_backup

if TYPE_CHECKING:
    from finder.core.library.check.full_check import CheckProgress
    from finder.gui.shell.check_dialog import CheckDialog
    from finder.gui.shell.restore_dialog import RestoreDialog


class MaintenanceController(QObject):
    """One dialog at a time; what comes in for one that was closed is not shown any more.

    Signals: repaired, when a check that repairs has ended, or was cancelled in the middle;
    restored(RestoreProgress); closed, with the dialog; failed(error).
    """

    repaired = Signal()
    restored = Signal(object)
    closed = Signal()
    failed = Signal(object)

    def __init__(self, home: Home, door: TaskRunner, window: QWidget | None = None) -> None:
        super().__init__(window)
        self._home = home
        self._door = door
        self._window = window
        self._run: Run | None = None
        self._dialog: QDialog | None = None

    # Checking

    def check(self, repairs: bool = False) -> None:
        from finder.gui.shell.check_dialog import CheckDialog

        if isinstance(self._dialog, CheckDialog):
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        dialog = CheckDialog(self._window)
        dialog.repair_asked.connect(partial(self._check, dialog, True))
        self._show(dialog)
        self._check(dialog, repairs)

    def _check(self, dialog: CheckDialog, repairs: bool) -> None:
        dialog.begin(repairs, self._waits_for())
        self._run = self._door.run(
            Lane.LIBRARY,
            partial(check_library, self._home, repairs),
            lambda look: dialog.show_look(look) if self._dialog is dialog else None,
            partial(self._checked, dialog, repairs),
            partial(self._failed, dialog),
        )

    def _checked(self, dialog: CheckDialog, repairs: bool, look: CheckProgress | None) -> None:
        if look is not None and self._dialog is dialog:
            dialog.show_end(look, repairs)
        if repairs:
            self.repaired.emit()

    # Restoring

    def choose_copy(self) -> None:
        """Show the copies, to choose one of."""
        self._door.call(
            Lane.LOOK, partial(list_backups, self._home), self._show_copies, self.failed.emit
        )

    def _show_copies(self, copies: list[Backup]) -> None:
        from finder.gui.shell.restore_dialog import RestoreDialog

        dialog = RestoreDialog(copies, self._window)
        dialog.chosen.connect(partial(self._restore, dialog))
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        self._show(dialog)

    def _restore(self, dialog: RestoreDialog, copy: Backup) -> None:
        dialog.show_waiting(self._waits_for())
        self._run = self._door.run(
            Lane.LIBRARY,
            partial(restore_backup, self._home, copy, WINDOW),
            lambda _: dialog.show_begun() if self._dialog is dialog else None,
            partial(self._restored, dialog),
            partial(self._failed, dialog),
        )

    def _restored(self, dialog: RestoreDialog, look: RestoreProgress | None) -> None:
        if look is None or look.settings is None:  # cancelled in time
            return
        self.restored.emit(look)
        if self._dialog is dialog:
            dialog.accept()

    # Both

    def _waits_for(self) -> str:
        busy = self._door.busy(Lane.LIBRARY)
        return tr("Waiting for indexing to finish …") if busy else ""

    def _show(self, dialog: QDialog) -> None:
        if self._dialog is not None:
            self._dialog.close()
        self._dialog = dialog
        dialog.finished.connect(lambda _: self._forget(dialog))
        dialog.show()

    def _forget(self, dialog: QDialog) -> None:
        """What it showed is cancelled; where that has ended, this does nothing."""
        if self._run is not None:
            self._run.cancel()
        self._dialog = None
        dialog.deleteLater()
        self.closed.emit()

    def _failed(self, dialog: CheckDialog | RestoreDialog, error: BaseException) -> None:
        message = worded(error)
        if message is None:
            self.failed.emit(error)
        if self._dialog is not dialog:
            return
        if message is None:
            dialog.done(QDialog.DialogCode.Rejected)
        else:
            dialog.show_error(message)
