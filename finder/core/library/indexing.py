"""Folders → library: a plain generator that yields progress and may be closed at any `yield`.

What was finished when it is closed is stored first; the next run goes on from there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import replace
from itertools import islice

from finder.core.errors import FinderError
from finder.core.library.plan import Plan, outermost
from finder.core.library.progress import Counts, ModelProgress, Phase, Progress, RateMeter
from finder.core.library.worker import Tools, Worked, work
from finder.core.library.writer import LibraryWriter, Outcome
from finder.core.models.extract import Extractors
from finder.core.models.spec import ModelSpec
from finder.core.pictures.scan import FoundFile, FoundTrouble
from finder.core.text import tr

_BATCH = 64
_BATCH_SECONDS = 2.0
_LOOK_EVERY = 0.1  # seconds between two yields, at most, while workers are busy


def index(
    writer: LibraryWriter,
    folders: Sequence[str],
    specs: Sequence[ModelSpec],
    extractors: Extractors,
    pool: Executor,
    workers: int,
) -> Generator[Progress]:
    """Bring the library up to date with the folders, for these models.

    folders become part of the library; what was known below them and is gone is removed, unless
    the whole folder is away or empty (a drive that is not plugged in). Raises FinderError.
    """
    return _Run(writer, folders, specs, extractors, pool, workers).steps()


class _Run:
    def __init__(
        self,
        writer: LibraryWriter,
        folders: Sequence[str],
        specs: Sequence[ModelSpec],
        extractors: Extractors,
        pool: Executor,
        workers: int,
    ) -> None:
        self._writer = writer
        self._folders = outermost(folders)
        self._all_folders = [os.path.abspath(folder) for folder in folders]
        self._specs = specs
        self._extractors = extractors
        self._pool = pool
        self._in_flight = 2 * workers
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
        self._plan = Plan(self._writer.catalogue, self._writer.embedded)
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
        )
        waiting = iter(self._plan.todo)
        running: set[Future[Worked]] = set()
        finished: list[Outcome] = []
        stored_at = time.monotonic()
        try:
            while True:
                for file in islice(waiting, self._in_flight - len(running)):
                    running.add(self._pool.submit(work, file, tools))
                if not running:
                    break
                done, running = wait(running, _LOOK_EVERY, FIRST_COMPLETED)
                finished.extend(self._note(future.result()) for future in done)
                if len(finished) >= _BATCH or time.monotonic() - stored_at > _BATCH_SECONDS:
                    self._store(finished)
                    stored_at = time.monotonic()
                yield self._look(Phase.EXTRACTING)
        finally:
            for future in running:
                future.cancel()
            self._store(finished)

    def _note(self, worked: Worked) -> Outcome:
        outcome = worked.outcome
        self._done += 1
        for name, seconds in worked.seconds.items():
            self._model_seconds[name][0] += seconds
            self._model_seconds[name][1] += 1
        if outcome.picture is not None:
            missing_before = outcome.file.path in self._plan.partly
            for name in self._model_done:
                if name in outcome.vectors or not missing_before:
                    self._model_done[name] += 1
        self._counts = _counted(self._counts, outcome)
        return outcome

    def _store(self, finished: list[Outcome]) -> None:
        """Write the batch and empty it: one that failed is not tried twice."""
        batch = list(finished)
        finished.clear()
        if batch:
            self._writer.write(batch)

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
