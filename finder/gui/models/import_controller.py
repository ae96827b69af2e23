"""Imports a model file that the user chose or dropped."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr
from finder.gui.common.notices.messages import message_for
from finder.jobs.task_runner import Lane, Run, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.gui.models.import_dialog import ImportDialog
    from finder.jobs.import_preview import ImportPreview
    from finder.use_cases.models.import_model import Proposal
    from finder.use_cases.models.word_files import ModelFiles, WordFiles

_TRIAL_DELAY_MS = 400
"""From the last change to the trial."""


class ImportController(QObject):
    """One dialog at a time. Its tasks are cancelled when something is changed, or with the dialog.

    Signals: added(ModelSpec); failed(error), a bug.
    """

    added = Signal(object)
    failed = Signal(object)

    def __init__(self, home: Home, task_runner: TaskRunner, window: QWidget) -> None:
        super().__init__(window)
        self._home = home
        self._task_runner = task_runner
        self._window = window
        self._dialog: ImportDialog | None = None
        self._file = Path()
        self._words: WordFiles | None = None  # as the user chose them; None: what is proposed
        self._proposal: Proposal | None = None
        self._inspecting: Task | None = None
        self._trying: Run | None = None
        self._checking: Task | None = None
        self._names: SimpleQueue[str] = SimpleQueue()
        self._add_as = ""  # the name to add it under, once its trial has ended
        self._trial_timer = QTimer(self, singleShot=True, interval=_TRIAL_DELAY_MS)
        self._trial_timer.timeout.connect(self._act_on_change)
        self._must_inspect = False

    def choose_file(self) -> None:
        dialog = QFileDialog(self._window, tr("Import a model"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("ONNX models (*.onnx)"), tr("All (*)")])
        dialog.fileSelected.connect(self._open_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _open_file(self, path: str) -> None:
        from finder.use_cases.models.word_files import ModelFiles

        self.open(ModelFiles(Path(path)))

    def open(self, files: ModelFiles) -> None:
        """Read a model file, with those of its words, and show what is proposed for it."""
        from finder.gui.models.import_dialog import ImportDialog

        if self._dialog is not None:
            self._dialog.reject()
        self._file, self._words = files.picture, files.words
        self._proposal, self._must_inspect = None, False
        dialog = self._dialog = ImportDialog(self._file.name, self._window)
        dialog.form.renamed.connect(self._check_name)
        dialog.form.choice_changed.connect(self._try_soon)
        dialog.form.inspection_requested.connect(self._inspect_soon)
        dialog.form.words.choose_requested.connect(partial(self._choose_words, dialog))
        dialog.form.words.removed.connect(self._remove_words)
        dialog.add_requested.connect(self._add)
        dialog.finished.connect(self._dialog_closed)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.show()
        self._inspect(dialog)

    # Reading the file

    def _inspect(self, dialog: ImportDialog) -> None:
        from finder.use_cases.models.import_words import inspect_with_words

        dialog.show_reading()
        side, node = dialog.form.chosen_side(), dialog.form.node_name()
        stop = CancelToken()
        self._inspecting = self._task_runner.call(
            Lane.IMPORT,
            partial(inspect_with_words, self._home, self._file, side, node, self._words, stop),
            partial(self._show_proposal, dialog),
            partial(self._show_failure, dialog),
            stop,
        )

    def _show_proposal(self, dialog: ImportDialog, proposal: Proposal) -> None:
        first = self._proposal is None
        self._proposal = proposal
        self._file, self._words = proposal.findings.file, proposal.words
        if first:
            dialog.show_proposal(proposal)
        else:
            dialog.update_proposal(proposal)
        if proposal.findings.candidates:
            self._try(dialog)

    # Its words

    def _choose_words(self, dialog: ImportDialog) -> None:
        from finder.gui.models.model_questions import choose_word_files

        choose_word_files(dialog, str(self._file.parent), self._use_words)

    def _use_words(self, paths: list[str]) -> None:
        """What is chosen takes the place of what there was; the rest stays."""
        from finder.use_cases.models.word_files import WordFiles, sort_word_files

        new, old = sort_word_files(paths), self._words or WordFiles()
        self._set_words(WordFiles(new.text or old.text, new.tokenizer or old.tokenizer))

    def _remove_words(self) -> None:
        from finder.use_cases.models.word_files import WordFiles

        self._set_words(WordFiles())

    def _set_words(self, words: WordFiles) -> None:
        if self._dialog is not None:
            self._stop_work()
            self._words = words
            self._inspect(self._dialog)

    # Trying

    def _try_soon(self) -> None:
        """Try what is chosen, once the user changes nothing more for a moment."""
        self._stop_work()
        self._trial_timer.start()

    def _inspect_soon(self) -> None:
        self._must_inspect = True
        self._try_soon()
        if self._dialog is not None:
            self._dialog.show_reading()

    def _act_on_change(self) -> None:
        if self._dialog is None:
            return
        if self._must_inspect:
            self._must_inspect = False
            self._inspect(self._dialog)
        else:
            self._try(self._dialog)

    def _try(self, dialog: ImportDialog) -> None:
        from finder.jobs.import_preview import ImportPreview, preview_import

        feature, proposal = dialog.form.chosen_feature(), self._proposal
        if proposal is None or feature is None:
            dialog.show_node_missing()
            return
        dialog.show_trial(ImportPreview())
        stop, self._names = CancelToken(), SimpleQueue()
        if self._add_as:
            self._names.put(self._add_as)
        preset, findings = dialog.form.chosen_preset(), proposal.findings
        chosen = findings, feature, preset, proposal.text
        self._trying = self._task_runner.run(
            Lane.IMPORT,
            partial(preview_import, self._home, *chosen, self._names, stop),
            dialog.show_trial,
            partial(self._added, dialog),
            partial(self._show_failure, dialog),
            stop,
        )

    # Adding

    def _check_name(self, name: str) -> None:
        from finder.use_cases.models.import_model import require_model_name

        if self._checking is not None:
            self._checking.drop()
        if self._dialog is not None:
            self._checking = self._task_runner.call(
                Lane.QUICK,
                partial(require_model_name, self._home, name),
                partial(self._show_name_is_good, self._dialog),
                partial(self._show_name_error, self._dialog),
            )

    def _show_name_is_good(self, dialog: ImportDialog, _: None) -> None:
        dialog.show_name_problem("")

    def _show_name_error(self, dialog: ImportDialog, error: BaseException) -> None:
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        else:
            dialog.show_name_problem(message.text)

    def _add(self, name: str) -> None:
        if self._dialog is None:
            return
        again, self._add_as = bool(self._add_as), name
        if again:  # it failed, and the truncated model is gone
            self._try(self._dialog)
        else:
            self._dialog.show_adding()
            self._names.put(name)

    def _added(self, dialog: ImportDialog, trial: ImportPreview) -> None:
        dialog.accept()
        self.added.emit(trial.added)

    # Ending

    def _show_failure(self, dialog: ImportDialog, error: BaseException) -> None:
        message = message_for(error)
        if message is None:
            dialog.reject()
            self.failed.emit(error)
        else:
            dialog.show_problem(message, can_add_again=bool(self._add_as))

    def _stop_work(self) -> None:
        """Cancel the tasks; the truncated model is deleted."""
        self._add_as = ""
        self._trial_timer.stop()
        if self._inspecting is not None:
            self._inspecting.drop()
        if self._trying is not None:
            self._trying.cancel()
            self._trying.drop()

    def _dialog_closed(self, _: QDialog.DialogCode) -> None:
        self._stop_work()
        if self._checking is not None:
            self._checking.drop()
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._dialog = None
