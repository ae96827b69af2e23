"""The run that a dialog shows: measuring, or teaching a model."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr
from finder.jobs.task_runner import Lane, Run, TaskRunner


def waiting_text(task_runner: TaskRunner) -> str:
    """What must end before something in the lane LIBRARY can begin; empty if nothing must."""
    busy = task_runner.busy(Lane.LIBRARY)
    return tr("Waiting for other work on the library to finish …") if busy else ""


class LibraryRun:
    """One run at a time, in the lane LIBRARY: it may index. The next one waits there for one that
    `end` has ended."""

    def __init__(self, task_runner: TaskRunner) -> None:
        self._task_runner = task_runner
        self._run: Run | None = None

    @property
    def is_on(self) -> bool:
        """Whether there is one that `end` has not ended."""
        return self._run is not None and not self._run.cancelled

    def start(
        self,
        steps: Callable[[CancelToken], Generator[Any]],
        progress: Callable[[Any], None],
        ended: Callable[[Any], None],
        failed: Callable[[BaseException], None],
    ) -> str:
        """Returns what there is to say until the first step. progress: not called any more once the
        run is to end. ended: called with the last value, also after `end`, perhaps too late."""
        waiting = waiting_text(self._task_runner)
        stop = CancelToken()

        def note(step: Any) -> None:
            if not run.cancelled:
                progress(step)

        def finish(tell: Callable[[Any], None], value: Any) -> None:
            if self._run is run:  # else another one was started meanwhile
                self._run = None
            tell(value)

        self._run = run = self._task_runner.run(
            Lane.LIBRARY,
            lambda: steps(stop),
            note,
            lambda last: finish(ended, last),
            lambda error: finish(failed, error),
            stop,
        )
        return waiting or tr("Starting …")

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
