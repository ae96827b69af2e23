"""Queues indexing runs and runs them one at a time; shows their progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.errors import LibraryBusyError
from finder.core.i18n import tr, trn
from finder.core.library.indexing.summary import has_news, whole_summary
from finder.jobs.task_runner import Lane, Run, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Phase, Progress
    from finder.core.models.spec import ModelSpec
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.indexing_estimate import Survey

LARGE = 2_000
"""Above this many pictures the user is shown how long each model will take, and may choose."""

_REFRESH_SECONDS = 2.0  # a batch is stored as often
_SHOWN_AFTER_SECONDS = 2.0


@dataclass
class _Job:
    """A run: folders to bring up to date with these models. is_planned: the user has seen the plan;
    in_background: not started by the user, so it is shown only if it takes long; paused, cancelled:
    the user's requests, which may precede the start of the run; later: models of the run after
    it; moved_from: what the only folder was called before it was moved (“Locate…”); retries: the
    skipped files are read again."""

    folders: list[str]
    specs: list[ModelSpec]
    is_planned: bool = False
    in_background: bool = False
    shown: bool = False
    moved_from: str = ""
    retries: bool = False
    later: list[ModelSpec] = field(default_factory=list)
    paused: bool = False
    cancelled: bool = False


@dataclass(frozen=True)
class RunEnd:
    """How a run over folders ended. progress: the last one, None if there was none; error: what
    stopped it."""

    folders: tuple[str, ...]
    in_background: bool
    cancelled: bool = False
    progress: Progress | None = None
    error: BaseException | None = None


class IndexController(QObject):
    """Signals: started(headline), once a run is shown; progressed(Progress, specs); stored (more
    can be found now); plan_needed(Survey, specs), which `answer_plan` answers; failed(error);
    finished(summary, empty if there is nothing to show); last run_ended(RunEnd)."""

    started = Signal(str)
    progressed = Signal(object, object)
    finished = Signal(str)
    failed = Signal(object)
    stored = Signal()
    plan_needed = Signal(object, object)
    run_ended = Signal(object)

    def __init__(self, task_runner: TaskRunner, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._task_runner = task_runner
        self._workspace = workspace
        self._queue: list[_Job] = []
        self._failed: list[_Job] = []
        self._job: _Job | None = None
        self._run: Run | None = None
        self._phase: Phase | None = None
        self._refreshed_at = 0.0
        self._started_at = 0.0

    @property
    def busy(self) -> bool:
        return self._job is not None

    @property
    def folders(self) -> Sequence[str]:
        """Those of the current run; none without one."""
        return self._job.folders if self._job is not None else ()

    @property
    def shown(self) -> bool:
        """Whether a run is under way that the user can see."""
        return self._job is not None and self._job.shown

    def index(
        self, folders: Sequence[str], specs: Sequence[ModelSpec], is_planned: bool = False
    ) -> None:
        """Index folders with models, after the runs that are queued already."""
        if folders and specs:
            self._queue.append(_Job(list(folders), list(specs), is_planned))
            self._next()

    def index_in_background(self, folders: Sequence[str], specs: Sequence[ModelSpec]) -> None:
        """Index folders without showing it, unless it takes long; all queued runs of this kind
        become one."""
        waiting = [job for job in self._queue if job.in_background]
        self._queue = [job for job in self._queue if not job.in_background]
        merged = dict.fromkeys(folder for job in waiting for folder in job.folders)
        merged.update(dict.fromkeys(folders))
        self._queue.append(_Job(list(merged), list(specs), in_background=True))
        self._next()

    def locate(self, old: str, new: str, specs: Sequence[ModelSpec]) -> None:
        """Follow an offline folder to its new place, after the runs that are queued already."""
        self._queue.append(_Job([new], list(specs), is_planned=True, moved_from=old))
        self._next()

    def retry_skipped(self, folders: Sequence[str], specs: Sequence[ModelSpec]) -> None:
        """Read the skipped files of these folders again, after the runs that are queued already."""
        if folders and specs:
            self._queue.append(_Job(list(folders), list(specs), is_planned=True, retries=True))
            self._next()

    def answer_plan(self, first: Sequence[ModelSpec], later: Sequence[ModelSpec]) -> None:
        """The user's choice: the models to begin with, and those to follow; without a first one,
        nothing is indexed."""
        job = self._job
        if job is None:
            return
        if not first:
            self._end_unstarted()
            return
        job.specs, job.later, job.is_planned = list(first), list(later), True
        self._start(job)

    def pause(self, paused: bool) -> None:
        if self._job is not None:
            self._job.paused = paused
        if self._run is not None:
            (self._run.pause if paused else self._run.resume)()

    def cancel(self) -> None:
        """Stop the run and clear the queue. What was indexed is kept."""
        self._queue.clear()
        if self._job is not None:
            self._job.later = []
            self._job.cancelled = True
        if self._run is not None:
            self._run.cancel()

    def _next(self) -> None:
        if self._job is not None or not self._queue:
            return
        self._job = job = self._queue.pop(0)
        self._started_at = time.monotonic()
        if not job.in_background:
            self._show(job)
        if job.is_planned or job.in_background:
            self._start(job)
        else:
            self._run = self._task_runner.run(
                Lane.LIBRARY,
                partial(self._workspace.survey, job.folders, job.specs, LARGE),
                lambda _: None,
                self._surveyed,
                self._fail,
            )

    def _show(self, job: _Job) -> None:
        job.shown = True
        self.started.emit(_headline(job.folders))

    def _surveyed(self, survey: Survey | None) -> None:
        job, self._run = self._job, None
        if job is None:
            return
        if job.cancelled or survey is None:
            self._end_unstarted()
        elif survey.seconds and len(job.specs) > 1:
            self.plan_needed.emit(survey, job.specs)
        else:
            self._start(job)

    def _start(self, job: _Job) -> None:
        self._phase = None
        self._run = self._task_runner.run(
            Lane.LIBRARY,
            partial(self._steps(job), job.folders, job.specs),
            self._show_progress,
            self._finish,
            self._fail,
        )
        if job.paused:
            self._run.pause()

    def _steps(self, job: _Job) -> Callable[..., Generator[Progress]]:
        if job.moved_from:
            return lambda folders, _: self._workspace.locate(job.moved_from, folders[0])
        if job.retries:
            return lambda _, __: self._workspace.retry_skipped()
        return self._workspace.update if job.in_background else self._workspace.index

    def _show_progress(self, progress: Progress) -> None:
        job = self._job
        if job is None:
            return
        if not job.shown:
            if time.monotonic() - self._started_at < _SHOWN_AFTER_SECONDS or not progress.total:
                return
            self._show(job)
        self.progressed.emit(progress, job.specs)
        if (
            progress.phase is not self._phase
            or time.monotonic() - self._refreshed_at > _REFRESH_SECONDS
        ):
            self._phase = progress.phase
            self._refreshed_at = time.monotonic()
            self.stored.emit()

    def _finish(self, progress: Progress | None) -> None:
        job, run = self._job, self._run
        if job is None:
            return
        cancelled = run is not None and run.cancelled
        if job.later and not cancelled:
            self._queue.insert(0, _Job(job.folders, job.later, True))
        self._end(_summary(job, progress, cancelled))
        self.run_ended.emit(RunEnd(tuple(job.folders), job.in_background, cancelled, progress))

    def retry(self) -> None:
        """Run again what failed, and what was queued behind it."""
        self._queue.extend(replace(job, paused=False, cancelled=False) for job in self._failed)
        self._failed = []
        self._next()

    def _fail(self, error: BaseException) -> None:
        job = self._job
        if job is not None and job.in_background and isinstance(error, LibraryBusyError):
            self._end("")
        else:
            self._failed = [job for job in (self._job, *self._queue) if job is not None]
            self._queue.clear()
            self._end("")
            self.failed.emit(error)
        if job is not None:
            self.run_ended.emit(RunEnd(tuple(job.folders), job.in_background, error=error))

    def _end_unstarted(self) -> None:
        job = self._job
        self._end(tr("Nothing was indexed."))
        if job is not None:
            self.run_ended.emit(RunEnd(tuple(job.folders), job.in_background, cancelled=True))

    def _end(self, text: str) -> None:
        is_visible = bool(text) or self.shown
        self._job = self._run = None
        if is_visible:
            self.stored.emit()
        self.finished.emit(text)
        self._next()


def _summary(job: _Job, progress: Progress | None, cancelled: bool) -> str:
    """For the status line; empty for a run in the background that changed nothing."""
    if progress is None:
        return ""
    if job.in_background and not cancelled and not has_news(progress):
        return ""
    return whole_summary(progress, cancelled)


def _headline(folders: Sequence[str]) -> str:
    if len(folders) == 1:
        return tr("Scanning {folder} …").format(folder=folders[0])
    return trn("Scanning {n} folder …", "Scanning {n} folders …", len(folders))
