"""The only way to run work off the GUI thread.

A task is a plain function or a generator. It runs in a lane: a few threads for one kind of work.
Its result, or its exception, is delivered to a callback in the GUI thread; progress is pulled by a
timer. A task whose result is no longer wanted is dropped.
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
from finder.core.errors import FinderError
from finder.workers.shutdown import shut_down
from finder.workers.worker_pools import lower_priority

Value = TypeVar("Value")
Step = TypeVar("Step")

PULL_EVERY_MS = 100
_EXPECTED = (Cancelled, FinderError)
"""How a dropped task may end without a bug: a search, say, whose model has just been removed."""
_PAUSE_POLL_SECONDS = 0.05

log = logging.getLogger(__name__)


class Lane(StrEnum):
    """A kind of work with threads of its own. What must not run in parallel shares a lane with one
    thread."""

    LIBRARY = "library"  # everything that writes to the library
    QUICK = "quick"  # short work: reads of the catalogue, settings, whether paths exist
    SEARCH = "search"
    THUMBS = "thumbs"
    PREVIEW = "preview"
    LAYOUT = "layout"  # where the cards of a large grid are
    IMPORT = "import"  # models from files: inspected, truncated, tried on the samples
    DRIVES = "drives"  # reads that may wait long for a network drive
    DOWNLOAD = "download"  # of models, one after the other
    SERVER = "server"  # what waits for a Milvus server, or for the keyring
    TRAINING = "training"  # what another process does for hours; it only reads pictures


_THREADS = {Lane.THUMBS: 2, Lane.SERVER: 2}
_WRITING = (Lane.LIBRARY, Lane.QUICK)
"""Tasks that are queued in these when the window closes are still run: removing a folder, storing
settings."""


class Task:
    """A function that runs in a lane. `drop` discards its result and sets its CancelToken."""

    def __init__(self, lane: Lane, stop: CancelToken | None = None) -> None:
        self.lane = lane
        self.dropped = False
        self.stop = stop
        self.future: Future[None] | None = None

    @property
    def is_stoppable(self) -> bool:
        """Whether it ends early where it is asked to."""
        return self.stop is not None

    def drop(self) -> None:
        self.dropped = True
        if self.stop is not None:
            self.stop.set()
        if self.future is not None:
            self.future.cancel()


class Run(Task):
    """A generator that runs in a lane. pause, resume and cancel act at its next `yield`. Or a
    function that reports its steps: it cannot be paused, and cancel sets its token."""

    def __init__(self, lane: Lane, stop: CancelToken | None = None, walks: bool = True) -> None:
        """walks: it is a generator."""
        super().__init__(lane, stop)
        self._walks = walks
        self.latest: Any = None
        self.seen: Any = None
        self._go = threading.Event()
        self._go.set()
        self._cancelled = threading.Event()
        self.on_progress: Callable[[Any], None] | None = None

    @property
    def is_stoppable(self) -> bool:
        return self._walks or super().is_stoppable

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
        """Close the generator at its next `yield`; its callback gets the last value."""
        self._cancelled.set()
        if self.stop is not None:
            self.stop.set()
        self._go.set()

    def note(self, step: Any) -> None:
        """The newest step, from the lane's thread."""
        self.latest = step

    def walk(self, steps: Generator[Any]) -> Any:
        """Run the generator, in the lane's thread. Returns the last value."""
        try:
            for step in steps:
                self.latest = step
                while not self._go.wait(_PAUSE_POLL_SECONDS) and not self.cancelled:
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
    """Made in the GUI thread; every callback is called there.

    Signal: queued(lane), when a task is about to wait for its lane, or to run.
    """

    queued = Signal(str)
    _delivered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes: dict[Lane, ThreadPoolExecutor] = {}
        self._tasks: set[Task] = set()
        self._is_closed = False
        self._on_bug: Callable[[BaseException], None] | None = None
        self._delivered.connect(self._deliver)
        self._timer = QTimer(self)
        self._timer.setInterval(PULL_EVERY_MS)
        self._timer.timeout.connect(self._pull)

    def report_bugs_to(self, on_bug: Callable[[BaseException], None]) -> None:
        """Call this with the exception of a task that has no `failed`."""
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

        stop: a token that the function checks; set when the task is dropped.
        """
        task = Task(lane, stop)
        self._begin(task, function, done, failed)
        return task

    def run(
        self,
        lane: Lane,
        steps: Callable[[], Generator[Step]],
        progress: Callable[[Step], None],
        done: Callable[[Step], None],
        failed: Callable[[BaseException], None],
        stop: CancelToken | None = None,
    ) -> Run:
        """Run a generator in the lane; progress every 100 ms, `done` with its last value.

        stop: a token that the generator checks between its values; set by `cancel`.
        """
        run = Run(lane, stop)
        run.on_progress = progress
        self._timer.start()
        self._begin(run, lambda: run.walk(steps()), done, failed)
        return run

    def follow(
        self,
        lane: Lane,
        function: Callable[[Callable[[Step], None]], Value],
        progress: Callable[[Step], None],
        done: Callable[[Value], None],
        failed: Callable[[BaseException], None],
        stop: CancelToken | None = None,
    ) -> Run:
        """Run a function that calls what it is given with each of its steps; progress every 100 ms
        with the newest, then `done(value)`.

        stop: a token that the function checks; set by `cancel`.
        """
        run = Run(lane, stop, walks=False)
        run.on_progress = progress
        self._timer.start()
        self._begin(run, lambda: function(run.note), done, failed)
        return run

    def busy(self, lane: Lane | None = None) -> bool:
        """Whether any task (of a lane) is queued or running."""
        return any(t for t in self._tasks if lane in (None, t.lane))

    def close(self, seconds: float = 2.5) -> bool:
        """Cancel running tasks, drop queued ones unless they write, and wait at most this long for
        the threads. Nothing is called or run any more. Returns whether all threads have ended.
        """
        self._is_closed = True
        for task in list(self._tasks):
            if isinstance(task, Run):
                task.cancel()
            if task.is_stoppable or task.lane not in _WRITING:
                task.drop()
            task.dropped = True
        self._timer.stop()
        deadline = time.monotonic() + seconds
        writing = [task.future for task in self._tasks if task.lane in _WRITING]
        wait([future for future in writing if future is not None], seconds)
        ended = shut_down(*self._lanes.values(), seconds=max(0.0, deadline - time.monotonic()))
        self._lanes.clear()
        return ended

    def _begin(
        self,
        task: Task,
        function: Callable[[], Any],
        done: Callable[[Any], None] | None,
        failed: Callable[[BaseException], None] | None,
    ) -> None:
        def work() -> None:
            try:
                value = function()
            except BaseException as error:
                self._delivered.emit((task, failed or self._on_bug, error))
            else:
                self._delivered.emit((task, done, value))

        def forget_cancelled(future: Future[None]) -> None:
            if future.cancelled():
                self._delivered.emit((task, None, None))

        if self._is_closed:
            task.drop()
            return
        self.queued.emit(task.lane)
        self._tasks.add(task)
        task.future = self._pool(task.lane).submit(work)
        task.future.add_done_callback(forget_cancelled)

    def _pool(self, lane: Lane) -> ThreadPoolExecutor:
        if lane not in self._lanes:
            threads = _THREADS.get(lane, 1)
            begin = lower_priority if lane is Lane.LIBRARY else None
            self._lanes[lane] = ThreadPoolExecutor(threads, f"finder-{lane}", begin)
        return self._lanes[lane]

    def _deliver(self, delivery: tuple[Task, Callable[[Any], None] | None, Any]) -> None:
        task, callback, value = delivery
        self._tasks.discard(task)
        if isinstance(task, Run):
            task.on_progress = None
        if task.dropped:
            if isinstance(value, BaseException) and not isinstance(value, _EXPECTED):
                log.warning("a dropped task failed", exc_info=value)
            return
        if callback is not None:
            callback(value)
        elif isinstance(value, BaseException):
            log.error("a task failed", exc_info=value)

    def _pull(self) -> None:
        runs = [task for task in self._tasks if isinstance(task, Run)]
        if not runs:
            self._timer.stop()
        for run in runs:
            if run.latest is not run.seen and run.on_progress is not None and not run.dropped:
                run.seen = run.latest
                run.on_progress(run.latest)
