"""The run that a dialog shows: measuring, or teaching a model."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr
from finder.jobs.task_runner import Lane, Run, TaskRunner


class LibraryRun:
    """One run at a time, in the lane LIBRARY: it may index."""

    def __init__(self, task_runner: TaskRunner) -> None:
        self._task_runner = task_runner
        self._run: Run | None = None

    @property
    def is_on(self) -> bool:
        return self._run is not None

    def start(
        self,
        steps: Callable[[CancelToken], Generator[Any]],
        progress: Callable[[Any], None],
        ended: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> str:
        """Returns what there is to say until the first step. progress: not called any more once the
        run is to end. ended: called with the last value, also after `end`, perhaps too late."""
        busy = self._task_runner.busy(Lane.LIBRARY)
        stop = CancelToken()

        def note(step: Any) -> None:
            if self._run is not None and not self._run.cancelled:
                progress(step)

        def finish(tell: Callable[[Any], None], value: Any) -> None:
            self._run = None
            tell(value)

        self._run = self._task_runner.run(
            Lane.LIBRARY,
            lambda: steps(stop),
            note,
            lambda last: finish(ended, last),
            lambda error: finish(failed, error),
            stop,
        )
        return tr("Waiting for indexing to finish …") if busy else tr("Starting …")

    def end(self) -> bool:
        """Whether it had not begun, and never will; else it ends at its next step."""
        run = self._run
        if run is None:
            return False
        run.cancel()
        if run.future is None or not run.future.cancel():
            return False
        self._run = None
        return True
