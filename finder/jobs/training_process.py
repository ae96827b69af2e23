"""A training in a process of its own, for the window: PyTorch is never in the window's process."""

from __future__ import annotations

import math
import threading
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from finder.core.cancellation import Cancelled
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.training.messages import GO_ON, KEEP, PAUSE, STOP, Request, TrainingState
from finder.core.training.settings import Progress
from finder.workers.child_command import TRAIN_MODEL
from finder.workers.child_process import ChildProcess, Ending

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken

_STOP_SECONDS: Final = 1.5
"""How long a process that is to stop may take to end by itself. The epochs that are done are kept
in any case."""


class TrainingCrashed(FinderError):
    """The process ended without a word, perhaps for want of memory."""


class TrainingProcess:
    """`states` runs in a lane (TRAINING); the orders may be given from any thread, also before the
    process has started."""

    def __init__(self, request: Request, token: CancelToken) -> None:
        """token: set where the training is to stop. state: the last that is known, also what the
        process still said while it was stopped."""
        self.state = TrainingState(Progress(tr("Starting …"), 0.0))
        self._request = request
        self._token = token
        self._child: ChildProcess | None = None
        self._early: list[str] = []
        self._starting = threading.Lock()

    def states(self) -> Generator[TrainingState]:
        """What is known after each message. The last one has an outcome, unless the training was
        stopped. Raises FinderError, Cancelled."""
        yield self.state
        settings = self._request.settings.with_full_paths()
        request = replace(self._request, settings=settings)
        with ChildProcess(
            TRAIN_MODEL, seconds=math.inf, token=self._token, most_output=math.inf, is_low=True
        ) as child:
            with self._starting:
                for line in (request.line(), *self._early):
                    child.send(line)
                self._child = child
            try:
                for line in child.lines():
                    self.state = self.state.after(line)
                    yield self.state
                ended = child.result()
            except (Cancelled, GeneratorExit):
                child.send(STOP)
                child.wait(_STOP_SECONDS)
                for line in child.last_lines():  # the model may have been ready
                    self.state = self.state.after(line)
                raise
        if ended.ending is not Ending.DONE:
            failure = ended.failure(
                tr("The training has ended: {why}."),
                tr(
                    "Start it again: the epochs that are done are kept. Where memory is short, "
                    "choose fewer pictures at a time, or close other programs."
                ),
            )
            if ended.ending is Ending.CRASHED:
                raise TrainingCrashed(failure.sentence, failure.hint)
            raise failure

    def pause(self) -> None:
        self._order(PAUSE)

    def go_on(self) -> None:
        self._order(GO_ON)

    def keep(self) -> None:
        """End the training, and make a model of the best epoch."""
        self._order(KEEP)

    def _order(self, order: str) -> None:
        with self._starting:
            if self._child is None:
                self._early.append(order)
            else:
                self._child.send(order)
