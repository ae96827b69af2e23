"""The full way of the teach dialog: trains a network in another process, and shows how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr
from finder.gui.common.notices.messages import Message, message_for
from finder.gui.teaching.training_checks import TrainingChecks
from finder.jobs.task_runner import Lane, Run, TaskRunner
from finder.jobs.training_process import TrainingCrashed, TrainingProcess

if TYPE_CHECKING:
    from finder.core.training.messages import TrainingState
    from finder.core.training.settings import Settings
    from finder.gui.common.label_source_form import ChooseFolder
    from finder.gui.teaching.quick_teaching import Refresh
    from finder.gui.teaching.teach_dialog import TeachDialog
    from finder.gui.teaching.training_page import TrainingPage
    from finder.jobs.library_training import LibraryTraining
    from finder.use_cases.evaluation.labelled_vectors import LabelSource
    from finder.use_cases.library.library_overview import Overview


class TrainingController(QObject):
    """One training at a time. It goes on while the dialog is closed, which shows it when it is
    opened again; it ends with the window, and can go on later.

    Signals: index_requested(name of the new model); ended(sentence), while no dialog shows it;
    failed(error), without a message or a dialog that shows it.
    """

    index_requested = Signal(str)
    ended = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        overview: Callable[[], Overview],
        refresh: Refresh,
        choose_folder: ChooseFolder,
        task_runner: TaskRunner,
        training: LibraryTraining,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._overview, self._refresh = overview, refresh
        self._choose_folder = choose_folder
        self._task_runner = task_runner
        self._training = training
        self._page: TrainingPage | None = None
        self._checks = TrainingChecks(training, task_runner, self._message)
        self._settings: Settings | None = None
        self._state: TrainingState | None = None
        self._process: TrainingProcess | None = None
        self._run: Run | None = None
        self._is_paused = self._is_keeping = self._is_usable = False

    # The dialog

    def enter(self, dialog: TeachDialog, source: LabelSource | None = None) -> None:
        """Add the page to the dialog. source: what is chosen at first."""
        from finder.gui.teaching.training_page import TrainingPage

        self._page = page = TrainingPage()
        dialog.add_way(tr("Full"), page, page.actions_row)
        page.form.network.show_models(self._overview().models)
        self._connect(dialog, page)
        folders = [folder.path for folder in self._overview().folders]
        self._show_folders(folders if source is None else source.folders)
        self._checks.look()
        self._checks.propose_name()
        if self._settings is not None and self._state is not None:
            self._show(page, self._settings, self._state)
            dialog.show_way(page)

    def show_source(self, source: LabelSource) -> None:
        """Choose these labels, if they are those of one folder, unless something is trained or
        was."""
        if self._settings is None:
            self._show_folders(source.folders)

    def _show_folders(self, folders: Sequence[str]) -> None:
        if self._page is not None and len(folders) == 1:
            self._page.form.set_folder(folders[0])

    def _connect(self, dialog: TeachDialog, page: TrainingPage) -> None:
        title = tr("A folder whose subfolders are labels")
        form = page.form
        form.folder_requested.connect(lambda: self._choose_folder(dialog, form.set_folder, title))
        self._checks.enter(dialog, page)
        page.start_requested.connect(self._start)
        page.pause_requested.connect(partial(self._pause, True))
        page.go_on_requested.connect(partial(self._pause, False))
        page.keep_requested.connect(self._keep)
        page.stop_requested.connect(self._stop)
        page.again_requested.connect(self._begin_another)
        page.index_requested.connect(self._index)

    def _show(self, page: TrainingPage, settings: Settings, state: TrainingState) -> None:
        """What is trained, or was."""
        if state.outcome is not None:
            page.show_trained(settings, state, page.form.network.titles)
            if self._is_usable:
                page.show_usable()
            return
        page.form.show_running(settings)
        page.show_started(settings)
        page.show_paused(self._is_paused)
        page.show_state(state)
        if self._is_keeping:
            page.show_keeping()
        if self._run is not None and self._run.cancelled:
            page.show_stopping()

    def leave(self) -> None:
        """Call when the dialog is closed."""
        self._page = None
        self._checks.leave()

    # Training

    def _start(self) -> None:
        page = self._page
        if page is None or self._run is not None:
            return
        settings, token = page.form.settings(), CancelToken()
        self._settings, self._state = settings, None
        self._is_paused = self._is_keeping = self._is_usable = False
        self._checks.batches.pop(settings.name, None)
        self._process = self._training.process(settings, page.form.restarts, token)
        self._run = self._task_runner.run(
            Lane.TRAINING,
            self._process.states,
            self._show_progress,
            self._ended,
            self._failed,
            token,
        )
        page.show_started(settings)

    def _show_progress(self, state: TrainingState) -> None:
        self._state = state
        run = self._run
        if self._page is not None and run is not None and not run.cancelled:
            self._page.show_state(state)

    def _pause(self, is_paused: bool) -> None:
        if self._process is None or self._page is None:
            return
        self._is_paused = is_paused
        if is_paused:
            self._process.pause()
        else:
            self._process.go_on()
        self._page.show_paused(is_paused)
        if self._state is not None:
            self._page.show_state(self._state)

    def _keep(self) -> None:
        if self._process is not None and self._page is not None:
            self._is_paused, self._is_keeping = False, True
            self._process.keep()
            self._page.show_keeping()

    def _stop(self) -> None:
        if self._run is not None and self._page is not None:
            self._run.cancel()
            self._page.show_stopping()

    # How it ends

    def _ended(self, last: TrainingState) -> None:
        """Also after it was stopped, perhaps too late: the process may still have said more."""
        if self._process is not None:
            last = self._process.state
        self._process = self._run = None
        self._state = last
        if last.outcome is None:
            self._forget()
            self._refresh(_nothing)
            self._checks.back_to_form(lambda page: page.show_stopped())
            return
        page = self._page
        if page is not None and self._settings is not None:
            page.show_trained(self._settings, last, page.form.network.titles)
        else:
            self.ended.emit(tr("The model {name} is trained.").format(name=last.outcome.name))
        self._refresh(self._show_usable)

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, TrainingCrashed):
            self._propose_fewer()
        self._process = self._run = None
        self._forget()
        if self._page is None:
            self.failed.emit(error)
            return
        message = self._message(error)
        if message is None:
            self._checks.back_to_form(lambda page: page.end_busy())
        else:
            self._checks.back_to_form(lambda page: page.show_failure(message))

    def _propose_fewer(self) -> None:
        """It may have run out of memory."""
        outline = self._process.state.outline if self._process is not None else None
        if self._settings is not None and outline is not None and outline.batch > 1:
            self._checks.batches[self._settings.name] = outline.batch // 2

    def _show_usable(self) -> None:
        """The window knows the new model."""
        self._is_usable = True
        if self._page is not None:
            self._page.show_usable()
            self._page.form.network.show_models(self._overview().models)

    def _index(self, name: str) -> None:
        """Without a folder, the user is asked for one, and may choose none."""
        self.index_requested.emit(name)
        if self._page is not None and self._overview().folders:
            self._page.show_indexing()

    def _begin_another(self) -> None:
        self._forget()
        self._checks.propose_name()

    def _forget(self) -> None:
        """What was trained, or was not."""
        self._settings = self._state = None

    def _message(self, error: BaseException) -> Message | None:
        """None for a bug, which is reported."""
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        return message


def _nothing() -> None:
    """There is nothing to do then."""
