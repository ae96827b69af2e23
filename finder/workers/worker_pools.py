"""Thread pools for indexing and for searching."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from finder.workers.shutdown import shut_down

if TYPE_CHECKING:
    from finder.core.library.indexing.executors import Executors


_NICE = 10
_DECODE_SECONDS = 60.0
"""Time limit of one picture; 300 megapixels of PNG take ten."""
_SHUTDOWN_SECONDS = 1.0  # for workers in the middle of a picture
_FOLDER_SECONDS = 0.5
"""How long to wait for the checks of which files exist: a disk may have to spin up, a network share
may be slow."""


def worker_count() -> int:
    """One worker for each core that this process may use: each processes pictures from file to
    vectors."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def lower_priority() -> None:
    """Give this thread, and those that it starts, a lower priority than the window and other
    programs.

    Only on Linux, where niceness belongs to a thread; elsewhere it belongs to the process.
    """
    # numpy's own threads, which searches use, inherit the niceness of the thread that imports it.
    import numpy  # noqa: F401

    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


@contextmanager
def worker_pool(
    size: int | None = None, decode_timeout: float = _DECODE_SECONDS
) -> Iterator[Executors]:
    """The threads of an indexing run. size: number of workers, by default one per core;
    decode_timeout: seconds that a decoder may take for one picture.

    At the end, what has not started is cancelled, and a worker that takes longer than a second is
    abandoned; its result is discarded.
    """
    from finder.core.library.indexing.executors import Executors
    from finder.workers.isolated_worker import work_isolated

    size = size or worker_count()
    storing = ThreadPoolExecutor(1, "finder-storing", lower_priority)
    pools: list[ThreadPoolExecutor] = []

    def begin() -> ThreadPoolExecutor:
        pools.append(ThreadPoolExecutor(size, "finder-worker", lower_priority))
        return pools[-1]

    try:
        yield Executors(begin, size, storing, work_isolated, decode_timeout)
    finally:
        try:
            shut_down(*pools, seconds=_SHUTDOWN_SECONDS)
        finally:  # a batch that is being written is completed even if that was interrupted
            storing.shutdown(wait=True)


@contextmanager
def query_pool() -> Iterator[Executor]:
    """Threads for one query, so that several models embed it at the same time."""
    pool = ThreadPoolExecutor(worker_count(), thread_name_prefix="finder-query")
    try:
        yield pool
    finally:
        shut_down(pool, seconds=_SHUTDOWN_SECONDS)


class FolderChecks:
    """An `availability.Run` with a time limit: each folder is checked in its own thread. A folder
    whose earlier check took longer than that, and has not ended yet, is not checked again."""

    def __init__(self, seconds: float = _FOLDER_SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._late: dict[str, threading.Thread] = {}

    def __call__(self, checks: Mapping[str, Callable[[], None]]) -> None:
        with self._lock:
            self._late = {f: thread for f, thread in self._late.items() if thread.is_alive()}
            started = {
                folder: threading.Thread(target=check, name="finder-folder", daemon=True)
                for folder, check in checks.items()
                if folder not in self._late
            }
        for thread in started.values():
            thread.start()
        deadline = time.monotonic() + self._seconds
        for thread in started.values():
            thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            self._late |= {f: thread for f, thread in started.items() if thread.is_alive()}
