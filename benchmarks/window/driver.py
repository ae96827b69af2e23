"""Driving the real window from a benchmark: start it, let it run, note what it paints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from unittest.mock import patch

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QPaintEvent

from finder import app
from finder.app import Program
from finder.core.paths import Home
from finder.gui.grid.picture_view import PictureView

Value = TypeVar("Value")


def in_window(home: Home, script: Callable[[Program], Value]) -> Value:
    """Start the program as `image-finder --home` does, run the script in it, close the window."""
    values: list[Value] = []
    faults: list[BaseException] = []

    class Driven(Program):
        def start(self) -> None:
            try:
                values.append(script(self))
            except BaseException as error:
                faults.append(error)
            finally:
                self.window.close()

        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            QTimer.singleShot(0, self.start)

    # the program would end this process, too, where a thread is still at work
    with patch.object(app, "Program", Driven), patch.object(app, "end_process", lambda code: code):
        app.run_window(str(home.root))
    if faults or not values:
        raise faults[0] if faults else RuntimeError("the window did not open")
    return values[0]


def wait_until(ready: Callable[[], bool], seconds: float = 60.0, every_ms: int = 2) -> None:
    """Let the window run until the condition holds."""
    loop, look = QEventLoop(), QTimer()
    end = time.monotonic() + seconds
    is_ready = False  # kept, as it may not hold any more when the loop has ended

    def check() -> None:
        nonlocal is_ready
        is_ready = ready()
        if is_ready or time.monotonic() > end:
            loop.quit()

    look.timeout.connect(check)
    look.start(every_ms)
    loop.exec()
    look.stop()
    if not is_ready:
        raise TimeoutError("the window did not get there")


def live(duration: float) -> None:
    """Let the window run for this many seconds."""
    loop = QEventLoop()
    QTimer.singleShot(round(duration * 1_000), loop.quit)
    loop.exec()


def settle(program: Program) -> None:
    """Wait until nothing is running any more."""
    wait_until(
        lambda: (
            not program.task_runner.busy()
            and not program.conductor.controllers.library.indexing.busy
        )
    )
    live(0.05)


@dataclass(frozen=True)
class Paint:
    """One paint of a grid of cards. height: of what was painted, in pixels."""

    view: PictureView
    began: float
    ended: float
    height: int


@contextmanager
def noted_paints() -> Iterator[list[Paint]]:
    """Every paint of a grid, of the library or of results, that is made after this."""
    paints: list[Paint] = []
    original = PictureView.paintEvent

    def paint(view: PictureView, event: QPaintEvent) -> None:
        began = time.perf_counter()
        original(view, event)
        paints.append(Paint(view, began, time.perf_counter(), event.rect().height()))

    with patch.object(PictureView, "paintEvent", paint):
        yield paints
