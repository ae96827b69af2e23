"""Plain worker threads, for the command line and for the window."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


def worker_count() -> int:
    """One worker for each core that this process may use: each takes a picture all the way."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


@contextmanager
def worker_pool() -> Iterator[tuple[ThreadPoolExecutor, int]]:
    """(executor, number of workers). On leaving, what has not begun is dropped."""
    workers = worker_count()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="finder-worker")
    try:
        yield pool, workers
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
