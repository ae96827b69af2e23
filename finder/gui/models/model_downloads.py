"""Installs offered models, one after the other, also while the models dialog is closed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.i18n import tr
from finder.core.web.remote_file import DownloadProgress, Stage
from finder.gui.common.notices.messages import message_for
from finder.gui.models.model_view import Activity
from finder.jobs.task_runner import Lane, Run, TaskRunner
from finder.use_cases.models.install_model import install_model

if TYPE_CHECKING:
    from finder.core.models.downloads.offers import Offer
    from finder.core.paths import Home
    from finder.gui.models.model_activities import ModelActivities


class ModelDownloads(QObject):
    """Signals: model_installed(Offer), also where an installed model got its words; then, after the
    dialog is updated, ended(Offer) for a new model. After a failure: failed(Offer, Message)."""

    model_installed = Signal(object)
    ended = Signal(object)
    failed = Signal(object, object)

    def __init__(
        self, home: Home, task_runner: TaskRunner, activities: ModelActivities, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._home = home
        self._task_runner = task_runner
        self._activities = activities
        self._runs: dict[str, Run] = {}

    def count(self) -> int:
        """The number of models that are being downloaded or queued."""
        return len(self._runs)

    def install(self, offer: Offer, given: Sequence[Path] = (), adds_words: bool = False) -> None:
        """Download a model, or install it from files that the user has. adds_words: it is
        installed, and gets its words."""
        name = offer.spec.name
        if name in self._runs:
            return
        text = tr("Waiting for another model …") if self._runs else tr("Starting …")
        self._activities.begin(name, text, can_cancel=True)
        self._runs[name] = self._task_runner.run(
            Lane.DOWNLOAD,
            partial(install_model, self._home, offer, given),
            partial(self._show_progress, name),
            partial(self._end, offer, adds_words),
            partial(self._fail, offer),
        )

    def cancel(self, name: str) -> None:
        run = self._runs.get(name)
        if run is None:
            return
        run.cancel()
        if run.latest is None:  # queued: its callback would come only after the others
            run.drop()
            del self._runs[name]
            self._activities.end(name)
        else:
            self._activities.begin(name, tr("Stopping …"))

    def _show_progress(self, name: str, step: DownloadProgress) -> None:
        from finder.gui.models.model_facts import progress_text

        if not self._runs[name].cancelled:
            is_loading = step.stage in (Stage.LOADING, Stage.CHECKING)
            total = (step.total or 0) if is_loading else 0
            can_cancel = step.stage is not Stage.PREPARING
            self._activities.show_progress(
                name, Activity(progress_text(step), step.done, total, can_cancel)
            )

    def _end(self, offer: Offer, adds_words: bool, step: DownloadProgress | None) -> None:
        name = offer.spec.name
        del self._runs[name]
        if step is None or step.stage is not Stage.DONE:
            has_part = step is not None and bool(step.host and step.done)
            hint = tr("What was downloaded is kept; the next download continues from there.")
            self._activities.end(name, tr("The download was cancelled."), hint if has_part else "")
            return
        self.model_installed.emit(offer)
        if adds_words:
            text = tr("{title} understands words now.").format(title=offer.spec.title)
            hint = tr("Describe what you look for in the field at the top of the window.")
            self._activities.end(name, text, hint)
            return
        hint = tr("It is in the models menu, too.")
        self._activities.end(name, tr("{title} is installed.").format(title=offer.spec.title), hint)
        self.ended.emit(offer)

    def _fail(self, offer: Offer, error: BaseException) -> None:
        name = offer.spec.name
        del self._runs[name]
        self._activities.fail(name, error)
        message = message_for(error)
        if message is not None:
            self.failed.emit(offer, message)
