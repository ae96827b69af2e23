"""Stopping work that nobody waits for any more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as NotYet
from typing import TypeVar

Value = TypeVar("Value")
_LOOK_EVERY = 0.02  # seconds


class Cancelled(Exception):
    """The answer is not wanted any more."""


class CancelToken:
    """A flag that one thread sets and another one looks at between its steps."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def check(self) -> None:
        """Raises Cancelled."""
        if self._event.is_set():
            raise Cancelled


class CancellableExecutor:
    """Runs steps in other threads, so that who asked for them can be stopped at once.

    A step that is under way when the stop comes is left to end by itself, unheard; one that has not
    begun is dropped. Without an executor the steps run here, one after the other.
    """

    def __init__(self, executor: Executor | None = None, stop: CancelToken | None = None) -> None:
        self._executor = executor
        self._stop = stop or CancelToken()

    def check(self) -> None:
        """Raises Cancelled."""
        self._stop.check()

    def run(self, *steps: Callable[[], Value]) -> list[Value]:
        """What the steps give, which run at the same time. Raises what they raise, or Cancelled."""
        if self._executor is None:
            return [self._step(step) for step in steps]
        futures = [self._executor.submit(self._step, step) for step in steps]
        try:
            return [self._wait(future) for future in futures]
        finally:
            for future in futures:
                future.cancel()

    def _step(self, step: Callable[[], Value]) -> Value:
        self._stop.check()
        return step()

    def _wait(self, future: Future[Value]) -> Value:
        while True:
            self._stop.check()
            try:
                return future.result(timeout=_LOOK_EVERY)
            except NotYet:
                if future.done():  # just now, or the step itself raised a TimeoutError
                    return future.result()
