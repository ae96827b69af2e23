"""How regularly the GUI thread runs: the gaps between the ticks of a precise timer."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer

from benchmarks.window.driver import live
from finder.workers.worker_pools import worker_count

TICK_MS = 5


@dataclass(frozen=True)
class Gap:
    """The time between two ticks, in milliseconds; own: how much of it the thread was at work, not
    waiting (for the timer, the GIL or a core). at: seconds since the first tick."""

    at: float
    length: float
    own: float


class Ticker:
    """Notes the gaps between the ticks of a precise timer in the GUI thread."""

    def __init__(self) -> None:
        self._gaps: list[Gap] = []
        self._began = self._last = self._worked = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._began = self._last = time.perf_counter()
        self._worked = time.thread_time()
        self._timer.start(TICK_MS)

    def stop(self) -> list[Gap]:
        self._timer.stop()
        return self._gaps

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        length, own = (now - self._last) * 1_000, (worked - self._worked) * 1_000
        self._gaps.append(Gap(now - self._began, length, own))
        self._last, self._worked = now, worked


def ticks_for(seconds: float) -> list[Gap]:
    ticker = Ticker()
    ticker.start()
    live(seconds)
    return ticker.stop()


@contextmanager
def busy_in_c() -> Iterator[None]:
    """As many threads as cores, each in C code that lets the GIL go for some tenths of a second."""
    over = threading.Event()
    block = bytes(64_000_000)

    def work() -> None:
        while not over.is_set():
            hashlib.sha256(block)

    threads = [threading.Thread(target=work) for _ in range(worker_count())]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
