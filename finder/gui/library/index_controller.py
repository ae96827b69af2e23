"""Decides what is indexed, with which models, in which order. One run at a time, others wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.errors import LibraryBusyError
from finder.core.i18n import tr, trn
from finder.core.library.indexing.summary import whole_summary
from finder.jobs.task_runner import Lane, Run, TaskRunner
from finder.jobs.workspace import Survey, Workspace

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Phase, Progress
    from finder.core.models.spec import ModelSpec

LARGE = 2_000
"""Above this many pictures the user is shown how long each model will take, and may choose."""


_TELL_EVERY = 2.0  # seconds: how often a batch is stored, too
_QUIET_SECONDS = 2.0


@dataclass
class _Job:
    """folders to bring up to date with models; asked: the user has seen the plan; quiet: nobody
    has asked for it, so it is shown only once it takes long; paused, cancelled: what the user
    wants, said perhaps before the run has begun."""

    folders: list[str]
    specs: list[ModelSpec]
    asked: bool = False
    quiet: bool = False
    shown: bool = False
    later: list[ModelSpec] = field(default_factory=list)
    paused: bool = False
    cancelled: bool = False


@dataclass(frozen=True)
class RunEnd:
    """How a run over folders ended. progress: its last word, None if it came to nothing; error:
    what stopped it."""

    folders: tuple[str, ...]
    quiet: bool
    cancelled: bool = False
    progress: Progress | None = None
    error: BaseException | None = None


class IndexController(QObject):
    """Signals: began(headline), progressed(Progress, specs), ended(summary), failed(error),
    stored (something new can be found), plan_wanted(Survey, specs), over(RunEnd)."""

    began = Signal(str)
    progressed = Signal(object, object)
    ended = Signal(str)
    failed = Signal(object)
    stored = Signal()
    plan_wanted = Signal(object, object)
    over = Signal(object)

    def __init__(self, door: TaskRunner, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._door = door
        self._workspace = workspace
        self._queue: list[_Job] = []
        self._failed: list[_Job] = []
        self._job: _Job | None = None
        self._run: Run | None = None
        self._phase: Phase | None = None
        self._told_at = 0.0
        self._began_at = 0.0

    @property
    def busy(self) -> bool:
        return self._job is not None

    @property
    def shown(self) -> bool:
        """Whether the user has been told of a run that is under way."""
        return self._job is not None and self._job.shown

    def index(
        self, folders: Sequence[str], specs: Sequence[ModelSpec], asked: bool = False
    ) -> None:
        """Index folders with models, after what is under way already."""
        if folders and specs:
            self._queue.append(_Job(list(folders), list(specs), asked))
            self._next()

    def keep_up(self, folders: Sequence[str], specs: Sequence[ModelSpec]) -> None:
        """Index folders without a word, as far as that is possible; all that are waiting for
        this become one run."""
        waiting = [job for job in self._queue if job.quiet]
        self._queue = [job for job in self._queue if not job.quiet]
        gathered = dict.fromkeys(folder for job in waiting for folder in job.folders)
        gathered.update(dict.fromkeys(folders))
        self._queue.append(_Job(list(gathered), list(specs), quiet=True))
        self._next()

    def answer_plan(self, first: Sequence[ModelSpec], later: Sequence[ModelSpec]) -> None:
        """The user's choice: these models first, those afterwards; neither: not at all."""
        job = self._job
        if job is None:
            return
        if not first:
            self._end_unbegun()
            return
        job.specs, job.later, job.asked = list(first), list(later), True
        self._start(job)

    def pause(self, paused: bool) -> None:
        if self._job is not None:
            self._job.paused = paused
        if self._run is not None:
            (self._run.pause if paused else self._run.resume)()

    def cancel(self) -> None:
        """Stop the run and drop what waits. What was done is kept."""
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
        self._began_at = time.monotonic()
        if not job.quiet:
            self._show(job)
        if job.asked or job.quiet:
            self._start(job)
        else:
            self._run = self._door.run(
                Lane.LIBRARY,
                partial(self._workspace.survey, job.folders, job.specs, LARGE),
                lambda _: None,
                self._surveyed,
                self._fail,
            )

    def _show(self, job: _Job) -> None:
        job.shown = True
        self.began.emit(_headline(job.folders))

    def _surveyed(self, survey: Survey | None) -> None:
        job, self._run = self._job, None
        if job is None:
            return
        if job.cancelled or survey is None:
            self._end_unbegun()
        elif survey.seconds and len(job.specs) > 1:
            self.plan_wanted.emit(survey, job.specs)
        else:
            self._start(job)

    def _start(self, job: _Job) -> None:
        self._phase = None
        self._run = self._door.run(
            Lane.LIBRARY,
            partial(self._steps(job), job.folders, job.specs),
            self._look,
            self._finish,
            self._fail,
        )
        if job.paused:
            self._run.pause()

    def _steps(self, job: _Job) -> Callable[..., Generator[Progress]]:
        return self._workspace.keep_up if job.quiet else self._workspace.index

    def _look(self, progress: Progress) -> None:
        job = self._job
        if job is None:
            return
        if not job.shown:
            if time.monotonic() - self._began_at < _QUIET_SECONDS or not progress.total:
                return
            self._show(job)
        self.progressed.emit(progress, job.specs)
        if progress.phase is not self._phase or time.monotonic() - self._told_at > _TELL_EVERY:
            self._phase = progress.phase
            self._told_at = time.monotonic()
            self.stored.emit()

    def _finish(self, progress: Progress | None) -> None:
        job, run = self._job, self._run
        if job is None:
            return
        cancelled = run is not None and run.cancelled
        if job.later and not cancelled:
            self._queue.insert(0, _Job(job.folders, job.later, True))
        self._end(_words(job, progress, cancelled))
        self.over.emit(RunEnd(tuple(job.folders), job.quiet, cancelled, progress))

    def retry(self) -> None:
        """Do again what failed, and what waited behind it."""
        self._queue.extend(replace(job, paused=False, cancelled=False) for job in self._failed)
        self._failed = []
        self._next()

    def _fail(self, error: BaseException) -> None:
        job = self._job
        if job is not None and job.quiet and isinstance(error, LibraryBusyError):
            self._end("")
        else:
            self._failed = [job for job in (self._job, *self._queue) if job is not None]
            self._queue.clear()
            self._end("")
            self.failed.emit(error)
        if job is not None:
            self.over.emit(RunEnd(tuple(job.folders), job.quiet, error=error))

    def _end_unbegun(self) -> None:
        job = self._job
        self._end(tr("Nothing was indexed."))
        if job is not None:
            self.over.emit(RunEnd(tuple(job.folders), job.quiet, cancelled=True))

    def _end(self, text: str) -> None:
        news = text or self.shown
        self._job = self._run = None
        if news:
            self.stored.emit()
        self.ended.emit(text)
        self._next()


def _words(job: _Job, progress: Progress | None, cancelled: bool) -> str:
    """What is said at the end; nothing where nobody asked and nothing was done."""
    if progress is None:
        return ""
    counts = progress.counts
    if job.quiet and not job.shown and not (counts.opened or counts.removed or progress.moved):
        return ""
    return whole_summary(progress, cancelled)


def _headline(folders: Sequence[str]) -> str:
    if len(folders) == 1:
        return tr("Scanning {folder} …").format(folder=folders[0])
    return trn("Scanning {n} folder …", "Scanning {n} folders …", len(folders))
