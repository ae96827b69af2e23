"""The token of a task: set when the task is dropped or the runner is closed, not otherwise."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.errors import FinderError
from finder.jobs.task_runner import Lane, TaskRunner

SOON = 20.0  # seconds that no test takes unless it fails
Wait = Callable[[Callable[[], bool]], None]


@pytest.fixture
def wait(qtbot: QtBot) -> Wait:
    return lambda ready: qtbot.waitUntil(ready, timeout=round(SOON * 1_000))


def test_dropping_a_task_sets_its_token(runner: TaskRunner) -> None:
    stop, began, go_on = CancelToken(), threading.Event(), threading.Event()

    def work() -> None:
        began.set()
        go_on.wait(SOON)

    task = runner.call(Lane.SEARCH, work, stop=stop)
    assert began.wait(SOON)
    stop.check()
    task.drop()
    with pytest.raises(Cancelled):
        stop.check()
    go_on.set()


def test_a_finished_task_leaves_its_token_alone(runner: TaskRunner, wait: Wait) -> None:
    stop = CancelToken()
    values: list[int] = []
    runner.call(Lane.SEARCH, lambda: 7, values.append, stop=stop)
    wait(lambda: values == [7])
    stop.check()


def test_closing_sets_the_tokens_of_running_tasks(qapp: object) -> None:
    runner, stop, began = TaskRunner(), CancelToken(), threading.Event()
    freed: list[bool] = []

    def work() -> None:
        began.set()
        for _ in range(round(SOON * 100)):
            try:
                stop.check()
            except Cancelled:
                freed.append(True)
                return
            threading.Event().wait(0.01)

    runner.call(Lane.SEARCH, work, stop=stop)
    assert began.wait(SOON)
    runner.close()
    assert freed == [True]


@pytest.mark.parametrize(
    ("error", "logged"), [(Cancelled(), 0), (FinderError("gone"), 0), (ValueError("bug"), 1)]
)
def test_only_bugs_of_a_dropped_task_are_logged(
    runner: TaskRunner,
    wait: Wait,
    caplog: pytest.LogCaptureFixture,
    error: BaseException,
    logged: int,
) -> None:
    began, go_on = threading.Event(), threading.Event()
    received: list[object] = []

    def work() -> None:
        began.set()
        go_on.wait(SOON)
        raise error

    with caplog.at_level(logging.WARNING, "finder"):
        task = runner.call(Lane.SEARCH, work, received.append, received.append, CancelToken())
        assert began.wait(SOON)
        task.drop()
        go_on.set()
        wait(lambda: not runner.busy())
    assert len(caplog.records) == logged
    assert received == []
