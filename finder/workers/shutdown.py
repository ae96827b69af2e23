"""Shutting down in time: threads are joined with a time limit, and those that do not end by then
are abandoned.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

THREAD_PREFIX = "finder-"
"""The prefix of the names of the program's threads."""


def shut_down(*pools: ThreadPoolExecutor, seconds: float) -> bool:
    """Cancel what has not started, and wait at most this long for the rest. Returns whether all
    threads have ended."""
    for pool in pools:
        pool.shutdown(wait=False, cancel_futures=True)
    deadline = time.monotonic() + seconds
    # There is no public way to wait with a limit.
    threads = [thread for pool in pools for thread in pool._threads]
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)


def end_process(code: int) -> int:
    """Return the exit code; or exit here, without waiting, if one of the program's threads is still
    running (a decoder in the middle of a large picture): Python would wait for it.

    To be called last, when everything is stored and closed.
    """
    if any(thread.name.startswith(THREAD_PREFIX) for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    return code


def ending_signals() -> list[signal.Signals]:
    """The signals that ask a program to end: SIGINT (Ctrl+C), SIGTERM and SIGHUP (the terminal was
    closed), without those that this process was started to ignore (nohup)."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
