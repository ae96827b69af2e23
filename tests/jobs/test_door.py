"""The one door off the GUI thread: lanes, tickets, runs, and how it is closed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finder.core.cancellation import CancelToken
from finder.jobs.task_runner import PULL_EVERY_MS, Lane, Run, TaskRunner

SOON = 5_000


class Heard:
    """What a door told, and in which thread."""

    def __init__(self) -> None:
        self.values: list[object] = []
        self.progress: list[int] = []
        self.errors: list[BaseException] = []
        self.threads: set[threading.Thread] = set()

    def done(self, value: object) -> None:
        self.values.append(value)
        self.threads.add(threading.current_thread())

    def went_on(self, step: int) -> None:
        self.progress.append(step)
        self.threads.add(threading.current_thread())

    def failed(self, error: BaseException) -> None:
        self.errors.append(error)
        self.threads.add(threading.current_thread())


class Counter:
    """A generator that counts slowly, and tells whether it was closed."""

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
def door(qapp: object) -> Iterator[TaskRunner]:
    door = TaskRunner()
    yield door
    door.close()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def wait(qtbot: QtBot) -> Callable[[Callable[[], bool]], None]:
    return lambda ready: qtbot.waitUntil(ready, timeout=SOON)


Wait = Callable[[Callable[[], bool]], None]


def _run(door: TaskRunner, counter: Counter, heard: Heard) -> Run:
    return door.run(Lane.LIBRARY, counter.steps, heard.went_on, heard.done, heard.failed)


def test_an_answer_comes_in_the_gui_thread(door: TaskRunner, heard: Heard, wait: Wait) -> None:
    worked_in: list[threading.Thread] = []

    def work() -> int:
        worked_in.append(threading.current_thread())
        return 42

    door.call(Lane.QUICK, work, heard.done)
    wait(lambda: heard.values == [42])
    assert heard.threads == {threading.main_thread()}
    assert worked_in != [threading.main_thread()]


def test_failed_gets_the_exception(door: TaskRunner, heard: Heard, wait: Wait) -> None:
    error = OSError("disk")

    def work() -> None:
        raise error

    door.call(Lane.QUICK, work, heard.done, heard.failed)
    wait(lambda: heard.errors == [error])
    assert heard.values == []
    assert heard.threads == {threading.main_thread()}
    assert not door.busy()


def test_an_error_that_nobody_expects_is_reported_as_a_bug(
    door: TaskRunner, heard: Heard, wait: Wait
) -> None:
    door.report_bugs_to(heard.failed)
    door.call(Lane.QUICK, lambda: 1 // 0, heard.done)
    wait(lambda: len(heard.errors) == 1)
    assert isinstance(heard.errors[0], ZeroDivisionError)
    assert heard.values == []


def test_a_generators_error_goes_to_failed(door: TaskRunner, heard: Heard, wait: Wait) -> None:
    def steps() -> Generator[int]:
        yield 1
        raise OSError("disk")

    door.run(Lane.LIBRARY, steps, heard.went_on, heard.done, heard.failed)
    wait(lambda: len(heard.errors) == 1)
    assert heard.values == []


def test_a_dropped_ticket_is_not_heard(door: TaskRunner, heard: Heard, wait: Wait) -> None:
    started, go = threading.Event(), threading.Event()

    def work() -> bool:
        started.set()
        return go.wait(SOON)

    ticket = door.call(Lane.SEARCH, work, heard.done, heard.failed)
    assert started.wait(SOON / 1_000)
    ticket.drop()
    assert door.busy(Lane.SEARCH)
    go.set()
    wait(lambda: not door.busy())
    assert heard.values == []
    assert heard.errors == []


def test_a_waiting_ticket_that_is_dropped_is_forgotten(
    door: TaskRunner, heard: Heard, wait: Wait
) -> None:
    go = threading.Event()
    door.call(Lane.SEARCH, lambda: go.wait(SOON), heard.done)
    ran: list[int] = []
    waiting = door.call(Lane.SEARCH, lambda: ran.append(1), heard.done)
    waiting.drop()
    go.set()
    wait(lambda: not door.busy())
    assert ran == []
    assert heard.values == [True]


def test_a_lane_of_one_answers_in_order(door: TaskRunner, heard: Heard, wait: Wait) -> None:
    def work(n: int) -> int:
        time.sleep(0.002 * (10 - n))
        return n

    for n in range(10):
        door.call(Lane.SEARCH, partial(work, n), heard.done)
    wait(lambda: len(heard.values) == 10)
    assert heard.values == list(range(10))


def test_a_busy_lane_does_not_hold_up_another(door: TaskRunner, heard: Heard, wait: Wait) -> None:
    go = threading.Event()
    door.call(Lane.LIBRARY, lambda: go.wait(SOON))
    door.call(Lane.QUICK, lambda: 1, heard.done)
    wait(lambda: heard.values == [1])
    assert door.busy(Lane.LIBRARY)
    assert not door.busy(Lane.QUICK)
    go.set()
    wait(lambda: not door.busy())


def test_progress_is_pulled_not_pushed(door: TaskRunner, heard: Heard, wait: Wait) -> None:
    began = time.monotonic()
    counter = Counter(300, 0.002)
    _run(door, counter, heard)
    wait(lambda: heard.values == [300])
    looks = (time.monotonic() - began) * 1_000 / PULL_EVERY_MS
    assert 2 <= len(heard.progress) <= looks + 1
    assert heard.progress == sorted(set(heard.progress))
    assert heard.threads == {threading.main_thread()}
    assert counter.ended.is_set()


def test_a_paused_run_stands_still_until_it_is_resumed(
    door: TaskRunner, heard: Heard, wait: Wait
) -> None:
    may_go_on, went_on_while_paused = threading.Event(), []

    def steps() -> Generator[int]:
        yield 1
        may_go_on.wait(SOON)
        yield 2
        went_on_while_paused.append(run.paused)
        yield 3

    run = door.run(Lane.LIBRARY, steps, heard.went_on, heard.done, heard.failed)
    wait(lambda: heard.progress == [1])
    run.pause()
    assert run.paused
    may_go_on.set()
    wait(lambda: heard.progress == [1, 2])
    assert went_on_while_paused == []
    run.resume()
    wait(lambda: heard.values == [3])
    assert went_on_while_paused == [False]


@pytest.mark.parametrize("paused", [False, True])
def test_cancel_closes_the_generator_and_done_gets_the_last_step(
    door: TaskRunner, heard: Heard, wait: Wait, paused: bool
) -> None:
    counter = Counter(1_000, 0.01)
    run = _run(door, counter, heard)
    wait(lambda: len(heard.progress) >= 1)
    if paused:
        run.pause()
    run.cancel()
    wait(lambda: len(heard.values) == 1)
    assert counter.ended.is_set()
    assert run.cancelled
    assert heard.values == [counter.taken]
    assert 0 < counter.taken < 1_000


def test_no_progress_is_told_after_the_end(door: TaskRunner, heard: Heard, qtbot: QtBot) -> None:
    _run(door, Counter(3, 0.001), heard)
    qtbot.waitUntil(lambda: heard.values == [3], timeout=SOON)
    told = list(heard.progress)
    (timer,) = door.findChildren(QTimer)
    qtbot.waitUntil(lambda: not timer.isActive(), timeout=SOON)
    assert heard.progress == told


def test_closing_cancels_what_runs_and_finishes_what_writes(qapp: object, heard: Heard) -> None:
    door, wrote, looked = TaskRunner(), threading.Event(), threading.Event()
    counter, never = Counter(10_000, 0.01), Counter(3, 0.01)
    _run(door, counter, heard)
    _run(door, never, heard)
    door.call(Lane.LIBRARY, wrote.set, heard.done)
    door.call(Lane.PREVIEW, lambda: time.sleep(0.2))
    door.call(Lane.PREVIEW, looked.set)
    assert door.close(20), "a thread was left at work"
    assert counter.ended.is_set()
    assert counter.taken < 10_000
    assert not any(thread.name.startswith("finder-") for thread in threading.enumerate())
    assert wrote.is_set(), "a folder that was to be forgotten, settings that were to be kept"
    assert not looked.is_set()
    assert never.taken == 0
    assert heard.values == []


def test_closing_does_not_wait_for_ever(qapp: object) -> None:
    door, go = TaskRunner(), threading.Event()
    door.call(Lane.LIBRARY, lambda: go.wait(SOON))
    assert not door.close(0.1)
    assert not go.is_set(), "what it would wait for"
    go.set()


def test_nothing_is_heard_after_closing(qapp: object, heard: Heard) -> None:
    door = TaskRunner()
    door.call(Lane.QUICK, lambda: 1, heard.done, heard.failed)
    assert door.close()
    QApplication.processEvents()  # what the threads sent is there by now
    assert heard.values == heard.errors == []
    assert not door.busy()


def test_closing_tells_whether_every_thread_has_ended(qtbot: QtBot) -> None:
    go = threading.Event()
    door = TaskRunner()
    door.call(Lane.LIBRARY, lambda: go.wait(20))
    assert not door.close(0.05)
    go.set()
    assert TaskRunner().close()


def test_a_run_that_waits_within_a_step_is_told_to_stop(
    door: TaskRunner, heard: Heard, wait: Wait
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

    run = door.run(Lane.IMPORT, steps, heard.went_on, heard.done, heard.failed, stop)
    wait(lambda: heard.progress == [1])
    run.cancel()
    wait(lambda: heard.values == [1])
    assert ended.is_set()
    assert heard.errors == []


def test_the_progress_of_a_dropped_run_is_not_heard(
    door: TaskRunner, heard: Heard, wait: Wait
) -> None:
    counter = Counter(20, 0.05)
    run = _run(door, counter, heard)
    run.drop()
    wait(lambda: not door.busy())
    assert heard.progress == heard.values == []
