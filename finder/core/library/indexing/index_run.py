"""Folders → library: a plain generator that yields progress and may be closed at any `yield`.

Finished results are stored before it closes; the next run continues from there.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from finder.core.errors import FinderError, Reason
from finder.core.i18n import tr
from finder.core.library.availability import place_of
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.crop_folders import companions_for, crop_folders
from finder.core.library.indexing.batch_writer import BatchWriter
from finder.core.library.indexing.describe_known import describe_known, leave_crashed
from finder.core.library.indexing.dispatch import Dispatcher
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.indexing.look_ahead import LookAhead
from finder.core.library.indexing.moved_folders import follow_moved, note_drives
from finder.core.library.indexing.plan import DRIVES, Plan
from finder.core.library.indexing.progress import Phase, Progress
from finder.core.library.indexing.progress_tracker import ProgressTracker
from finder.core.library.indexing.recognised_files import sort_recognised
from finder.core.library.indexing.reliability.crash_journal import CrashJournal
from finder.core.library.indexing.reliability.model_reliability import Reliability
from finder.core.library.indexing.reliability.suspect_files import IsolatedTrial, SuspectFiles
from finder.core.library.indexing.text_step import TextStep
from finder.core.library.indexing.waiting_files import WaitingFiles
from finder.core.library.indexing.waiting_run import WaitingRun
from finder.core.library.indexing.worker import WorkerContext, WorkerOutput, work
from finder.core.pictures.scan import (
    FoundFile,
    UnreadablePath,
    is_within,
    is_within_any,
    outermost,
)
from finder.core.system.memory import require_address_space

if TYPE_CHECKING:
    from finder.core.library.indexing.executors import Executors
    from finder.core.library.indexing.shard import Shard
    from finder.core.library.writer import LibraryWriter
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec

_YIELD_SECONDS = 0.1
"""The approximate maximum time between two yields while workers are busy."""


def index(
    writer: LibraryWriter,
    folders: Sequence[str],
    specs: Sequence[ModelSpec],
    extractors: ExtractorPool,
    executors: Executors,
    defer_recent: bool = False,
    located: Mapping[str, str] = MappingProxyType({}),
    shard: Shard | None = None,
) -> Generator[Progress]:
    """Bring the library up to date with the folders, for these models.

    folders become part of the library; known files below them that no longer exist are removed,
    unless the whole folder is missing or empty (a drive that is not connected). A folder of the
    library that was moved to a place inside these folders is replaced by it. defer_recent: a faulty
    file that was modified within the last seconds is left for another run. located: folders of the
    library that count as moved, whatever is found, with their new places. shard: this machine's
    share of the new files. Pictures in folders with crops (`crop_folders`) get these, too. Raises
    FinderError.
    """
    run = _Run(writer, folders, specs, extractors, executors, defer_recent)
    run.located, run.shard = located, shard
    return run.steps()


class _Run:
    def __init__(
        self,
        writer: LibraryWriter,
        folders: Sequence[str],
        specs: Sequence[ModelSpec],
        extractors: ExtractorPool,
        executors: Executors,
        defer_recent: bool,
    ) -> None:
        self._writer = writer
        self._folders = outermost(folders)
        self._all_folders = [os.path.abspath(folder) for folder in folders]
        self._with_crops_in = crop_folders(writer.catalogue)
        self._specs = companions_for(specs, self._folders, self._with_crops_in)
        self._extractors = extractors
        self._executors = executors
        self._defer_recent = defer_recent
        self._reliability = Reliability(writer, self._specs)
        self._waiting = WaitingFiles(writer.catalogue, self._folders)
        self._server = WaitingRun(writer, executors)
        self._text = TextStep(writer, executors, self._folders, defer_recent)
        self.located: Mapping[str, str] = {}
        self.shard: Shard | None = None

    def steps(self) -> Generator[Progress]:
        require_address_space()
        with self._writer.catalogue.transaction():
            for folder in self._all_folders:
                self._writer.catalogue.folders.add(folder)
        self._writer.register_models(self._specs)
        connecting = Progress(Phase.CONNECTING)
        yield from self._server.beside(self._prepare_store, connecting, at_once=True)
        self._server.begin()
        self._plan = Plan(self._writer.catalogue, self._specs, self.shard, self._with_crops_in)
        self._text.offline = self._plan.offline
        self._tracker = ProgressTracker(self._plan, self._specs, self._reliability)
        yield from self._scan()
        suspects = SuspectFiles(self._writer.home)
        leave_crashed(self._writer.catalogue, suspects.paths)
        if self._plan.todo:
            yield from self._extract_all(suspects)
        else:
            self._clear_finished(suspects)
        yield from self._text.steps(lambda: self._progress(Phase.READING))
        yield self._progress(Phase.FINISHING)
        yield from self._describe_known()
        yield from self._server.beside(self._finish, self._progress(Phase.FINISHING))
        yield self._progress(Phase.DONE)

    def _prepare_store(self) -> None:
        """Where it is on a server that is away, the run ends: nothing is done yet."""
        self._writer.store.repair_unstamped()
        self._writer.removals.finish()
        self._writer.removals.remove_again()
        self._writer.synchronise()

    def _scan(self) -> Generator[Progress]:
        """In an empty library, the first picture that is found will be stored: then the vector
        store's client is loaded during the scan already."""
        may_preload = not self._writer.catalogue.pictures.count()
        for folder in self._folders:
            for found in self._plan.scan(folder):
                if may_preload and found:
                    self._preload_store()
                    may_preload = False
                yield self._progress(Phase.SCANNING, found)
        note_drives(self._writer, (f for f in self._all_folders if not self._is_offline(f)))
        self._waiting.begin(file.path for file in self._plan.todo)

    def _preload_store(self) -> None:
        """Load the vector store's client, which takes a second, beside other work."""
        self._executors.storing.submit(self._writer.store.backend.preload)

    # Extracting

    def _extract_all(self, suspects: SuspectFiles) -> Generator[Progress]:
        yield self._progress(Phase.LOADING)
        batches = BatchWriter(self._writer, self._executors.storing)
        self._preload_store()
        self._reliability.load(self._extractors)
        with CrashJournal(self._writer.home) as journal:
            crashed = self._writer.catalogue.files.crashed_paths()
            isolated = suspects.select(self._plan.todo, crashed)
            yield from self._try_isolated(isolated, suspects, batches)
            self._clear_finished(suspects)
            context = self._worker_context(journal)
            dispatcher = Dispatcher(self._executors, context, work)
            ahead = LookAhead(
                self._others(isolated), self._executors, context, self._server.ask_for_stored
            )
            yield from self._extract_others(ahead, dispatcher, batches)
            yield from self._try_isolated(dispatcher.to_isolate, suspects, batches)
            self._reliability.switch_off()
        yield self._progress(Phase.EXTRACTING)

    def _worker_context(self, journal: CrashJournal) -> WorkerContext:
        catalogue = self._writer.catalogue
        return WorkerContext(
            [self._extractors.get(spec) for spec in self._reliability.left],
            self._writer.embedded_ids,
            self._writer.thumbnails,
            journal,
            load_settings(catalogue).max_pixels,
            self._defer_recent,
            content_hash=catalogue.content_hash,
            removed=catalogue.removed.ids(),
            with_crops_in=self._with_crops_in,
        )

    def _try_isolated(
        self, files: Iterable[FoundFile], suspects: SuspectFiles, batches: BatchWriter
    ) -> Generator[Progress]:
        """Try files one at a time, each in a process of its own (see `suspect_files`)."""
        home = self._writer.home
        for file in files:
            if self._is_offline(file.path) or not self._reliability.left:
                continue
            with IsolatedTrial(self._executors, home, file, self._reliability.left) as trial:
                while not trial.is_done(_YIELD_SECONDS):
                    yield self._progress(Phase.EXTRACTING)
            results = list(self._counted([trial.output()]))
            batches.add(results)
            yield from self._server.store_all(batches, self._extracting)
            if results:
                suspects.clear(file.path)

    def _clear_finished(self, suspects: SuspectFiles) -> None:
        remaining = {file.path for file in self._plan.todo} | self._text.waiting_paths()
        suspects.clear_finished(remaining, self._folders, self._plan.offline)

    def _others(self, isolated: Sequence[FoundFile]) -> Iterator[FoundFile]:
        for file in self._server.in_order(self._plan.todo):
            if file not in isolated and not self._is_offline(file.path):
                yield file

    def _extract_others(
        self, ahead: LookAhead, dispatcher: Dispatcher, batches: BatchWriter
    ) -> Generator[Progress]:
        yielded = time.monotonic()
        try:
            while True:
                is_going_on = bool(self._reliability.left)
                if not batches.is_behind and is_going_on:
                    dispatcher.submit(ahead.take(dispatcher.free_slots))
                is_waiting = ahead.has_more and is_going_on
                if dispatcher.is_idle and not batches.is_behind and not is_waiting:
                    break
                batches.add(self._counted(dispatcher.collect(_YIELD_SECONDS)))
                dispatcher.use_only(self._reliability.left)
                if dispatcher.is_idle and batches.is_behind:
                    batches.wait()
                elif dispatcher.is_idle:
                    ahead.wait(_YIELD_SECONDS)
                if time.monotonic() - yielded >= _YIELD_SECONDS:
                    yield self._progress(Phase.EXTRACTING)
                    yielded = time.monotonic()
            yield from self._server.store_all(batches, self._extracting)
        except BaseException:
            dispatcher.cancel_pending()
            ahead.stop()
            self._server.end(batches)
            raise
        finally:
            ahead.end()
            self._waiting.stop()
            self._reliability.switch_off()

    def _counted(self, outputs: Iterable[WorkerOutput]) -> Iterator[FileResult]:
        """Count finished files; yields the results to be stored."""
        for output in outputs:
            result = output.result
            self._tracker.count_done()
            self._waiting.count_done(result.file.path)
            if result.reason in _AS_IF_AWAY and self._lost_drive(result.file.path):
                continue
            if not output.is_stable:
                self._tracker.count_unstable()
                continue
            self._tracker.count(result, output.seconds)
            self._reliability.count(result)
            yield result

    def _lost_drive(self, path: str) -> bool:
        """Whether a file cannot be read because its whole folder has gone offline meanwhile: then
        the remaining files there are left out, and their entries are kept."""
        folder = next(folder for folder in self._folders if is_within(path, folder))
        if folder not in self._plan.offline and place_of(folder, known=True) is None:
            self._plan.offline.append(folder)
        return folder in self._plan.offline

    def _is_offline(self, path: str) -> bool:
        return is_within_any(path, self._plan.offline)

    # Finishing

    def _describe_known(self) -> Generator[Progress]:
        catalogue, offline = self._writer.catalogue, self._plan.offline
        with (
            CrashJournal(self._writer.home) as journal,
            closing(describe_known(catalogue, journal, self._folders, offline)) as reading,
        ):
            for _ in reading:
                yield self._progress(Phase.FINISHING)

    def _finish(self) -> None:
        plan, writer, tracker = self._plan, self._writer, self._tracker
        self._skip_unreadable()
        files, recognised = writer.catalogue.files, tracker.recognised
        gone = {path: files.picture_of(path) for path in plan.gone if recognised}
        tracker.moved = follow_moved(writer, plan, self._folders, self.located)
        tracker.counts.update(sort_recognised(recognised, gone, tracker.moved.values()))
        writer.removals.forget_files(plan.gone)
        self._waiting.finish()
        writer.put_setting(DRIVES, plan.drives)
        tracker.counts["removed"] += sum(
            not is_within_any(path, tracker.moved) for path in plan.gone
        )
        writer.removals.purge()
        writer.synchronise()
        writer.store.flush()
        writer.make_backup()

    def _skip_unreadable(self) -> None:
        """Count and store what cannot be read, as folders without permission."""
        unreadable, counts = self._plan.unreadable, self._tracker.counts
        before = {file.path for file in self._writer.catalogue.files.skipped() if unreadable}
        counts["skipped"] += len(unreadable)
        counts["skipped_before"] += sum(entry.path in before for entry in unreadable)
        self._writer.write([_unreadable_result(entry) for entry in unreadable])

    def _progress(self, phase: Phase, found: int = 0) -> Progress:
        notes = (*self._writer.notes, *self._extractors.notes(), *self._text.notes)
        self._tracker.counts["read"] = self._text.read
        made = self._tracker.progress(phase, found, notes)
        return replace(made, waiting=self._server.sentence)

    def _extracting(self) -> Progress:
        return self._progress(Phase.EXTRACTING)


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


def _unreadable_result(unreadable: UnreadablePath) -> FileResult:
    file = FoundFile(unreadable.path, 0, 0)
    return FileResult(file, None, reason=unreadable.reason, detail=unreadable.detail)
