"""After an answer: which of its matches are proven to be the query's picture."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from finder.core.cancellation import CancelToken
from finder.core.search.verify.proofs import with_verified
from finder.core.search.verify.sameness import DIFFERENT
from finder.jobs.task_runner import Lane, Run, TaskRunner

if TYPE_CHECKING:
    from finder.core.search.matches import Result
    from finder.core.search.verify.sameness import Different, Sameness
    from finder.jobs.workspace import Workspace

LASTING_MS = 1_000
"""What takes longer is told."""


class Verification(QObject):
    """Of one answer at a time, in the background.

    Signals: proven(Result), the answer with the proofs so far; lasting(whether it is at work for
    longer than a moment); failed(error).
    """

    proven = Signal(object)
    lasting = Signal(bool)
    failed = Signal(object)

    def __init__(self, task_runner: TaskRunner, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._task_runner = task_runner
        self._workspace = workspace
        self._result: Result | None = None
        self._verified: dict[int, Sameness | Different] = {}
        self._told: Result | None = None
        self._run: Run | None = None
        self._begin_timer = QTimer(self, singleShot=True, interval=0)
        self._begin_timer.timeout.connect(self._verify)
        self._lasting_timer = QTimer(self, singleShot=True, interval=LASTING_MS)
        self._lasting_timer.timeout.connect(lambda: self.lasting.emit(True))

    @property
    def is_at_work(self) -> bool:
        """Or about to be."""
        return self._begin_timer.isActive() or self._run is not None

    def begin(self, result: Result) -> Result:
        """Verify the matches of this answer, once it is painted, instead of another. Returns it
        with what is proven already, if it is another answer to the same query."""
        self.cancel()
        if self._result is None or result.query is not self._result.query:
            self._verified = {}
        self._result, self._told = result, with_verified(result, self._verified)
        self._begin_timer.start()
        return self._told

    def step_aside(self) -> bool:
        """Let what is queued now go first. Returns whether it was at work."""
        was_at_work = self._run is not None
        if was_at_work:
            self.cancel()
            self._begin_timer.start()
        return was_at_work

    def cancel(self) -> None:
        self._begin_timer.stop()
        if self._run is not None:
            self._run.drop()
            self._end()

    def _verify(self) -> None:
        if self._result is None:
            return
        stop = CancelToken()
        self._lasting_timer.start()
        self._run = self._task_runner.run(
            Lane.SEARCH,
            partial(self._workspace.verify, self._result, stop, self._verified),
            self._tell,
            self._finish,
            self._fail,
            stop,
        )

    def _tell(self, result: Result) -> None:
        """Several proofs at a time, as progress is told at intervals; nothing if all that is shown
        is still the same."""
        different = dict.fromkeys(result.different, DIFFERENT)
        self._verified = {**self._verified, **different, **result.same}
        if self._told is None or replace(self._told, different=result.different) != result:
            self._told = result
            self.proven.emit(result)

    def _finish(self, result: Result | None) -> None:
        """result: None if nothing more is proven."""
        self._end()
        if result is not None:
            self._tell(result)

    def _fail(self, error: BaseException) -> None:
        self._end()
        self.failed.emit(error)

    def _end(self) -> None:
        self._run = None
        self._lasting_timer.stop()
        self.lasting.emit(False)
