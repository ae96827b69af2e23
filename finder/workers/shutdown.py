"""Leaving in time: threads are waited for with a limit, and what cannot end is left behind."""

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

THREADS = "finder-"
"""What the names of all our threads begin with."""


def shut(*pools: ThreadPoolExecutor, seconds: float) -> bool:
    """Drop what has not begun, and wait for the rest, so long at most. Whether all has ended."""
    for pool in pools:
        pool.shutdown(wait=False, cancel_futures=True)
    deadline = time.monotonic() + seconds
    # There is no public way to wait with a limit.
    threads = [thread for pool in pools for thread in pool._threads]
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return not any(thread.is_alive() for thread in threads)


def leave(code: int) -> int:
    """The exit code, for the caller to end with; or the end, here, where a thread of ours is still
    at work (a decoder in the middle of a large picture): Python would wait for it.

    To be called last, when everything is stored and closed.
    """
    if any(thread.name.startswith(THREADS) for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    return code


def ending_signals() -> list[signal.Signals]:
    """The signals that ask a program to end: Ctrl+C, a polite kill, a terminal that is closed. Not
    those that we were started to ignore (nohup)."""
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
