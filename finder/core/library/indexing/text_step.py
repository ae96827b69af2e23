"""The last step of an indexing run, where it is switched on: text in pictures.

It follows the models, so that pictures are found by their looks before their text is read, which
takes longer. What is left is what no row of `recognised_text` has from the engine of today: so it
goes on where a run was stopped, includes pictures that were indexed earlier, and begins again with
another engine.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from finder.core.errors import RETRIED, FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.catalogue.tables.failure_table import fails_mostly
from finder.core.library.catalogue.tables.recognised_table import RecognisedText
from finder.core.library.indexing.dispatch import Dispatcher
from finder.core.library.indexing.progress import Phase, Progress, RateMeter
from finder.core.library.indexing.reliability.crash_journal import CrashJournal
from finder.core.library.indexing.reliability.suspect_files import IsolatedTrial, SuspectFiles
from finder.core.library.indexing.text_reading import read_text
from finder.core.library.indexing.worker import WorkerContext, WorkerOutput
from finder.core.pictures.scan import is_within_any
from finder.core.text_recognition.text_reader import TextReader, engine_name, open_reader

if TYPE_CHECKING:
    from finder.core.library.indexing.executors import Executors
    from finder.core.library.writer import LibraryWriter
    from finder.core.pictures.scan import FoundFile

_PATIENCE = 3.0
"""A tall screenshot full of lines takes half a minute, and longer on a slow or busy computer."""
_YIELD_SECONDS = 0.1
_BATCH_SECONDS = 2.0
"""How long what was read is kept before it is stored, at most; finished work is never lost to a run
that is closed."""


class TextStep:
    """Reads the text of the pictures below a run's folders that have none yet. read: how many
    pictures were looked at; notes: sentences for the user on what prevents it."""

    def __init__(
        self,
        writer: LibraryWriter,
        executors: Executors,
        folders: Sequence[str],
        defer_recent: bool = False,
    ) -> None:
        """defer_recent: as for `WorkerContext`."""
        self._writer = writer
        self._executors = executors
        self._folders = folders
        self.offline: Sequence[str] = ()
        """The folders that cannot be reached."""
        self._defer_recent = defer_recent
        self._is_on = load_settings(writer.catalogue).text_in_pictures
        self._pictures: Mapping[str, int] = {}
        self._unstored: dict[int, RecognisedText] = {}
        self._stored_at = time.monotonic()
        self._failed = 0
        self._done = 0
        self._meter = RateMeter()
        self.read = 0
        self.notes: tuple[str, ...] = ()

    def waiting_paths(self) -> set[str]:
        """The files that are still to be read: a suspect among them stays one."""
        try:
            return {file.path for file in self._missing().values()} if self._is_on else set()
        except FinderError:
            return set()

    def steps(self, progress: Callable[[], Progress]) -> Generator[Progress]:
        """progress: of the run. Nothing is yielded where nothing is to be read."""
        if not self._is_on:
            return
        try:
            missing = self._missing()
            if not missing:
                return
            yield self._progress(progress, len(missing))
            reader = open_reader()
        except FinderError as error:
            self.notes = (str(error),)
            return
        self._pictures = {file.path: picture for picture, file in missing.items()}
        try:
            for _ in self._read_all(list(missing.values()), reader):
                yield self._progress(progress, len(missing))
        finally:
            self._store()

    def _missing(self) -> dict[int, FoundFile]:
        """The pictures that this engine has not looked at, each with one file that can be read."""
        engine, missing = engine_name(), self._writer.catalogue.recognised_text.missing_below
        return {
            picture: file
            for folder in self._folders
            for picture, file in missing(folder, engine).items()
            if not is_within_any(file.path, self.offline)
        }

    def _progress(self, progress: Callable[[], Progress], total: int) -> Progress:
        rate = self._meter.update(self._done)
        return replace(
            progress(),
            phase=Phase.READING,
            done=self._done,
            total=total,
            rate=rate,
            seconds_left=(total - self._done) / rate if rate > 0 else None,
        )

    def _read_all(self, files: Sequence[FoundFile], reader: TextReader) -> Generator[None]:
        suspects = SuspectFiles(self._writer.home)
        with CrashJournal(self._writer.home) as journal:
            isolated = suspects.select(files, ())
            yield from self._read_isolated(isolated, suspects)
            context = self._context(journal, reader)
            dispatcher = Dispatcher(self._executors, context, read_text, _PATIENCE)
            yield from self._read_others(files, {file.path for file in isolated}, dispatcher)
            yield from self._read_isolated(dispatcher.to_isolate, suspects)

    def _context(self, journal: CrashJournal, reader: TextReader) -> WorkerContext:
        catalogue = self._writer.catalogue
        return WorkerContext(
            (),
            {},
            self._writer.thumbnails,
            journal,
            load_settings(catalogue).max_pixels,
            self._defer_recent,
            content_hash=catalogue.content_hash,
            reader=reader,
        )

    def _read_others(
        self, files: Iterable[FoundFile], isolated: Collection[str], dispatcher: Dispatcher
    ) -> Generator[None]:
        left = deque(file for file in files if file.path not in isolated)
        try:
            while left or not dispatcher.is_idle:
                number = min(len(left), dispatcher.free_slots)
                dispatcher.submit(left.popleft() for _ in range(number))
                self._take(dispatcher.collect(_YIELD_SECONDS))
                if self._ends_early:
                    left.clear()
                yield
        except BaseException:
            dispatcher.cancel_pending()
            raise

    def _read_isolated(self, files: Iterable[FoundFile], suspects: SuspectFiles) -> Generator[None]:
        home = self._writer.home
        for file in files:
            if is_within_any(file.path, self.offline) or self._ends_early:
                continue
            with IsolatedTrial(self._executors, home, file, None) as trial:
                while not trial.is_done(_YIELD_SECONDS):
                    yield
            self._take([trial.output()])
            self._store()
            suspects.clear(file.path)
            yield

    # Results

    @property
    def _ends_early(self) -> bool:
        return self._gives_up or not self._is_on

    @property
    def _gives_up(self) -> bool:
        """Most pictures fail: what reads is broken, and more would be a waste of time."""
        return fails_mostly(self.read, self._failed)

    def _take(self, outputs: Iterable[WorkerOutput]) -> None:
        """Keep what was read. What has changed meanwhile is left for the next run, and what may be
        better then."""
        for output in outputs:
            self._done += 1
            result = output.result
            picture = self._pictures.get(result.file.path)
            text = result.text or RecognisedText(engine_name(), reason=result.reason)
            is_same = result.picture in (picture, None)
            if picture is None or not output.is_stable or not is_same or text.reason in RETRIED:
                continue
            self._unstored[picture] = text
            self.read += 1
            self._failed += text.reason is not None
        if self._gives_up and not self.notes:
            note = tr("Text could not be read in {failed} of {tried} pictures, so this stopped.")
            self.notes = (note.format(failed=self._failed, tried=self.read),)
        if time.monotonic() - self._stored_at >= _BATCH_SECONDS:
            self._store()

    def _store(self) -> None:
        """And look whether reading was switched off meanwhile."""
        texts, self._unstored = self._unstored, {}
        self._stored_at = time.monotonic()
        catalogue = self._writer.catalogue
        self._is_on = load_settings(catalogue).text_in_pictures
        if not texts:
            return
        with catalogue.transaction():
            for picture, text in texts.items():
                catalogue.recognised_text.put(picture, text)
