"""What an indexing run does while its storing thread may have to wait for a server."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import wait
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from blake3 import blake3

from finder.core.cancellation import Cancelled

if TYPE_CHECKING:
    from finder.core.library.indexing.batch_writer import BatchWriter
    from finder.core.library.indexing.executors import Executors
    from finder.core.library.indexing.progress import Progress
    from finder.core.library.indexing.stored_picture import AskForStored
    from finder.core.library.writer import LibraryWriter
    from finder.core.pictures.scan import FoundFile

_YIELD_SECONDS = 0.1
_BLOCK = 16


class WaitingRun:
    """Whoever closes a run ends its waiting for the server. Without a server nothing here takes
    another thread."""

    def __init__(self, writer: LibraryWriter, executors: Executors) -> None:
        sharing = writer.sharing
        self._patience = sharing.patience if sharing is not None else None
        self._machine = sharing.machine if sharing is not None else ""
        self._executors = executors
        self.ask_for_stored: AskForStored | None = None
        """Where the library has no copy of what other machines have embedded."""
        if sharing is not None and not sharing.has_mirror:
            self.ask_for_stored = sharing.stored_pictures

    @property
    def sentence(self) -> str:
        """What is being waited for; empty if nothing is."""
        return self._patience.sentence if self._patience is not None else ""

    def in_order(self, files: Sequence[FoundFile]) -> Iterator[FoundFile]:
        """The files in small blocks, whose order is another one on each machine: two that index one
        folder rarely do the same pictures at the same time."""
        starts: Iterable[int] = range(0, len(files), _BLOCK)
        if self._machine:
            starts = sorted(starts, key=self._rank)
        for start in starts:
            yield from files[start : start + _BLOCK]

    def _rank(self, start: int) -> bytes:
        return blake3(f"{self._machine} {start}".encode()).digest()

    def begin(self) -> None:
        """From now on the run waits for a server that is away, instead of ending."""
        if self._patience is not None:
            self._patience.begin()

    def cancel(self, at_once: bool = False) -> None:
        if self._patience is not None:
            self._patience.cancel(at_once)

    def beside(
        self, function: Callable[[], None], progress: Progress, at_once: bool = False
    ) -> Generator[Progress]:
        """Run a function that may wait for the server, and show this progress meanwhile. at_once:
        closed, it is given up without delay."""
        if self._patience is None:
            function()
            return
        future = self._executors.storing.submit(function)
        try:
            while wait([future], _YIELD_SECONDS).not_done:
                yield replace(progress, waiting=self.sentence)
        except BaseException:
            self.cancel(at_once)
            wait([future])
            raise
        future.result()

    def store_all(
        self, batches: BatchWriter, progress: Callable[[], Progress]
    ) -> Generator[Progress]:
        """Until everything is stored. Closed, only as far as the server answers."""
        try:
            while not batches.finish_within(_YIELD_SECONDS):
                yield progress()
        except BaseException:
            self.end(batches)
            raise

    def end(self, batches: BatchWriter) -> None:
        """Store what was finished, unless the server is away: the next run does that again."""
        self.cancel()
        with suppress(Cancelled):
            batches.finish()
