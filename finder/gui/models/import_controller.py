"""Importing a model that the user chose or dropped, in a dialog."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr
from finder.core.paths import Home
from finder.gui.common.messages import worded
from finder.jobs.task_runner import Lane, Run, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.models.importing.inspection import Inspection
    from finder.gui.models.import_dialog import ImportDialog
    from finder.jobs.import_preview import ImportPreview
    from finder.use_cases.import_model import Proposal

_WAIT_MS = 400
"""From the last change on, until it is tried out."""


class ImportController(QObject):
    """One dialog at a time. What runs for it ends when something is changed, or with the dialog.

    Signals: added(ModelSpec); failed(error), a bug.
    """

    added = Signal(object)
    failed = Signal(object)

    def __init__(self, home: Home, door: TaskRunner, window: QWidget) -> None:
        super().__init__(window)
        self._home = home
        self._door = door
        self._window = window
        self._dialog: ImportDialog | None = None
        self._file = Path()
        self._findings: Inspection | None = None
        self._looking: Task | None = None
        self._trying: Run | None = None
        self._checking: Task | None = None
        self._names: SimpleQueue[str] = SimpleQueue()
        self._adds = ""  # under this name, as soon as it has been tried out
        self._wait = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._wait.timeout.connect(self._act_on_change)
        self._looks_again = False

    def choose_file(self) -> None:
        dialog = QFileDialog(self._window, tr("Import a model"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("ONNX models (*.onnx)"), tr("All (*)")])
        dialog.fileSelected.connect(self.open)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open(self, path: str) -> None:
        """Look into a model file, and show what can be made of it."""
        from finder.gui.models.import_dialog import ImportDialog

        if self._dialog is not None:
            self._dialog.reject()
        self._file, self._findings, self._looks_again = Path(path), None, False
        dialog = self._dialog = ImportDialog(self._file.name, self._window)
        dialog.form.renamed.connect(self._check_name)
        dialog.form.chosen.connect(self._changed)
        dialog.form.asked_anew.connect(self._asked_anew)
        dialog.add_asked.connect(self._add)
        dialog.finished.connect(self._forget)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.show()
        self._look(dialog)

    # Looking into the file

    def _look(self, dialog: ImportDialog) -> None:
        from finder.use_cases.import_model import inspect_model

        dialog.show_reading()
        side, node = dialog.form.chosen_side(), dialog.form.named()
        stop = CancelToken()
        self._looking = self._door.call(
            Lane.IMPORT,
            partial(inspect_model, self._home, self._file, side, node, stop),
            partial(self._show_proposal, dialog),
            partial(self._show_failure, dialog),
            stop,
        )

    def _show_proposal(self, dialog: ImportDialog, proposal: Proposal) -> None:
        first = self._findings is None
        self._findings = proposal.findings
        if first:
            dialog.show_proposal(proposal)
        else:
            dialog.show_again(proposal)
        if proposal.findings.candidates:
            self._try(dialog)

    # Trying it out

    def _changed(self) -> None:
        """Once nothing more is changed for a moment, what is chosen is tried out."""
        self._stop_work()
        self._wait.start()

    def _asked_anew(self) -> None:
        self._looks_again = True
        self._changed()
        if self._dialog is not None:
            self._dialog.show_reading()

    def _act_on_change(self) -> None:
        if self._dialog is None:
            return
        if self._looks_again:
            self._looks_again = False
            self._look(self._dialog)
        else:
            self._try(self._dialog)

    def _try(self, dialog: ImportDialog) -> None:
        from finder.jobs.import_preview import ImportPreview, preview_import

        feature, findings = dialog.form.chosen_feature(), self._findings
        if findings is None or feature is None:
            dialog.show_unnamed()
            return
        dialog.show_trying(ImportPreview())
        stop, self._names = CancelToken(), SimpleQueue()
        if self._adds:
            self._names.put(self._adds)
        preset = dialog.form.chosen_preset()
        self._trying = self._door.run(
            Lane.IMPORT,
            partial(preview_import, self._home, findings, feature, preset, self._names, stop),
            dialog.show_trying,
            partial(self._added, dialog),
            partial(self._show_failure, dialog),
            stop,
        )

    # Adding

    def _check_name(self, name: str) -> None:
        from finder.use_cases.import_model import require_model_name

        if self._checking is not None:
            self._checking.drop()
        if self._dialog is not None:
            self._checking = self._door.call(
                Lane.LOOK,
                partial(require_model_name, self._home, name),
                partial(self._show_name, self._dialog),
                partial(self._show_bad_name, self._dialog),
            )

    def _show_name(self, dialog: ImportDialog, _: None) -> None:
        dialog.show_name_problem("")

    def _show_bad_name(self, dialog: ImportDialog, error: BaseException) -> None:
        message = worded(error)
        if message is None:
            self.failed.emit(error)
        else:
            dialog.show_name_problem(f"{message.title} {message.hint}")

    def _add(self, name: str) -> None:
        if self._dialog is None:
            return
        again, self._adds = bool(self._adds), name
        if again:  # it failed, and what was cut is gone
            self._try(self._dialog)
        else:
            self._dialog.show_adding()
            self._names.put(name)

    def _added(self, dialog: ImportDialog, tried: ImportPreview) -> None:
        dialog.accept()
        self.added.emit(tried.added)

    # Ending

    def _show_failure(self, dialog: ImportDialog, error: BaseException) -> None:
        message = worded(error)
        if message is None:
            dialog.reject()
            self.failed.emit(error)
        else:
            dialog.show_problem(message, can_add_again=bool(self._adds))

    def _stop_work(self) -> None:
        """Nothing of it is heard any more, and what was cut is thrown away."""
        self._adds = ""
        self._wait.stop()
        if self._looking is not None:
            self._looking.drop()
        if self._trying is not None:
            self._trying.cancel()
            self._trying.drop()

    def _forget(self, _: QDialog.DialogCode) -> None:
        self._stop_work()
        if self._checking is not None:
            self._checking.drop()
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._dialog = None
