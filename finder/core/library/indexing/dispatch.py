"""The files that the workers of a run are working on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from finder.core.library.indexing.reliability.suspect_files import AbandonedThreads
from finder.core.library.indexing.worker import WorkerContext, WorkerOutput
from finder.core.pictures.scan import FoundFile

if TYPE_CHECKING:
    from finder.core.library.indexing.executors import Executors
    from finder.core.models.spec import ModelSpec

Work = Callable[[FoundFile, WorkerContext], WorkerOutput]
"""The work on one file, in a worker's thread."""
_QUEUED_PER_WORKER = 4
_PAUSE = 0.012
"""Seconds between two collections while much is queued. To be woken for each picture that is
finished takes a core from a worker, and Python's lock."""


class Dispatcher:
    """Submits files to the workers and collects the outputs in the order in which they finish.

    to_isolate: files for a process of their own (`suspect_files`): too costly ones, and those that
    have blocked a decoder.
    """

    def __init__(
        self, executors: Executors, context: WorkerContext, work: Work, patience: float = 1.0
    ) -> None:
        """patience: how many times longer than a decoder this work may take."""
        self._executors = executors
        self._context = context
        self._work = work
        self._timeout = executors.decode_timeout * patience
        self._running: dict[Future[WorkerOutput], FoundFile] = {}
        # A queue, since `concurrent.futures.wait` takes a lock for each future at each call.
        self._finished: SimpleQueue[Future[WorkerOutput]] = SimpleQueue()
        self._abandoned = AbandonedThreads()
        self.to_isolate: list[FoundFile] = []

    @property
    def free_slots(self) -> int:
        """How many more files may be submitted now."""
        return _QUEUED_PER_WORKER * self._executors.size - len(self._running)

    @property
    def is_idle(self) -> bool:
        return not self._running

    def submit(self, files: Iterable[FoundFile]) -> None:
        for file in files:
            if self._abandoned.are_too_many:
                self.to_isolate.append(file)
                continue
            future = self._executors.extracting.submit(self._work, file, self._context)
            self._running[future] = file
            future.add_done_callback(self._finished.put)

    def collect(self, seconds: float) -> list[WorkerOutput]:
        """The finished outputs, after at most this many seconds. Raises what a worker raised."""
        done = self._wait_for_some(seconds)
        self._abandon_blocked()
        outputs = [future.result() for future in done]
        self.to_isolate += [output.result.file for output in outputs if output.needs_isolation]
        return [output for output in outputs if not output.needs_isolation]

    def _wait_for_some(self, seconds: float) -> list[Future[WorkerOutput]]:
        """The finished ones: soon after there is one, or none after this many seconds."""
        done = []
        if len(self._running) > _QUEUED_PER_WORKER * self._executors.size // 2:
            time.sleep(min(_PAUSE, seconds))
        with suppress(Empty):
            if self._running:
                done.append(self._finished.get(timeout=seconds))
            while True:
                done.append(self._finished.get_nowait())
        return [future for future in done if self._running.pop(future, None) is not None]

    def use_only(self, specs: Sequence[ModelSpec]) -> None:
        """Files that are submitted from now on are embedded by these models only."""
        if len(specs) != len(self._context.extractors):
            names = {spec.name for spec in specs}  # an embedder of pictures knows of no text tower
            kept = [e for e in self._context.extractors if e.spec.name in names]
            self._context = replace(self._context, extractors=kept)

    def cancel_pending(self) -> None:
        """Cancel what has not started."""
        for future in self._running:
            future.cancel()

    def _abandon_blocked(self) -> None:
        """Abandon the threads that take too long over a file, and continue with new ones."""
        late = self._context.journal.overdue(self._timeout)
        blocked = [f for f, file in self._running.items() if file.path in late and not f.done()]
        if not blocked:
            return
        self._abandoned.add(blocked)
        self.to_isolate += [self._running.pop(future) for future in blocked]
        cancelled = [future for future in self._running if future.cancel()]
        files = [self._running.pop(future) for future in cancelled]
        self._executors.replace_threads()
        self.submit(files)
