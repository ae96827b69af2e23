"""Batches on their way to the disk, beside the workers."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Executor, Future, wait

from finder.core.library.indexing.file_result import FileResult
from finder.core.library.writer import LibraryWriter

_BATCH = 64
_BATCH_SECONDS = 2.0
_BEHIND = 4  # batches that may wait for the disk before the workers do
_WAIT = 0.1  # seconds


class BatchWriter:
    """Batches on their way to the disk, one at a time, in a thread of their own.

    Workers go on meanwhile, up to a few batches; then they wait. After a batch that failed nothing
    more is written: `take` or `finish` raises what happened.
    """

    def __init__(self, writer: LibraryWriter, thread: Executor) -> None:
        self._writer = writer
        self._thread = thread
        self._finished: list[FileResult] = []
        self._batch: Future[None] | None = None
        self._began = time.monotonic()

    @property
    def is_behind(self) -> bool:
        return len(self._finished) >= _BEHIND * _BATCH

    def get_ready(self) -> None:
        """Load the database's client, which takes a second, while the models are loaded."""
        self._thread.submit(self._writer.store.backend.preload)

    def take(self, outcomes: Iterable[FileResult]) -> None:
        """Take finished files in; send them off when there are enough or it is time."""
        self._finished.extend(outcomes)
        if self._batch is not None and self._batch.done():
            self._settle()
        if self._batch is None and self._finished and self._is_time():
            self._send()

    def wait_a_moment(self) -> None:
        if self._batch is not None:
            wait([self._batch], _WAIT)

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
