"""Text in pictures: measured before it is switched on, switched off, forgotten."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from finder.core.i18n import tr
from finder.gui.common.notices.messages import message_for
from finder.gui.common.question import ask
from finder.jobs.library_models import WINDOW
from finder.jobs.task_runner import Lane, Run, TaskRunner
from finder.use_cases.library.text_in_pictures import (
    ReadingEstimate,
    TextStatus,
    estimate_reading,
    forget_text,
    switch_text,
    text_status,
)

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.gui.preferences.text_card import TextCard

Value = TypeVar("Value")


class TextController(QObject):
    """What is under way goes on when the preferences are closed, but for measuring.

    Signals: switched_on: the next run reads text; failed(error).
    """

    switched_on = Signal()
    failed = Signal(object)

    def __init__(self, task_runner: TaskRunner, home: Home, parent: QObject) -> None:
        super().__init__(parent)
        self._task_runner = task_runner
        self._home = home
        self._card: TextCard | None = None
        self._measuring: Run | None = None
        self._is_forgetting = self._waits = False

    def show_in(self, card: TextCard) -> None:
        """Keep this card up to date, until `leave`."""
        self._card = card
        card.asked_for.connect(self._measure)
        card.declined.connect(self._stop_measuring)
        card.confirmed.connect(self._switch_on)
        card.switched_off.connect(self._switch_off)
        card.forget_requested.connect(self._ask_to_forget)
        self.refresh()

    def leave(self) -> None:
        """The card is gone: a question that was not answered means “not now”."""
        self._stop_measuring()
        self._card = None

    def refresh(self) -> None:
        if self._card is not None:
            self._task_runner.call(
                Lane.QUICK, partial(text_status, self._home), self._show, self._show_failure
            )

    def _show(self, status: TextStatus) -> None:
        if self._card is None:
            return
        self._card.show_status(status)
        if self._is_forgetting:
            self._card.show_forgetting(self._waits)

    # Switching it on

    def _measure(self) -> None:
        if self._card is None:
            return
        if self._task_runner.busy(Lane.LIBRARY):
            self._card.show_waiting()
        else:
            self._card.show_measuring()
        self._measuring = self._task_runner.run(
            Lane.LIBRARY,
            partial(_steps, self._home),
            lambda _: self._show_measuring(),
            self._measured,
            self._not_measured,
        )

    def _stop_measuring(self) -> None:
        if self._measuring is not None:
            self._measuring.cancel()
            self._measuring.drop()
            self._measuring = None

    def _show_measuring(self) -> None:
        if self._card is not None:
            self._card.show_measuring()

    def _measured(self, estimate: ReadingEstimate | object) -> None:
        self._measuring = None
        if self._card is None or not isinstance(estimate, ReadingEstimate):
            return
        if estimate.pictures:
            self._card.ask(estimate)
        else:  # there is nothing to decide
            self._card.confirm()

    def _not_measured(self, error: BaseException) -> None:
        self._measuring = None
        self._show_failure(error)

    def _switch_on(self) -> None:
        self._call(
            Lane.QUICK, partial(switch_text, self._home, True), lambda _: self._is_switched_on()
        )

    def _is_switched_on(self) -> None:
        self.refresh()
        self.switched_on.emit()

    # Switching it off

    def _switch_off(self) -> None:
        self._call(Lane.QUICK, partial(switch_text, self._home, False), lambda _: self.refresh())

    def _ask_to_forget(self) -> None:
        if self._card is not None:
            ask(
                self._card.window(),
                tr("Text in pictures"),
                tr("Forget the text that was read in pictures?"),
                tr(
                    "Words no longer find pictures by it, and no more text is read. "
                    "The pictures are not touched."
                ),
                tr("Forget"),
                self._forget,
                is_removal=True,
            )

    def _forget(self) -> None:
        """Switched off first: a run that reads text ends with that."""
        self._is_forgetting = True
        self._waits = self._task_runner.busy(Lane.LIBRARY)
        self._call(
            Lane.QUICK, partial(switch_text, self._home, False), lambda _: self._forget_now()
        )

    def _forget_now(self) -> None:
        self.refresh()
        self._call(
            Lane.LIBRARY, partial(forget_text, self._home, WINDOW), lambda _: self._has_forgotten()
        )

    def _has_forgotten(self) -> None:
        self._is_forgetting = False
        self.refresh()

    # What fails

    def _call(
        self, lane: Lane, function: Callable[[], Value], done: Callable[[Value], None]
    ) -> None:
        self._task_runner.call(lane, function, done, self._fail)

    def _fail(self, error: BaseException) -> None:
        self._is_forgetting = False
        self._show_failure(error)
        self.refresh()

    def _show_failure(self, error: BaseException) -> None:
        message = message_for(error)
        if message is None or self._card is None:
            self.failed.emit(error)
        else:
            self._card.show_failure(message.text)


def _steps(home: Home) -> Generator[object]:
    """The last one is the estimate. The others are new objects, so that each is told of."""
    for estimate in estimate_reading(home, WINDOW):
        yield object() if estimate is None else estimate
