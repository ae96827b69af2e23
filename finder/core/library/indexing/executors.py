"""The threads of an indexing run, and the process for suspects, as `jobs` gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from finder.core.cancellation import CancelToken

if TYPE_CHECKING:
    from finder.core.library.indexing.worker import WorkerOutput
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.pictures.scan import FoundFile

Alone = Callable[["Home", "FoundFile", "Sequence[ModelSpec]", CancelToken], "WorkerOutput"]
"""Works on one file in a process of its own, within limits of time and memory."""


class Executors:
    """extracting: `size` threads, each takes a picture all the way; storing: one thread that
    writes, so that nobody waits for the disk or the database; alone: see `Alone`; patience:
    seconds that a decoder may take over one picture."""

    def __init__(
        self,
        begin: Callable[[], Executor],
        size: int,
        storing: Executor,
        alone: Alone,
        patience: float,
    ) -> None:
        self._begin = begin
        self.extracting = begin()
        self.size = size
        self.storing = storing
        self.alone = alone
        self.patience = patience

    def renew(self) -> None:
        """Go on with new threads: one of the old ones will not come back. What has begun in the
        others ends there."""
        self.extracting.shutdown(wait=False)
        self.extracting = self._begin()
