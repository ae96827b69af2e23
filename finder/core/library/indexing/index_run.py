"""Folders → library: a plain generator that yields progress and may be closed at any `yield`.

What was finished when it is closed is stored first; the next run goes on from there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import wait
from dataclasses import replace
from itertools import islice

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError, Reason
from finder.core.i18n import tr
from finder.core.library.availability import place_of
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.indexing.batch_writer import BatchWriter
from finder.core.library.indexing.crash_journal import CrashJournal, CrashSuspects
from finder.core.library.indexing.dispatch import Dispatcher
from finder.core.library.indexing.executors import Executors
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.model_reliability import Reliability
from finder.core.library.indexing.moved_folders import follow_moved
from finder.core.library.indexing.plan import DRIVES, Plan, outermost
from finder.core.library.indexing.progress import Counts, ModelProgress, Phase, Progress, RateMeter
from finder.core.library.indexing.worker import WorkerContext, WorkerOutput
from finder.core.library.writer import LibraryWriter
from finder.core.memory import require_address_space
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.pictures.scan import FoundFile, UnreadablePath, is_within, is_within_any

_LOOK_EVERY = 0.1  # seconds between two yields, about, while workers are busy


def index(
    writer: LibraryWriter,
    folders: Sequence[str],
    specs: Sequence[ModelSpec],
    extractors: ExtractorPool,
    crew: Executors,
    patient: bool = False,
) -> Generator[Progress]:
    """Bring the library up to date with the folders, for these models.

    folders become part of the library; what was known below them and is gone is removed, unless
    the whole folder is away or empty (a drive that is not plugged in). A folder of the library that
    was moved to a place inside these folders is replaced by it. patient: a file that was
    written just now and has a fault is left for another run. Raises FinderError.
    """
    return _Run(writer, folders, specs, extractors, crew, patient).steps()


class _Run:
    def __init__(
        self,
        writer: LibraryWriter,
        folders: Sequence[str],
        specs: Sequence[ModelSpec],
        extractors: ExtractorPool,
        crew: Executors,
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
        self._reliability = Reliability(writer, specs)
        self._done = 0
        self._moved: dict[str, str] = {}
        self._meter = RateMeter()

    def steps(self) -> Generator[Progress]:
        require_address_space()
        with self._writer.catalogue.transaction():
            for folder in self._all_folders:
                self._writer.catalogue.folders.add(folder)
        self._writer.adopt(self._specs)
        self._writer.store.repair_unstamped()
        self._writer.removals.finish()
        self._plan = Plan(self._writer.catalogue, self._specs)
        self._model_done = self._plan.model_done
        for folder in self._folders:
            for found in self._plan.look_at(folder):
                yield self._look(Phase.SCANNING, found)
        suspects = CrashSuspects(self._writer.home)
        if self._plan.todo:
            yield from self._extract_all(suspects)
        else:
            self._acquit(suspects)
        yield self._look(Phase.FINISHING)
        self._finish()
        yield self._look(Phase.DONE)

    # Extracting

    def _extract_all(self, suspects: CrashSuspects) -> Generator[Progress]:
        yield self._look(Phase.LOADING)
        home = self._writer.home
        storing = BatchWriter(self._writer, self._crew.storing)
        storing.get_ready()
        self._reliability.load(self._extractors)
        with CrashJournal(home) as in_hand:
            dangerous = suspects.paths | self._writer.catalogue.files.crashed_paths()
            self._suspects = [file for file in self._plan.todo if file.path in dangerous]
            yield from self._try_alone(self._suspects, suspects, storing)
            self._acquit(suspects)
            tools = WorkerContext(
                [self._extractors.get(spec) for spec in self._reliability.left],
                self._writer.embedded_ids,
                home.thumbs,
                in_hand,
                load_settings(self._writer.catalogue).max_pixels,
                self._patient,
                content_hash=self._writer.catalogue.content_hash,
            )
            hands = Dispatcher(self._crew, tools)
            yield from self._extract_others(hands, storing)
            yield from self._try_alone(hands.for_alone, suspects, storing)
            self._reliability.settle()
        yield self._look(Phase.EXTRACTING)

    def _try_alone(
        self, files: Iterable[FoundFile], suspects: CrashSuspects, storing: BatchWriter
    ) -> Generator[Progress]:
        """What was being decoded when an earlier run was cut off, what is costly by its own
        account, and what has kept a decoder busy for too long in this run: one at a time, each in
        a process of its own."""
        for file in files:
            if self._is_offline(file.path) or not self._reliability.left:
                continue
            stop = CancelToken()
            future = self._crew.extracting.submit(
                self._crew.alone, self._writer.home, file, self._reliability.left, stop
            )
            try:
                while not future.done():
                    wait([future], _LOOK_EVERY)
                    yield self._look(Phase.EXTRACTING)
            finally:
                stop.set()
            outcomes = list(self._noted([future.result()]))
            storing.take(outcomes)
            storing.finish()
            if outcomes:
                suspects.clear([file.path])

    def _acquit(self, suspects: CrashSuspects) -> None:
        """Those that are stored, and those that are gone; not those that are on a drive that is
        away."""
        todo = {file.path for file in self._plan.todo}
        suspects.clear(
            path
            for path in suspects.paths - todo
            if is_within_any(path, self._folders)
            and not self._is_offline(path)
            and place_of(os.path.dirname(path), known=True) is not None
        )

    def _extract_others(self, hands: Dispatcher, storing: BatchWriter) -> Generator[Progress]:
        waiting = (
            file
            for file in self._plan.todo
            if file not in self._suspects and not self._is_offline(file.path)
        )
        looked_at = time.monotonic()
        try:
            while True:
                if not storing.is_behind and self._reliability.left:
                    hands.give(islice(waiting, hands.free))
                if hands.are_empty and not storing.is_behind:
                    break
                storing.take(self._noted(hands.take(_LOOK_EVERY)))
                hands.use_only(self._reliability.left)
                if hands.are_empty:
                    storing.wait_a_moment()
                if time.monotonic() - looked_at >= _LOOK_EVERY:
                    yield self._look(Phase.EXTRACTING)
                    looked_at = time.monotonic()
        finally:
            hands.let_go()
            storing.finish()
            self._reliability.settle()

    def _noted(self, finished: Iterable[WorkerOutput]) -> Iterator[FileResult]:
        """What is to be stored of finished files."""
        outcomes = map(self._note, finished)
        return (outcome for outcome in outcomes if outcome is not None)

    def _note(self, worked: WorkerOutput) -> FileResult | None:
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
                self._model_done[name] += self._reliability.goes_on(name)
        self._reliability.note(outcome)
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
        return is_within_any(path, self._plan.offline)

    # Finishing

    def _finish(self) -> None:
        self._writer.write([_trouble_outcome(trouble) for trouble in self._plan.troubles])
        self._moved = follow_moved(self._writer, self._plan, self._folders)
        self._writer.removals.forget_files(self._plan.gone)
        self._writer.put_setting(DRIVES, self._plan.drives)
        self._counts = replace(
            self._counts,
            removed=sum(not is_within_any(path, self._moved) for path in self._plan.gone),
            skipped=self._counts.skipped + len(self._plan.troubles),
        )
        self._writer.removals.purge()
        self._writer.store.flush()
        self._writer.make_backup()

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
            moved={f: self._moved[f] for f in outermost(list(self._moved))},
            notes=(*self._writer.notes, *self._extractors.notes(), *self._reliability.notes),
            failed=self._reliability.failed,
            switched_off=self._reliability.switched_off,
        )

    def _look_at_model(self, name: str, files: int) -> ModelProgress:
        seconds, pictures = self._model_seconds[name]
        speed = pictures / seconds if seconds else 0.0
        return ModelProgress(self._model_done[name], files, speed)


_AS_IF_AWAY = frozenset({Reason.VANISHED, Reason.UNREADABLE})


def require_folder(folder: str) -> str:
    """The folder's absolute path. Raises FinderError if it is not a folder that can be read."""
    path = os.path.abspath(os.path.expanduser(folder))
    if not os.path.isdir(path):
        raise FinderError(
            tr("There is no folder {folder}.").format(folder=path),
            tr("Check its name, or connect the drive."),
        )
    return path


def _counted(counts: Counts, outcome: FileResult) -> Counts:
    if outcome.picture is None:
        return replace(counts, skipped=counts.skipped + 1)
    if outcome.vectors:
        return replace(counts, new=counts.new + 1)
    if outcome.failures:
        return replace(counts, failed=counts.failed + 1)
    return replace(counts, known=counts.known + 1)


def _trouble_outcome(trouble: UnreadablePath) -> FileResult:
    file = FoundFile(trouble.path, 0, 0)
    return FileResult(file, None, reason=trouble.reason, detail=trouble.detail)
