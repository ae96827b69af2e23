"""Opens the teach dialog, to which each way of teaching adds its page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from finder.gui.teaching.quick_teaching import QuickTeaching, Refresh
from finder.gui.teaching.training_controller import TrainingController
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.gui.common.label_source_form import ChooseFolder
    from finder.gui.teaching.teach_dialog import TeachDialog
    from finder.jobs.library_teaching import LibraryTeaching
    from finder.jobs.library_training import LibraryTraining
    from finder.use_cases.evaluation.labelled_vectors import LabelSource
    from finder.use_cases.library.library_overview import Overview


class TeachingController(QObject):
    """At most one dialog is open. `quick` and `training` have the signals."""

    def __init__(
        self,
        overview: Callable[[], Overview],
        refresh: Refresh,
        choose_folder: ChooseFolder,
        task_runner: TaskRunner,
        teaching: LibraryTeaching,
        training: LibraryTraining,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self.quick = QuickTeaching(overview, refresh, choose_folder, task_runner, teaching, self)
        self.training = TrainingController(
            overview, refresh, choose_folder, task_runner, training, self
        )
        self._task_runner = task_runner
        self._window = window
        self._dialog: TeachDialog | None = None

    def open(self, source: LabelSource | None = None) -> None:
        """Show the dialog, or bring it to the front. source: the labels to choose at first."""
        from finder.gui.common.plot import import_plots
        from finder.gui.teaching.teach_dialog import TeachDialog

        if self._dialog is not None:
            if source is not None:
                self.quick.show_source(source)
                self.training.show_source(source)
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        self._dialog = dialog = TeachDialog(self._window)
        self.quick.enter(dialog, source)
        self.training.enter(dialog, source)
        dialog.finished.connect(partial(self._closed, dialog))
        dialog.show()
        self._task_runner.call(Lane.IMPORT, import_plots)

    def _closed(self, dialog: TeachDialog, _: int) -> None:
        self._dialog = None
        self.quick.leave()
        self.training.leave()
        dialog.deleteLater()
