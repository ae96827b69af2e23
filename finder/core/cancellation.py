"""Cancelling work whose result is no longer needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as FutureTimeout
from typing import TypeVar

Value = TypeVar("Value")
_POLL_INTERVAL = 0.02  # seconds


class Cancelled(Exception):
    """The work was cancelled."""


class CancelToken:
    """A flag that one thread sets to cancel the work of another, which checks it between its
    steps."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Cancel the work."""
        self._event.set()

    @property
    def is_set(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raise Cancelled if the flag is set."""
        if self._event.is_set():
            raise Cancelled


class CancellableExecutor:
    """Runs functions in other threads, so that the caller can be cancelled at any time.

    After a cancellation, a function that is running finishes by itself and its result is dropped;
    one that has not started is not run. Without an executor the functions run in the calling
    thread, one after the other.
    """

    def __init__(self, executor: Executor | None = None, stop: CancelToken | None = None) -> None:
        self._executor = executor
        self._stop = stop or CancelToken()

    def check(self) -> None:
        """Raises Cancelled."""
        self._stop.check()

    def run(self, *functions: Callable[[], Value]) -> list[Value]:
        """Run functions concurrently; returns their results in order. Raises what they raise, or
        Cancelled."""
        if self._executor is None:
            return [self._call(function) for function in functions]
        futures = [self._executor.submit(self._call, function) for function in functions]
        try:
            return [self._wait(future) for future in futures]
        finally:
            for future in futures:
                future.cancel()

    def _call(self, function: Callable[[], Value]) -> Value:
        self._stop.check()
        return function()

    def _wait(self, future: Future[Value]) -> Value:
        while True:
            self._stop.check()
            try:
                return future.result(timeout=_POLL_INTERVAL)
            except FutureTimeout:
                if future.done():  # it has just finished, or has itself raised a TimeoutError
                    return future.result()
