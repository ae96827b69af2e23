"""Adds words from files to installed models, while the models dialog is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr
from finder.gui.models.model_view import Activity
from finder.jobs.task_runner import Lane, Run, TaskRunner
from finder.use_cases.models.word_files import WordFiles, sort_word_files, words_untried

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.gui.models.model_activities import ModelActivities
    from finder.use_cases.models.import_model import ImportTrial

Misfit = Callable[[str], object]
"""Gets the sentence on why the words do not belong to the model."""


class ModelWords(QObject):
    """Signal: words_added, when a model understands words now."""

    words_added = Signal()

    def __init__(
        self, home: Home, task_runner: TaskRunner, activities: ModelActivities, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._home = home
        self._task_runner = task_runner
        self._activities = activities
        self._runs: dict[str, Run] = {}

    def add(self, spec: ModelSpec, paths: Sequence[str], ask: Misfit, force: bool = False) -> None:
        """Inspect the files, compare them with the sample pictures, and add them. ask: is called
        where they do not fit; force: they are added even so."""
        from finder.use_cases.models.add_words import add_words_from_files

        name, stop = spec.name, CancelToken()
        is_next = not self._task_runner.busy(Lane.IMPORT)
        waiting = "" if is_next else tr("Waiting for another model …")
        self._activities.begin(name, waiting or tr("Reading the text tower …"), can_cancel=True)
        files: WordFiles = sort_word_files(paths)
        self._runs[name] = self._task_runner.run(
            Lane.IMPORT,
            partial(add_words_from_files, self._home, name, files, stop, force),
            partial(self._show_progress, name),
            partial(self._end, spec),
            partial(self._fail, name, ask),
            stop,
        )

    def cancel(self, name: str) -> None:
        run = self._runs.pop(name, None)
        if run is not None:
            run.cancel()
            run.drop()
            self._activities.end(name)

    def cancel_all(self) -> None:
        for name in list(self._runs):
            self.cancel(name)

    def _show_progress(self, name: str, trial: ImportTrial) -> None:
        matches = trial.matches
        if matches is None:
            self._activities.begin(name, tr("Reading the text tower …"), can_cancel=True)
        else:
            text = tr("Trying the sample pictures: {done} of {total}")
            text = text.format(done=matches.done, total=matches.total)
            # The bar counts in thousands.
            done, total = 1_000 * matches.done, 1_000 * matches.total
            self._activities.show_progress(name, Activity(text, done, total, can_cancel=True))

    def _end(self, spec: ModelSpec, trial: ImportTrial) -> None:
        from finder.gui.models.word_texts import fit_text

        del self._runs[spec.name]
        self.words_added.emit()
        words = trial.matches.words if trial.matches else None
        hint = tr("Describe what you look for in the field at the top of the window.")
        fit = f"{fit_text(words)}." if words is not None else words_untried()
        hint = f"{fit} {hint}"
        title = tr("{title} understands words now.").format(title=spec.title)
        self._activities.end(spec.name, title, hint)

    def _fail(self, name: str, ask: Misfit, error: BaseException) -> None:
        from finder.use_cases.models.import_model import UnfittingWordsError

        del self._runs[name]
        if isinstance(error, UnfittingWordsError):
            self._activities.end(name)
            ask(error.sentence)
        else:
            self._activities.fail(name, error)
