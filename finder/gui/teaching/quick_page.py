"""The quick way: a head on known vectors; what to teach, then what was taught."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from finder.core.evaluation.bootstrap import Verdict
from finder.core.i18n import tr
from finder.gui.common.buttons import Button, Kind, set_kind
from finder.gui.common.widgets import set_tip
from finder.gui.teaching.quick_result import QuickResult
from finder.gui.theme.tokens import SPACE

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.gui.common.notices.messages import Message
    from finder.gui.teaching.quick_setup import QuickSetup
    from finder.use_cases.evaluation.teach_model import Taught


class QuickPage(QWidget):
    """Its buttons are in `actions`, for the dialog's last row.

    Signals: start_requested; cancel_requested; again_requested; use_requested, in searches;
    measure_requested.
    """

    start_requested = Signal()
    cancel_requested = Signal()
    again_requested = Signal()
    use_requested = Signal()
    measure_requested = Signal()

    def __init__(self, setup: QuickSetup) -> None:
        super().__init__()
        self.setup = setup
        self.result_page: QuickResult | None = None
        self.is_busy = False
        self._pages = QStackedWidget()
        self._pages.addWidget(setup)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._make_actions()
        setup.edited.connect(self._update)
        setup.started.connect(self._start)
        self._update()

    def _make_actions(self) -> None:
        self.actions_row = QWidget()
        self.start = Button(tr("Start"), kind=Kind.PRIMARY)
        self.cancel = Button(tr("Stop"))
        self.again = Button(tr("Teach another…"))
        self.measure = Button(tr("Measure it…"))
        self.use = Button(tr("Use it in searches"), kind=Kind.PRIMARY)
        set_tip(
            self.measure,
            tr("On other pictures: those that taught it would make it look better than it is."),
        )
        row = QHBoxLayout(self.actions_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for button in (self.again, self.measure, self.use, self.start, self.cancel):
            button.setAutoDefault(False)
            row.addWidget(button)
        self.start.clicked.connect(self.start_requested)
        self.cancel.clicked.connect(self.cancel_requested)
        self.again.clicked.connect(self.show_setup)
        self.measure.clicked.connect(self.measure_requested)
        self.use.clicked.connect(self.use_requested)

    @property
    def is_setup(self) -> bool:
        """Whether it shows what is chosen, not what was taught."""
        return self._pages.currentWidget() is self.setup

    def _update(self) -> None:
        """Which buttons there are, and which can be used."""
        is_setup = self.is_setup
        self.start.setVisible(is_setup and not self.is_busy)
        self.start.setEnabled(self.setup.is_complete)
        self.cancel.setVisible(self.is_busy)
        for button in (self.again, self.measure, self.use):
            button.setVisible(not is_setup)

    def _start(self) -> None:
        if self.start.isEnabled() and not self.is_busy:
            self.start_requested.emit()

    def show_setup(self) -> None:
        """Choose anew."""
        self.setup.status.verdict.clear()
        self._pages.setCurrentWidget(self.setup)
        self.setup.forget_name()
        self._update()
        self.again_requested.emit()

    # Teaching

    def show_busy(self, text: str, done: int = 0, total: int = 0) -> None:
        """total: 0 if it is not known."""
        if not self.is_busy:
            self.is_busy = True
            self.cancel.setEnabled(True)
            self._update()
        self.setup.show_busy(text, done, total)

    def show_stopping(self) -> None:
        self.cancel.setEnabled(False)
        self.setup.show_busy(tr("Stopping …"))

    def show_stopped(self) -> None:
        self.end_busy()
        self.setup.status.verdict.show_note(
            tr("Teaching was stopped: there is no new model."),
            tr("What was indexed stays in the library."),
        )

    def show_failure(self, message: Message) -> None:
        self.end_busy()
        self.setup.status.verdict.show_failure(message.title, message.hint)

    def end_busy(self) -> None:
        self.is_busy = False
        self.setup.show_idle()
        self._update()

    # What was taught

    def show_taught(
        self, taught: Taught, bases: Sequence[ModelSpec], colours: Mapping[str, str]
    ) -> QuickResult:
        """As of `QuickResult`. The model cannot be used before `show_usable`."""
        self.end_busy()
        before = self.result_page
        self.result_page = page = QuickResult(taught, bases, colours)
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)
        if before is not None:
            self._pages.removeWidget(before)
            before.deleteLater()
        is_worse = taught.report.pictures.gain.verdict is Verdict.WORSE
        set_kind(self.use, Kind.SECONDARY if is_worse else Kind.PRIMARY)
        for button in (self.measure, self.use, page.index):
            button.setEnabled(False)
        self._update()
        return page

    def show_usable(self) -> None:
        """The window knows the new model."""
        if self.result_page is not None:
            for button in (self.measure, self.use, self.result_page.index):
                button.setEnabled(True)
            self.use.setFocus()
