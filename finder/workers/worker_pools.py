"""Plain worker threads, for the command line and for the window."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from finder.workers.shutdown import shut

if TYPE_CHECKING:
    from finder.core.library.indexing.executors import Executors


_NICE = 10
_PATIENCE = 60.0
"""Seconds that a decoder may take over one picture; 300 megapixels of PNG take ten."""
_WAIT = 1.0  # seconds for a worker in the middle of a picture
_FOLDER_SECONDS = 0.5
"""How long is waited for folders to say which files they have: a disk at rest, a share that is
slow to answer."""


def worker_count() -> int:
    """One worker for each core that this process may use: each takes a picture all the way."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


def lower_priority() -> None:
    """Let this thread, and those that it starts, give way to the window and to other programs.

    On Linux niceness is each thread's own; elsewhere it is the whole process's, and stays.
    """
    import numpy  # noqa: F401  # its own threads, which searches use, take after who loads it

    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


@contextmanager
def worker_pool(size: int | None = None, patience: float = _PATIENCE) -> Iterator[Executors]:
    """The threads of an indexing run, `size` workers if told; patience: seconds that a decoder may
    take over one picture. On leaving, what has not begun is dropped; a worker that takes long is
    left behind, and what it finds is not heard."""
    from finder.core.library.indexing.executors import Executors
    from finder.workers.isolated_worker import work_isolated

    size = size or worker_count()
    storing = ThreadPoolExecutor(1, "finder-storing", lower_priority)
    pools: list[ThreadPoolExecutor] = []

    def begin() -> ThreadPoolExecutor:
        pools.append(ThreadPoolExecutor(size, "finder-worker", lower_priority))
        return pools[-1]

    try:
        yield Executors(begin, size, storing, work_isolated, patience)
    finally:
        try:
            shut(*pools, seconds=_WAIT)
        finally:  # whatever interrupts that: what is being written is written to the end
            storing.shutdown(wait=True)


@contextmanager
def query_pool() -> Iterator[Executor]:
    """Threads for one question, so that several models extract its picture at the same time."""
    pool = ThreadPoolExecutor(worker_count(), thread_name_prefix="finder-query")
    try:
        yield pool
    finally:
        shut(pool, seconds=_WAIT)


class FolderChecks:
    """An `availability.Run` with a time limit: each folder is checked in a thread of its own. One
    that has not answered an earlier check is not checked again."""

    def __init__(self, seconds: float = _FOLDER_SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}

    def __call__(self, steps: Mapping[str, Callable[[], None]]) -> None:
        with self._lock:
            self._threads = {f: thread for f, thread in self._threads.items() if thread.is_alive()}
            begun = {
                folder: threading.Thread(target=step, name="finder-folder", daemon=True)
                for folder, step in steps.items()
                if folder not in self._threads
            }
            self._threads.update(begun)
            for thread in begun.values():
                thread.start()
        deadline = time.monotonic() + self._seconds
        for thread in begun.values():
            thread.join(max(0.0, deadline - time.monotonic()))
