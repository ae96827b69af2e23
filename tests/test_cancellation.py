"""Functions that run in other threads, and the cancellation that frees their caller."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from finder.core.cancellation import CancellableExecutor, Cancelled, CancelToken
from finder.core.errors import FinderError

SOON = 10.0  # seconds that no test takes unless it fails


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture(params=["here", "elsewhere"])
def executor(request: pytest.FixtureRequest, pool: ThreadPoolExecutor) -> Executor | None:
    return pool if request.param == "elsewhere" else None


def _raising(error: BaseException) -> Callable[[], None]:
    def step() -> None:
        raise error

    return step


def test_a_token_does_nothing_until_it_is_set() -> None:
    stop = CancelToken()
    stop.check()
    stop.set()
    for _ in range(2):
        with pytest.raises(Cancelled):
            stop.check()


def test_no_steps_give_nothing(executor: Executor | None) -> None:
    assert CancellableExecutor(executor).run() == []


def test_results_are_in_the_order_of_the_steps(executor: Executor | None) -> None:
    assert CancellableExecutor(executor).run(*(partial(pow, n, 2) for n in range(50))) == [
        n * n for n in range(50)
    ]


def test_the_slowest_step_may_be_the_first(pool: ThreadPoolExecutor) -> None:
    done = threading.Event()

    def slow() -> str:
        assert done.wait(SOON)
        return "slow"

    def fast() -> str:
        done.set()
        return "fast"

    assert CancellableExecutor(pool).run(slow, fast) == ["slow", "fast"]


def test_without_an_executor_the_steps_run_here_one_by_one() -> None:
    began: list[tuple[int, threading.Thread]] = []

    def step(n: int) -> None:
        began.append((n, threading.current_thread()))

    CancellableExecutor().run(*(partial(step, n) for n in range(3)))
    assert began == [(n, threading.current_thread()) for n in range(3)]


def test_with_an_executor_the_steps_run_at_the_same_time(pool: ThreadPoolExecutor) -> None:
    meeting = threading.Barrier(2, timeout=SOON)

    def step() -> threading.Thread:
        meeting.wait()
        return threading.current_thread()

    threads = CancellableExecutor(pool).run(step, step)
    assert len({*threads, threading.current_thread()}) == 3


def test_a_stop_frees_the_caller_while_the_step_continues(pool: ThreadPoolExecutor) -> None:
    stop, began, go_on, ended = CancelToken(), *(threading.Event() for _ in range(3))
    set_at: list[float] = []

    def slow() -> None:
        began.set()
        go_on.wait(SOON)
        ended.set()

    def stop_it() -> None:
        began.wait(SOON)
        set_at.append(time.perf_counter())
        stop.set()

    stopper = threading.Thread(target=stop_it)
    stopper.start()
    try:
        with pytest.raises(Cancelled):
            CancellableExecutor(pool, stop).run(slow)
        assert time.perf_counter() - set_at[0] < 0.5
        assert not ended.is_set(), "the step still runs"
    finally:
        go_on.set()
        stopper.join()
    assert ended.wait(SOON), "and ends by itself"


def test_steps_that_have_not_begun_at_a_stop_are_dropped() -> None:
    stop, go_on = CancelToken(), threading.Event()
    begun: list[int] = []

    def step(n: int) -> None:
        begun.append(n)
        stop.set()
        go_on.wait(SOON)

    with ThreadPoolExecutor(1) as one:
        with pytest.raises(Cancelled):
            CancellableExecutor(one, stop).run(*(partial(step, n) for n in range(5)))
        go_on.set()
    assert begun == [0]


def test_without_an_executor_a_stop_acts_before_the_next_step() -> None:
    stop = CancelToken()
    begun: list[int] = []

    def step(n: int) -> None:
        begun.append(n)
        if n == 1:
            stop.set()

    with pytest.raises(Cancelled):
        CancellableExecutor(None, stop).run(*(partial(step, n) for n in range(5)))
    assert begun == [0, 1]


def test_nothing_begins_after_a_stop(executor: Executor | None) -> None:
    stop = CancelToken()
    stop.set()
    begun: list[int] = []
    helpers = CancellableExecutor(executor, stop)
    with pytest.raises(Cancelled):
        helpers.run(partial(begun.append, 1))
    with pytest.raises(Cancelled):
        helpers.check()
    assert begun == []


@pytest.mark.parametrize(
    "error", [ValueError("bad"), TimeoutError("late"), FinderError("No.", "Go on."), Cancelled()]
)
def test_what_a_step_raises_is_raised(executor: Executor | None, error: BaseException) -> None:
    with pytest.raises(type(error)) as caught:
        CancellableExecutor(executor).run(partial(int, "1"), _raising(error))
    assert caught.value is error


def test_an_error_drops_the_steps_that_have_not_begun() -> None:
    go_on = threading.Event()
    begun: list[int] = []

    def step(n: int) -> None:
        begun.append(n)
        go_on.wait(SOON)

    with ThreadPoolExecutor(1) as one:
        with pytest.raises(ValueError):
            CancellableExecutor(one).run(
                _raising(ValueError()), *(partial(step, n) for n in range(5))
            )
        go_on.set()
    assert len(begun) <= 1, "the one that had started before the error was seen"


def test_a_slow_step_returns_its_value(pool: ThreadPoolExecutor) -> None:
    def step() -> int:
        time.sleep(0.2)  # many looks at the stop
        return 7

    assert CancellableExecutor(pool, CancelToken()).run(step) == [7]


class _EndsLate(Future[Any]):
    """Has its value just after the wait for it has timed out."""

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            self.set_result(7)
            raise TimeoutError
        return super().result(timeout)


class _Late(Executor):
    def submit(self, *step: Any, **options: Any) -> Future[Any]:
        return _EndsLate()


def test_a_step_that_ends_just_after_a_poll_returns_its_value() -> None:
    assert CancellableExecutor(_Late()).run(partial(int, "7")) == [7]
