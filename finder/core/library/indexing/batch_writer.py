"""Batches of results, written beside the workers."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Executor, Future, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.library.indexing.file_result import FileResult
    from finder.core.library.writer import LibraryWriter

_BATCH = 64
_BATCH_SECONDS = 2.0
_MAX_WAITING = 4  # batches that may wait for the disk before the workers do
_WAIT = 0.1  # seconds


class BatchWriter:
    """Writes batches, one at a time, in a thread of their own.

    Workers continue meanwhile, up to a few batches; then they wait. After a batch that failed
    nothing more is written: `add` or `finish` raises the error.
    """

    def __init__(self, writer: LibraryWriter, thread: Executor) -> None:
        self._writer = writer
        self._thread = thread
        self._waiting: list[FileResult] = []
        self._batch: Future[None] | None = None
        self._started = time.monotonic()

    @property
    def is_behind(self) -> bool:
        return len(self._waiting) >= _MAX_WAITING * _BATCH

    def add(self, results: Iterable[FileResult]) -> None:
        """Add results; write them when there are enough or it is time."""
        self._waiting.extend(results)
        if self._batch is not None and self._batch.done():
            self._end_batch()
        if self._batch is None and self._waiting and self._is_due():
            self._start_batch()

    def wait(self) -> None:
        """Wait a moment for the batch that is being written."""
        if self._batch is not None:
            wait([self._batch], _WAIT)

    def finish_within(self, seconds: float) -> bool:
        """Store everything; whether it is stored after so many seconds for each batch."""
        while self._batch is not None or self._waiting:
            if self._batch is None:
                self._start_batch()
            elif wait([self._batch], seconds).not_done:
                return False
            else:
                self._end_batch()
        return True

    def finish(self) -> None:
        """Wait until everything is stored."""
        self._end_batch()
        if self._waiting:
            self._start_batch()
            self._end_batch()

    def _is_due(self) -> bool:
        return len(self._waiting) >= _BATCH or time.monotonic() - self._started > _BATCH_SECONDS

    def _start_batch(self) -> None:
        batch, self._waiting = self._waiting, []
        self._batch = self._thread.submit(self._writer.write, batch)
        self._started = time.monotonic()

    def _end_batch(self) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        try:
            batch.result()
        except BaseException:
            self._waiting.clear()
            raise
