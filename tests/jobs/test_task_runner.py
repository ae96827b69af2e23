"""Work off the GUI thread: lanes, tasks, runs, and closing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from functools import partial

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.models.runtime.text_towers import TIMER
from finder.jobs.task_runner import PULL_EVERY_MS, Lane, Run, TaskRunner

SOON = 5_000


class Received:
    """What a task runner delivered, and in which thread."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self.progress: list[int] = []
        self.errors: list[BaseException] = []
        self.threads: set[threading.Thread] = set()

    def done(self, value: object) -> None:
        self.values.append(value)
        self.threads.add(threading.current_thread())

    def progressed(self, step: int) -> None:
        self.progress.append(step)
        self.threads.add(threading.current_thread())

    def failed(self, error: BaseException) -> None:
        self.errors.append(error)
        self.threads.add(threading.current_thread())


class Counter:
    """A generator that counts slowly, and notes whether it was closed."""

    def __init__(self, steps: int, every: float) -> None:
        self._steps, self._every = steps, every
        self.taken = 0
        self.ended = threading.Event()

    def steps(self) -> Generator[int]:
        try:
            for step in range(1, self._steps + 1):
                time.sleep(self._every)
                self.taken = step
                yield step
        finally:
            self.ended.set()


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def wait(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    return lambda ready: qtbot.waitUntil(ready, timeout=SOON)


Wait = Callable[[Callable[[], bool]], None]


def own_threads() -> list[str]:
    """The program's threads; not those that wait to let go of a text tower, which other tests
    share."""
    names = (thread.name for thread in threading.enumerate())
    return [name for name in names if name.startswith("finder-") and name != TIMER]


def _run(runner: TaskRunner, counter: Counter, received: Received) -> Run:
    return runner.run(
        Lane.LIBRARY, counter.steps, received.progressed, received.done, received.failed
    )


def test_a_result_is_delivered_in_the_gui_thread(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    worked_in: list[threading.Thread] = []

    def work() -> int:
        worked_in.append(threading.current_thread())
        return 42

    runner.call(Lane.QUICK, work, received.done)
    wait(lambda: received.values == [42])
    assert received.threads == {threading.main_thread()}
    assert worked_in != [threading.main_thread()]


def test_failed_gets_the_exception(runner: TaskRunner, received: Received, wait: Wait) -> None:
    error = OSError("disk")

    def work() -> None:
        raise error

    runner.call(Lane.QUICK, work, received.done, received.failed)
    wait(lambda: received.errors == [error])
    assert received.values == []
    assert received.threads == {threading.main_thread()}
    assert not runner.busy()


def test_an_unexpected_error_is_reported_as_a_bug(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    runner.report_bugs_to(received.failed)
    runner.call(Lane.QUICK, lambda: 1 // 0, received.done)
    wait(lambda: len(received.errors) == 1)
    assert isinstance(received.errors[0], ZeroDivisionError)
    assert received.values == []


def test_a_generators_error_goes_to_failed(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    def steps() -> Generator[int]:
        yield 1
        raise OSError("disk")

    runner.run(Lane.LIBRARY, steps, received.progressed, received.done, received.failed)
    wait(lambda: len(received.errors) == 1)
    assert received.values == []


def test_the_result_of_a_dropped_task_is_not_delivered(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    started, go = threading.Event(), threading.Event()

    def work() -> bool:
        started.set()
        return go.wait(SOON)

    task = runner.call(Lane.SEARCH, work, received.done, received.failed)
    assert started.wait(SOON / 1_000)
    task.drop()
    assert runner.busy(Lane.SEARCH)
    go.set()
    wait(lambda: not runner.busy())
    assert received.values == []
    assert received.errors == []


def test_a_queued_task_that_is_dropped_never_runs(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    go = threading.Event()
    runner.call(Lane.SEARCH, lambda: go.wait(SOON), received.done)
    ran: list[int] = []
    waiting = runner.call(Lane.SEARCH, lambda: ran.append(1), received.done)
    waiting.drop()
    go.set()
    wait(lambda: not runner.busy())
    assert ran == []
    assert received.values == [True]


def test_a_lane_with_one_thread_keeps_the_order(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    def work(n: int) -> int:
        time.sleep(0.002 * (10 - n))
        return n

    for n in range(10):
        runner.call(Lane.SEARCH, partial(work, n), received.done)
    wait(lambda: len(received.values) == 10)
    assert received.values == list(range(10))


def test_a_busy_lane_does_not_hold_up_another(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    go = threading.Event()
    runner.call(Lane.LIBRARY, lambda: go.wait(SOON))
    runner.call(Lane.QUICK, lambda: 1, received.done)
    wait(lambda: received.values == [1])
    assert runner.busy(Lane.LIBRARY)
    assert not runner.busy(Lane.QUICK)
    go.set()
    wait(lambda: not runner.busy())


def test_progress_is_pulled_not_pushed(runner: TaskRunner, received: Received, wait: Wait) -> None:
    began = time.monotonic()
    counter = Counter(300, 0.002)
    _run(runner, counter, received)
    wait(lambda: received.values == [300])
    looks = (time.monotonic() - began) * 1_000 / PULL_EVERY_MS
    assert 2 <= len(received.progress) <= looks + 1
    assert received.progress == sorted(set(received.progress))
    assert received.threads == {threading.main_thread()}
    assert counter.ended.is_set()


def test_a_paused_run_stands_still_until_it_is_resumed(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    may_go_on, went_on_while_paused = threading.Event(), []

    def steps() -> Generator[int]:
        yield 1
        may_go_on.wait(SOON)
        yield 2
        went_on_while_paused.append(run.paused)
        yield 3

    run = runner.run(Lane.LIBRARY, steps, received.progressed, received.done, received.failed)
    wait(lambda: received.progress == [1])
    run.pause()
    assert run.paused
    may_go_on.set()
    wait(lambda: received.progress == [1, 2])
    assert went_on_while_paused == []
    run.resume()
    wait(lambda: received.values == [3])
    assert went_on_while_paused == [False]


@pytest.mark.parametrize("paused", [False, True])
def test_cancel_closes_the_generator_and_done_gets_the_last_step(
    runner: TaskRunner, received: Received, wait: Wait, paused: bool
) -> None:
    counter = Counter(1_000, 0.01)
    run = _run(runner, counter, received)
    wait(lambda: len(received.progress) >= 1)
    if paused:
        run.pause()
    run.cancel()
    wait(lambda: len(received.values) == 1)
    assert counter.ended.is_set()
    assert run.cancelled
    assert received.values == [counter.taken]
    assert 0 < counter.taken < 1_000


def test_no_progress_is_reported_after_the_end(
    runner: TaskRunner, received: Received, qtbot: QtBot
) -> None:
    _run(runner, Counter(3, 0.001), received)
    qtbot.waitUntil(lambda: received.values == [3], timeout=SOON)
    seen = list(received.progress)
    (timer,) = runner.findChildren(QTimer)
    qtbot.waitUntil(lambda: not timer.isActive(), timeout=SOON)
    assert received.progress == seen


def test_closing_cancels_what_runs_and_finishes_what_writes(
    qapp: object, received: Received
) -> None:
    runner, wrote, looked = TaskRunner(), threading.Event(), threading.Event()
    counter, never = Counter(10_000, 0.01), Counter(3, 0.01)
    _run(runner, counter, received)
    _run(runner, never, received)
    runner.call(Lane.LIBRARY, wrote.set, received.done)
    runner.call(Lane.PREVIEW, lambda: time.sleep(0.2))
    runner.call(Lane.PREVIEW, looked.set)
    assert runner.close(20), "a thread still runs"
    assert counter.ended.is_set()
    assert counter.taken < 10_000
    assert not own_threads()
    assert wrote.is_set(), "a folder that was to be forgotten, settings that were to be kept"
    assert not looked.is_set()
    assert never.taken == 0
    assert received.values == []


def test_closing_finishes_what_is_queued_and_cannot_be_stopped(
    qapp: object, received: Received
) -> None:
    runner, ends, begun = TaskRunner(), threading.Event(), list[str]()
    runner.call(Lane.LIBRARY, lambda: ends.wait(SOON))

    def queue(name: str, stop: CancelToken | None) -> None:
        runner.follow(
            Lane.LIBRARY,
            lambda _: begun.append(name),
            received.progressed,
            received.done,
            received.failed,
            stop,
        )

    queue("a machine is forgotten", None)
    queue("all vectors are fetched", CancelToken())
    threading.Timer(0.1, ends.set).start()
    assert runner.close(20), "a thread still runs"
    assert begun == ["a machine is forgotten"]
    assert received.values == []


def test_closing_does_not_wait_for_ever(qapp: object) -> None:
    runner, go = TaskRunner(), threading.Event()
    runner.call(Lane.LIBRARY, lambda: go.wait(SOON))
    assert not runner.close(0.1)
    assert not go.is_set(), "what it would wait for"
    go.set()


def test_nothing_is_delivered_after_closing(qapp: object, received: Received) -> None:
    runner = TaskRunner()
    runner.call(Lane.QUICK, lambda: 1, received.done, received.failed)
    assert runner.close()
    QApplication.processEvents()  # what the threads sent is there by now
    assert received.values == received.errors == []
    assert not runner.busy()


def test_closing_returns_whether_every_thread_has_ended(qtbot: QtBot) -> None:
    go = threading.Event()
    runner = TaskRunner()
    runner.call(Lane.LIBRARY, lambda: go.wait(20))
    assert not runner.close(0.05)
    go.set()
    assert TaskRunner().close()


def test_a_run_that_waits_within_a_step_can_be_cancelled(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    stop, ended = CancelToken(), threading.Event()

    def steps() -> Generator[int]:
        yield 1
        try:
            while True:
                stop.check()
                time.sleep(0.01)
        finally:
            ended.set()

    run = runner.run(Lane.IMPORT, steps, received.progressed, received.done, received.failed, stop)
    wait(lambda: received.progress == [1])
    run.cancel()
    wait(lambda: received.values == [1])
    assert ended.is_set()
    assert received.errors == []


def test_the_progress_of_a_dropped_run_is_not_delivered(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    counter = Counter(20, 0.05)
    run = _run(runner, counter, received)
    run.drop()
    wait(lambda: not runner.busy())
    assert received.progress == received.values == []


def test_a_function_reports_its_steps_and_gives_its_value(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    may_end = threading.Event()

    def work(note: Callable[[int], None]) -> str:
        note(1)
        note(2)
        assert may_end.wait(SOON)
        return "done"

    runner.follow(Lane.LIBRARY, work, received.progressed, received.done, received.failed)
    wait(lambda: received.progress == [2])
    may_end.set()
    wait(lambda: received.values == ["done"])
    assert received.threads == {threading.main_thread()}


def test_a_function_that_reports_is_cancelled_by_its_token(
    runner: TaskRunner, received: Received, wait: Wait
) -> None:
    stop = CancelToken()

    def work(note: Callable[[int], None]) -> None:
        note(1)
        while True:
            stop.check()
            time.sleep(0.01)

    run = runner.follow(
        Lane.LIBRARY, work, received.progressed, received.done, received.failed, stop
    )
    wait(lambda: received.progress == [1])
    run.cancel()
    wait(lambda: len(received.errors) == 1)
    assert isinstance(received.errors[0], Cancelled)
    assert received.values == []


def test_nothing_is_run_after_closing(qapp: QApplication) -> None:
    runner = TaskRunner()
    assert runner.close()
    ran: list[str] = []
    task = runner.call(Lane.QUICK, lambda: ran.append("late"))
    assert task.dropped
    assert not runner.busy() and ran == []
    assert not own_threads()
