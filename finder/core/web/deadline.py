"""A limit on the time that a download takes, whatever it waits for."""

from __future__ import annotations

import time

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr
from finder.core.web.address import refused


class Deadline(CancelToken):
    """A stop that also comes by itself, so many seconds after it was made."""

    def __init__(self, seconds: float, stop: CancelToken | None = None) -> None:
        super().__init__()
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._stop = stop or CancelToken()

    def check(self) -> None:
        """Raises Cancelled; FinderError if the time is up."""
        super().check()
        self._stop.check()
        self.left()

    def left(self) -> float:
        """Seconds, more than 0. Raises FinderError if the time is up."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise refused(
                tr("The download took longer than {n:g} seconds.").format(n=self._seconds)
            )
        return left
