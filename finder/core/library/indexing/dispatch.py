"""Files in the workers' hands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue

from finder.core.library.indexing.executors import Executors
from finder.core.library.indexing.worker import WorkerContext, WorkerOutput, work
from finder.core.models.spec import ModelSpec
from finder.core.pictures.scan import FoundFile

_AHEAD = 3  # files handed out for each worker
_MOST_LOST = 4
"""Threads that may be left behind in a decoder, each with its picture in memory."""


class Dispatcher:
    """Hands files to a crew and takes what becomes of them, in the order in which it does."""

    def __init__(self, crew: Executors, tools: WorkerContext) -> None:
        self._crew = crew
        self._tools = tools
        self._running: dict[Future[WorkerOutput], FoundFile] = {}
        # A queue, since `concurrent.futures.wait` takes a lock for each future at each call.
        self._finished: SimpleQueue[Future[WorkerOutput]] = SimpleQueue()
        self._lost: list[Future[WorkerOutput]] = []
        self.for_alone: list[FoundFile] = []
        """Files for a process to themselves: those that say they are costly, and those that have
        kept a decoder busy for too long."""

    @property
    def free(self) -> int:
        """How many more files it takes."""
        return _AHEAD * self._crew.size - len(self._running)

    @property
    def are_empty(self) -> bool:
        return not self._running

    def give(self, files: Iterable[FoundFile]) -> None:
        for file in files:
            if sum(not future.done() for future in self._lost) >= _MOST_LOST:
                self.for_alone.append(file)
                continue
            future = self._crew.extracting.submit(work, file, self._tools)
            self._running[future] = file
            future.add_done_callback(self._finished.put)

    def take(self, seconds: float) -> list[WorkerOutput]:
        """What is finished, after at most so many seconds. Raises what a worker raised."""
        done = self._await_some(seconds)
        self._give_up()
        finished = [future.result() for future in done]
        self.for_alone += [worked.outcome.file for worked in finished if worked.costly]
        return [worked for worked in finished if not worked.costly]

    def _await_some(self, seconds: float) -> list[Future[WorkerOutput]]:
        """Finished ones: as soon as there is one, or none after so many seconds."""
        done = []
        with suppress(Empty):
            if self._running:
                done.append(self._finished.get(timeout=seconds))
            while True:
                done.append(self._finished.get_nowait())
        return [future for future in done if self._running.pop(future, None) is not None]

    def use_only(self, specs: Sequence[ModelSpec]) -> None:
        """What is given from now on is embedded by these models only."""
        if len(specs) != len(self._tools.extractors):
            kept = [e for e in self._tools.extractors if e.spec in specs]
            self._tools = replace(self._tools, extractors=kept)

    def let_go(self) -> None:
        """Take back what has not begun."""
        for future in self._running:
            future.cancel()

    def _give_up(self) -> None:
        """The threads of what takes too long are left to themselves. Nothing is said against the
        files: perhaps all of the program was stopped for a while."""
        late = self._tools.in_hand.overdue(self._crew.patience)
        stuck = [f for f, file in self._running.items() if file.path in late and not f.done()]
        if not stuck:
            return
        self._lost += stuck
        self.for_alone += [self._running.pop(future) for future in stuck]
        back = [future for future in self._running if future.cancel()]
        files = [self._running.pop(future) for future in back]
        self._crew.renew()
        self.give(files)
