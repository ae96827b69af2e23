"""The threads of an indexing run, and how a file is tried in a process, as `workers` provides
them."""

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

RunIsolated = Callable[
    ["Home", "FoundFile", "Sequence[ModelSpec] | None", CancelToken], "WorkerOutput"
]
"""Works on one file in a process of its own, within limits of time and memory: the models embed it,
or, where they are None, its text is read."""


class Executors:
    """extracting: `size` threads, each takes a picture through all steps; storing: one thread that
    writes, so that no worker waits for the disk or the database; run_isolated: see `RunIsolated`;
    decode_timeout: seconds that a worker may take over one picture (`suspect_files`)."""

    def __init__(
        self,
        start_threads: Callable[[], Executor],
        size: int,
        storing: Executor,
        run_isolated: RunIsolated,
        decode_timeout: float,
    ) -> None:
        self._start_threads = start_threads
        self.extracting = start_threads()
        self.size = size
        self.storing = storing
        self.run_isolated = run_isolated
        self.decode_timeout = decode_timeout

    def replace_threads(self) -> None:
        """Continue with new threads, because some of the old ones are blocked. The others finish
        what they have started."""
        self.extracting.shutdown(wait=False)
        self.extracting = self._start_threads()
