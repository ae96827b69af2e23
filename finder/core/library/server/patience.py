"""Waiting for a server that is away in the middle of a run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from finder.core.cancellation import Cancelled
from finder.core.i18n import tr
from finder.core.library.server.server_errors import ServerUnavailable

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_POLL_INTERVAL = 0.05
_GRACE = 3.0
"""Seconds in which a cancelled run may still store what was finished."""
Result = TypeVar("Result")


class Patience:
    """What a call does where its server is unavailable: it fails, or waits and tries again until it
    succeeds or is cancelled. All connections of one writer share it; any thread may call."""

    def __init__(self, cancelled: Callable[[], bool] | None = None) -> None:
        """cancelled: asked many times a second; where it returns True, all is cancelled at once."""
        self._cancelled = cancelled or (lambda: False)
        self._waits = False
        self._ends_at: float | None = None
        self._failure: ServerUnavailable | None = None

    def begin(self) -> None:
        """From now on calls wait."""
        self._waits = True

    def cancel(self, at_once: bool = False) -> None:
        """Nothing waits any more, and what is being done may take some seconds; at_once: none."""
        self._ends_at = time.monotonic() + (0 if at_once or self._failure else _GRACE)

    @property
    def is_over(self) -> bool:
        """Whether all calls are to raise Cancelled."""
        has_ended = self._ends_at is not None and time.monotonic() >= self._ends_at
        return has_ended or self._cancelled()

    @property
    def sentence(self) -> str:
        """What is being waited for; empty while the server answers."""
        failure = self._failure
        if failure is None:
            return ""
        return tr("{why} Waiting for it; nothing is lost.").format(why=failure.sentence)

    def call(self, function: Callable[[], Result]) -> Result:
        """What the function returns. Raises Cancelled, and ServerUnavailable where it does not
        wait."""
        pause = _FIRST_PAUSE
        while True:
            try:
                result = function()
            except ServerUnavailable as failure:
                self._failed(failure)
            else:
                self._failure = None
                return result
            self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _failed(self, failure: ServerUnavailable) -> None:
        if self._ends_at is not None or self._cancelled():
            raise Cancelled from None
        if not self._waits:
            raise failure
        self._failure = failure

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._ends_at is not None or self._cancelled():
                raise Cancelled
            time.sleep(min(left, _POLL_INTERVAL))
