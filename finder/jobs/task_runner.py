"""The one door off the GUI thread.

A job is a plain function or a generator. It runs in a lane (a few threads with one duty); what it
gives back, and what goes wrong, is delivered to a callback in the GUI thread. Progress is pulled
by a timer. A lane's newest question can make older ones stale: their answers are dropped.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from enum import StrEnum
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from finder.core.cancellation import Cancelled, CancelToken
from finder.workers.shutdown import shut_down
from finder.workers.worker_pools import lower_priority

Value = TypeVar("Value")
Step = TypeVar("Step")

PULL_EVERY_MS = 100
_PAUSE_LOOK = 0.05  # seconds

log = logging.getLogger(__name__)


class Lane(StrEnum):
    """A duty with threads of its own. What must not run side by side shares a lane of one."""

    LIBRARY = "library"  # everything that writes to the library
    LOOK = "look"  # short reads of the catalogue, settings
    SEARCH = "search"
    THUMBS = "thumbs"
    PREVIEW = "preview"
    IMPORT = "import"  # models from elsewhere: looked into, cut, tried on the samples
    DRIVES = "drives"  # looks that may wait long for a drive in the network
    DOWNLOAD = "download"  # models on their way, one after the other


_THREADS = {Lane.THUMBS: 2}
_WRITING = (Lane.LIBRARY, Lane.LOOK)
"""What waits in these when the window closes is still done: a folder forgotten, settings kept."""


class Task:
    """One question put to a lane. `drop` makes its answer, if it still comes, unheard, and sets
    its stop."""

    def __init__(self, lane: Lane, stop: CancelToken | None = None) -> None:
        self.lane = lane
        self.dropped = False
        self.stop = stop
        self.future: Future[None] | None = None

    def drop(self) -> None:
        self.dropped = True
        if self.stop is not None:
            self.stop.set()
        if self.future is not None:
            self.future.cancel()


class Run(Task):
    """A generator on its way. pause, resume and cancel act at its next `yield`."""

    def __init__(self, lane: Lane, stop: CancelToken | None = None) -> None:
        super().__init__(lane, stop)
        self.latest: Any = None
        self.seen: Any = None
        self._go = threading.Event()
        self._go.set()
        self._cancelled = threading.Event()
        self.on_progress: Callable[[Any], None] | None = None

    @property
    def paused(self) -> bool:
        return not self._go.is_set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def pause(self) -> None:
        self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def cancel(self) -> None:
        """The generator is closed at its next `yield`; its callback gets the last step."""
        self._cancelled.set()
        if self.stop is not None:
            self.stop.set()
        self._go.set()

    def walk(self, steps: Generator[Any]) -> Any:
        """Take the steps, in the lane's thread. Gives the last one."""
        try:
            for step in steps:
                self.latest = step
                while not self._go.wait(_PAUSE_LOOK) and not self.cancelled:
                    pass
                if self.cancelled:
                    break
        except Cancelled:
            if not self.cancelled:
                raise
        finally:
            steps.close()
        return self.latest


class TaskRunner(QObject):
    """Made in the GUI thread; every callback is called there."""

    _delivered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[Lane, ThreadPoolExecutor] = {}
        self._tickets: set[Task] = set()
        self._on_bug: Callable[[BaseException], None] | None = None
        self._delivered.connect(self._deliver)
        self._timer = QTimer(self)
        self._timer.setInterval(PULL_EVERY_MS)
        self._timer.timeout.connect(self._pull)

    def report_bugs_to(self, on_bug: Callable[[BaseException], None]) -> None:
        """Where an exception goes for which a job has no `failed`."""
        self._on_bug = on_bug

    def call(
        self,
        lane: Lane,
        function: Callable[[], Value],
        done: Callable[[Value], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        stop: CancelToken | None = None,
    ) -> Task:
        """Run a function in the lane; then `done(value)` or `failed(error)` in the GUI thread.

        stop: what the function looks at between its steps; set when the ticket is dropped.
        """
        ticket = Task(lane, stop)
        self._begin(ticket, function, done, failed)
        return ticket

    def run(
        self,
        lane: Lane,
        steps: Callable[[], Generator[Step]],
        progress: Callable[[Step], None],
        done: Callable[[Step], None],
        failed: Callable[[BaseException], None],
        stop: CancelToken | None = None,
    ) -> Run:
        """Walk a generator in the lane; progress every 100 ms, `done` with its last step.

        stop: what the generator looks at where it waits between its steps; set by `cancel`.
        """
        run = Run(lane, stop)
        run.on_progress = progress
        self._timer.start()
        self._begin(run, lambda: run.walk(steps()), done, failed)
        return run

    def busy(self, lane: Lane | None = None) -> bool:
        """Whether any job (of a lane) waits or runs."""
        return any(t for t in self._tickets if lane in (None, t.lane))

    def close(self, seconds: float = 2.5) -> bool:
        """Cancel what runs, stop what can be stopped, drop what waits unless it writes, and wait
        for the threads, so long at most (the exit half). Nothing is heard any more. Whether all
        threads have ended.
        """
        for ticket in list(self._tickets):
            if isinstance(ticket, Run):
                ticket.cancel()
            stoppable = isinstance(ticket, Run) or ticket.stop is not None
            if stoppable or ticket.lane not in _WRITING:
                ticket.drop()
            ticket.dropped = True
        self._timer.stop()
        deadline = time.monotonic() + seconds
        writing = [ticket.future for ticket in self._tickets if ticket.lane in _WRITING]
        wait([future for future in writing if future is not None], seconds)
        ended = shut_down(*self._lanes.values(), seconds=max(0.0, deadline - time.monotonic()))
        self._lanes.clear()
        return ended

    def _begin(
        self,
        ticket: Task,
        function: Callable[[], Any],
        done: Callable[[Any], None] | None,
        failed: Callable[[BaseException], None] | None,
    ) -> None:
        def work() -> None:
            try:
                value = function()
            except BaseException as error:
                self._delivered.emit((ticket, failed or self._on_bug, error))
            else:
                self._delivered.emit((ticket, done, value))

        def forget_cancelled(future: Future[None]) -> None:
            if future.cancelled():
                self._delivered.emit((ticket, None, None))

        self._tickets.add(ticket)
        ticket.future = self._pool(ticket.lane).submit(work)
        ticket.future.add_done_callback(forget_cancelled)

    def _pool(self, lane: Lane) -> ThreadPoolExecutor:
        if lane not in self._lanes:
            threads = _THREADS.get(lane, 1)
            begin = lower_priority if lane is Lane.LIBRARY else None
            self._lanes[lane] = ThreadPoolExecutor(threads, f"finder-{lane}", begin)
        return self._lanes[lane]

    def _deliver(self, delivery: tuple[Task, Callable[[Any], None] | None, Any]) -> None:
        ticket, callback, value = delivery
        self._tickets.discard(ticket)
        if isinstance(ticket, Run):
            ticket.on_progress = None
        if ticket.dropped:
            if isinstance(value, BaseException) and not isinstance(value, Cancelled):
                log.warning("a job that nobody waits for failed", exc_info=value)
            return
        if callback is not None:
            callback(value)
        elif isinstance(value, BaseException):
            log.error("a job failed", exc_info=value)

    def _pull(self) -> None:
        runs = [ticket for ticket in self._tickets if isinstance(ticket, Run)]
        if not runs:
            self._timer.stop()
        for run in runs:
            if run.latest is not run.seen and run.on_progress is not None and not run.dropped:
                run.seen = run.latest
                run.on_progress(run.latest)
