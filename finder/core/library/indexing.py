"""Folders → library: a plain generator that yields progress and may be closed at any `yield`.

What was finished when it is closed is stored first; the next run goes on from there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import replace
from itertools import islice

from finder.core.errors import FinderError, Reason
from finder.core.library.crew import Crew
from finder.core.library.plan import Plan, outermost
from finder.core.library.presence import place_of
from finder.core.library.progress import Counts, ModelProgress, Phase, Progress, RateMeter
from finder.core.library.worker import Tools, Worked, work
from finder.core.library.writer import LibraryWriter, Outcome
from finder.core.models.extract import Extractors
from finder.core.models.spec import ModelSpec
from finder.core.pictures.scan import FoundFile, FoundTrouble, is_within
from finder.core.text import tr

_BATCH = 64
_BATCH_SECONDS = 2.0
_BEHIND = 4  # batches that may wait for the disk before the workers do
_AHEAD = 3  # files handed out for each worker
_LOOK_EVERY = 0.1  # seconds between two yields, about, while workers are busy


def index(
    writer: LibraryWriter,
    folders: Sequence[str],
    specs: Sequence[ModelSpec],
    extractors: Extractors,
    crew: Crew,
    patient: bool = False,
) -> Generator[Progress]:
    """Bring the library up to date with the folders, for these models.

    folders become part of the library; what was known below them and is gone is removed, unless
    the whole folder is away or empty (a drive that is not plugged in). patient: a file that was
    written just now and has a fault is left for another run. Raises FinderError.
    """
    return _Run(writer, folders, specs, extractors, crew, patient).steps()


class _Run:
    def __init__(
        self,
        writer: LibraryWriter,
        folders: Sequence[str],
        specs: Sequence[ModelSpec],
        extractors: Extractors,
        crew: Crew,
        patient: bool,
    ) -> None:
        self._writer = writer
        self._folders = outermost(folders)
        self._all_folders = [os.path.abspath(folder) for folder in folders]
        self._specs = specs
        self._extractors = extractors
        self._crew = crew
        self._patient = patient
        self._counts = Counts()
        self._model_seconds = {spec.name: [0.0, 0] for spec in specs}
        self._done = 0
        self._meter = RateMeter()

    def steps(self) -> Generator[Progress]:
        with self._writer.catalogue.transaction():
            for folder in self._all_folders:
                self._writer.catalogue.add_folder(folder)
        self._writer.adopt(self._specs)
        self._writer.finish_removals()
        self._plan = Plan(self._writer.catalogue, self._specs)
        self._model_done = self._plan.model_done
        for folder in self._folders:
            for found in self._plan.look_at(folder):
                yield self._look(Phase.SCANNING, found)
        if self._plan.todo:
            yield from self._extract_all()
        yield self._look(Phase.FINISHING)
        self._finish()
        yield self._look(Phase.DONE)

    # Extracting

    def _extract_all(self) -> Generator[Progress]:
        yield self._look(Phase.LOADING)
        tools = Tools(
            [self._extractors.get(spec) for spec in self._specs],
            self._writer.embedded,
            self._writer.home.thumbs,
            self._patient,
        )
        waiting = (file for file in self._plan.todo if not self._is_offline(file.path))
        running: set[Future[Worked]] = set()
        storing = _Storing(self._writer, self._crew.storing)
        looked_at = time.monotonic()
        try:
            while True:
                if not storing.is_behind:
                    for file in islice(waiting, _AHEAD * self._crew.size - len(running)):
                        running.add(self._crew.extracting.submit(work, file, tools))
                if not running and not storing.is_behind:
                    break
                done, running = wait(running, _LOOK_EVERY, FIRST_COMPLETED)
                outcomes = [self._note(future.result()) for future in done]
                storing.take(outcome for outcome in outcomes if outcome is not None)
                if not running:
                    storing.wait_a_moment()
                if time.monotonic() - looked_at >= _LOOK_EVERY:
                    yield self._look(Phase.EXTRACTING)
                    looked_at = time.monotonic()
        finally:
            for future in running:
                future.cancel()
            storing.finish()
        yield self._look(Phase.EXTRACTING)

    def _note(self, worked: Worked) -> Outcome | None:
        """Count a finished file. None: nothing is to be stored of it."""
        outcome = worked.outcome
        self._done += 1
        if outcome.reason in _AS_IF_AWAY and self._lost_drive(outcome.file.path):
            return None
        if not worked.settled:
            self._counts = replace(self._counts, unsettled=self._counts.unsettled + 1)
            return None
        for name, seconds in worked.seconds.items():
            self._model_seconds[name][0] += seconds
            self._model_seconds[name][1] += 1
        if outcome.picture is not None:
            for name in self._plan.partly.get(outcome.file.path, tuple(self._model_done)):
                self._model_done[name] += 1
        self._counts = _counted(self._counts, outcome)
        return outcome

    def _lost_drive(self, path: str) -> bool:
        """Whether a file cannot be read because its whole folder has gone away meanwhile: what
        else is to do there is left out, and nothing is said against the files."""
        folder = next(folder for folder in self._folders if is_within(path, folder))
        if folder not in self._plan.offline and place_of(folder, known=True) is None:
            self._plan.offline.append(folder)
        return folder in self._plan.offline

    def _is_offline(self, path: str) -> bool:
        return any(is_within(path, folder) for folder in self._plan.offline)

    # Finishing

    def _finish(self) -> None:
        self._writer.write([_trouble_outcome(trouble) for trouble in self._plan.troubles])
        self._writer.forget_files(self._plan.gone)
        self._counts = replace(
            self._counts,
            removed=len(self._plan.gone),
            skipped=self._counts.skipped + len(self._plan.troubles),
        )
        self._writer.purge()
        self._writer.flush()

    # Looking

    def _look(self, phase: Phase, found: int = 0) -> Progress:
        total = len(self._plan.todo)
        rate = self._meter.look(self._done) if phase is Phase.EXTRACTING else 0.0
        left = (total - self._done) / rate if rate > 0 else None
        files = total + self._plan.unchanged
        return Progress(
            phase=phase,
            found=found or files,
            done=self._done,
            total=total,
            rate=rate,
            seconds_left=left,
            counts=replace(self._counts, unchanged=self._plan.unchanged),
            models={name: self._look_at_model(name, files) for name in self._model_done},
            offline=tuple(self._plan.offline),
        )

    def _look_at_model(self, name: str, files: int) -> ModelProgress:
        seconds, pictures = self._model_seconds[name]
        speed = pictures / seconds if seconds else 0.0
        return ModelProgress(self._model_done[name], files, speed)


_AS_IF_AWAY = frozenset({Reason.VANISHED, Reason.UNREADABLE})


class _Storing:
    """Batches on their way to the disk, one at a time, in a thread of their own.

    Workers go on meanwhile, up to a few batches; then they wait. After a batch that failed nothing
    more is written: `take` or `finish` raises what happened.
    """

    def __init__(self, writer: LibraryWriter, thread: Executor) -> None:
        self._writer = writer
        self._thread = thread
        self._finished: list[Outcome] = []
        self._batch: Future[None] | None = None
        self._began = time.monotonic()

    @property
    def is_behind(self) -> bool:
        return len(self._finished) >= _BEHIND * _BATCH

    def take(self, outcomes: Iterable[Outcome]) -> None:
        """Take finished files in; send them off when there are enough or it is time."""
        self._finished.extend(outcomes)
        if self._batch is not None and self._batch.done():
            self._settle()
        if self._batch is None and self._finished and self._is_time():
            self._send()

    def wait_a_moment(self) -> None:
        if self._batch is not None:
            wait([self._batch], _LOOK_EVERY)

    def finish(self) -> None:
        """Wait until everything is stored."""
        self._settle()
        if self._finished:
            self._send()
            self._settle()

    def _is_time(self) -> bool:
        return len(self._finished) >= _BATCH or time.monotonic() - self._began > _BATCH_SECONDS

    def _send(self) -> None:
        batch, self._finished = self._finished, []
        self._batch = self._thread.submit(self._writer.write, batch)
        self._began = time.monotonic()

    def _settle(self) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        try:
            batch.result()
        except BaseException:
            self._finished.clear()
            raise


def require_folder(folder: str) -> str:
    """The folder's absolute path. Raises FinderError if it is not a folder that can be read."""
    path = os.path.abspath(os.path.expanduser(folder))
    if not os.path.isdir(path):
        raise FinderError(
            tr("There is no folder {folder}.").format(folder=path),
            tr("Check its name, or plug the drive in."),
        )
    return path


def _counted(counts: Counts, outcome: Outcome) -> Counts:
    if outcome.picture is None:
        return replace(counts, skipped=counts.skipped + 1)
    if outcome.vectors:
        return replace(counts, new=counts.new + 1)
    return replace(counts, known=counts.known + 1)


def _trouble_outcome(trouble: FoundTrouble) -> Outcome:
    file = FoundFile(trouble.path, 0, 0)
    return Outcome(file, None, reason=trouble.reason, detail=trouble.detail)
