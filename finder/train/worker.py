"""The process that trains for the window (`core.training.messages`). It does what the command line
does, prints each step, and ends with the window; the epochs that are done are kept then.

PyTorch is imported once the window knows of it: that takes seconds.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, redirect_stdout, suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

from finder.core.i18n import tr
from finder.core.training.messages import (
    GO_ON,
    KEEP,
    PAUSE,
    STOP,
    Outcome,
    Outline,
    Request,
    epoch_line,
    outcome_line,
    outline_line,
    progress_line,
)
from finder.core.training.settings import Epoch, Progress, require_packages
from finder.workers.child_command import end_with_parent

if TYPE_CHECKING:
    from finder.train.trained_model import TrainedModel
    from finder.train.training import Training

Result = TypeVar("Result")
Emit = Callable[[str], None]

_EVERY: Final = 0.1
"""Seconds between two messages of progress."""
_NICE: Final = 10


class Stopped(Exception):
    """The window does not want the model any more."""


def serve(emit: Emit) -> None:
    """Train what the first line of stdin asks for. emit: prints a line. Raises FinderError."""
    orders = Orders()
    end_with_parent(orders.heard)
    with suppress(AttributeError, OSError):  # so that the window stays quick; on Windows it does so
        os.nice(_NICE)
    with redirect_stdout(sys.stderr), suppress(Stopped):  # libraries print, too
        train(Request.read(orders.request()), orders, emit)


class Orders:
    """What the window asks for: first what is trained, then orders about it. `heard` is called in
    another thread than the others."""

    def __init__(self) -> None:
        self._requests: SimpleQueue[str] = SimpleQueue()
        self._has_request = False
        self._go = threading.Event()
        self._go.set()
        self.keeps = self._stops = False

    def request(self) -> str:
        return self._requests.get()

    def heard(self, line: str) -> None:
        if not self._has_request:
            self._has_request = True
            self._requests.put(line)
        elif line == PAUSE:
            self._go.clear()
        elif line in (GO_ON, KEEP, STOP):
            self.keeps = self.keeps or line == KEEP
            self._stops = self._stops or line == STOP
            self._go.set()

    def wait(self) -> None:
        """While it is paused. Raises Stopped."""
        self._go.wait()
        if self._stops:
            raise Stopped


def train(request: Request, orders: Orders, emit: Emit) -> None:
    """Raises FinderError, Stopped."""
    require_packages()
    said = _Said(emit)
    said.progress(Progress(tr("Loading PyTorch …"), 0.0))
    from finder.train.training import prepare

    preparing = prepare(request.home, request.settings, request.restart)
    with closing(_followed(preparing, orders, said)) as training:
        emit(outline_line(_outline(training)))
        said.epochs(training.epochs)
        run = training.run()
        with closing(run):
            while not orders.keeps:
                if not _step(run, orders, said):
                    break
        model = _followed(training.keep(), orders, said)
    emit(outcome_line(_outcome(model)))


def _step(run: Generator[Progress], orders: Orders, said: _Said) -> bool:
    """One step of the training; False at its end. Raises Stopped."""
    orders.wait()
    if orders.keeps:
        return False
    progress = next(run, None)
    if progress is not None and not said.epochs(progress.epochs):
        said.progress(progress)
    return progress is not None


def _followed(work: Generator[Progress, None, Result], orders: Orders, said: _Said) -> Result:
    """What it returns. Raises Stopped."""
    with closing(work):
        while True:
            orders.wait()
            try:
                progress = next(work)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            said.progress(progress)


class _Said:
    """What was printed: each epoch once, progress not too often."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._doing, self._epochs, self._at = "", 0, 0.0

    def progress(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.doing == self._doing and now - self._at < _EVERY:
            return
        self._doing, self._at = progress.doing, now
        self._emit(progress_line(progress))

    def epochs(self, epochs: tuple[Epoch, ...]) -> bool:
        """Whether any is new."""
        new = epochs[self._epochs :]
        for epoch in new:
            self._emit(epoch_line(epoch))
        self._epochs += len(new)
        return bool(new)


def _outline(training: Training) -> Outline:
    split = training.split
    parts = len(split.train), len(split.validation), len(split.test)
    weights = training.classifier.trained_parameters()
    return Outline(len(split.names), parts, weights, split.notes, training.batches.size)


def _outcome(model: TrainedModel) -> Outcome:
    difference = max(model.parity.raw, model.parity.unit)
    return Outcome(model.spec.name, difference, model.compared)
