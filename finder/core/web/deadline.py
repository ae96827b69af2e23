"""A limit on the total time of a download."""

from __future__ import annotations

import time

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr
from finder.core.web.address import refused


class Deadline(CancelToken):
    """A cancel token that also expires by itself, a number of seconds after its creation."""

    def __init__(self, seconds: float, stop: CancelToken | None = None) -> None:
        super().__init__()
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._stop = stop or CancelToken()

    def check(self) -> None:
        """Raises Cancelled; FinderError after the deadline."""
        super().check()
        self._stop.check()
        self.left()

    def left(self) -> float:
        """The remaining seconds, more than 0. Raises FinderError after the deadline."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise refused(
                tr("The download took longer than {n:g} seconds.").format(n=self._seconds)
            )
        return left
