"""The full way of the teach dialog: what to train, the training, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.notices.verdict import Verdict
from finder.gui.common.widgets import set_tip
from finder.gui.teaching.training_form import TrainingForm
from finder.gui.teaching.training_result import TrainingResult
from finder.gui.teaching.training_view import TrainingView
from finder.gui.theme.tokens import SPACE_M, SPACE_S

if TYPE_CHECKING:
    from finder.core.training.messages import TrainingState
    from finder.core.training.settings import Settings
    from finder.gui.common.notices.messages import Message


class TrainingPage(QWidget):
    """Its buttons are in `actions_row`, for the dialog's last row.

    Signals: start_requested; pause_requested and go_on_requested; keep_requested, stop and keep
    the best epoch; stop_requested; again_requested; index_requested(name of the new model).
    """

    start_requested = Signal()
    pause_requested = Signal()
    go_on_requested = Signal()
    keep_requested = Signal()
    stop_requested = Signal()
    again_requested = Signal()
    index_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.form = TrainingForm()
        self.verdict = Verdict()
        self.view: TrainingView | None = None
        self.result_page: TrainingResult | None = None
        self._is_paused = self._can_keep = False
        self._pages = QStackedWidget()
        self._setup = QWidget()
        setup = QVBoxLayout(self._setup)
        setup.setContentsMargins(0, 0, 0, 0)
        setup.setSpacing(SPACE_M)
        setup.addWidget(self.form, 1)
        setup.addWidget(self.verdict)
        self._pages.addWidget(self._setup)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)
        self._make_actions()
        self.form.edited.connect(self._update)
        self.form.started.connect(self._start)
        self._update()

    def _make_actions(self) -> None:
        self.actions_row = QWidget()
        self.start = Button(tr("Start"), kind=Kind.PRIMARY)
        self.pause = Button(tr("Pause"))
        self.keep = Button(tr("Stop and keep the best epoch"))
        self.stop = Button(tr("Stop"))
        self.again = Button(tr("Train another…"))
        self.index = Button(tr("Index with it now"), kind=Kind.PRIMARY)
        set_tip(self.stop, tr("Without a new model. It can go on later, after the last epoch."))
        row = QHBoxLayout(self.actions_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_S)
        buttons = (self.again, self.index, self.start, self.pause, self.keep, self.stop)
        for button in buttons:
            button.setAutoDefault(False)
            row.addWidget(button)
        self.start.clicked.connect(self.start_requested)
        self.pause.clicked.connect(self._toggle_pause)
        self.keep.clicked.connect(self.keep_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.again.clicked.connect(self._show_again)
        self.index.clicked.connect(self._request_index)

    def _update(self) -> None:
        """Which buttons there are, and which can be used."""
        shown = self._pages.currentWidget()
        self.start.setVisible(shown is self._setup)
        self.start.setEnabled(self.form.is_complete)
        for button in (self.pause, self.keep, self.stop):
            button.setVisible(self.view is not None and shown is self.view)
        for button in (self.again, self.index):
            button.setVisible(self.result_page is not None and shown is self.result_page)

    def _start(self) -> None:
        if self.start.isEnabled() and self._pages.currentWidget() is self._setup:
            self.start_requested.emit()

    def _toggle_pause(self) -> None:
        if self._is_paused:
            self.go_on_requested.emit()
        else:
            self.pause_requested.emit()

    def _show_again(self) -> None:
        self.verdict.clear()
        self.form.forget_name()
        self._pages.setCurrentWidget(self._setup)
        self._update()
        self.again_requested.emit()

    def _request_index(self) -> None:
        if self.result_page is not None:
            self.index_requested.emit(self.result_page.name)

    # A training

    @property
    def is_busy(self) -> bool:
        return self.view is not None

    def show_started(self, settings: Settings) -> None:
        self.verdict.clear()
        self.view = TrainingView(settings, self.form.network.titles)
        self._show_page(self.view)
        self.show_paused(False)
        self._can_keep = True
        self.keep.setEnabled(False)
        self.pause.setEnabled(False)
        self.stop.setEnabled(True)

    def show_state(self, state: TrainingState) -> None:
        """Only epochs can be paused: other steps are long, and are waited for."""
        if self.view is None:
            return
        epochs = state.progress.epochs
        is_learning = state.outline is not None and not self.view.settings.is_done(epochs)
        self.view.show_state(state, self._is_paused)
        self.keep.setEnabled(self._can_keep and bool(epochs))
        self.pause.setEnabled(self._can_keep and (is_learning or self._is_paused))

    def show_paused(self, is_paused: bool) -> None:
        self._is_paused = is_paused
        self.pause.setText(tr("Continue") if is_paused else tr("Pause"))

    def show_stopping(self) -> None:
        self._end_orders()
        if self.view is not None:
            self.view.show_stopping()

    def show_keeping(self) -> None:
        """What is done is said by the next states."""
        self._end_orders()
        self.show_paused(False)
        self.stop.setEnabled(True)
        if self.view is not None:
            self.view.show_status(tr("Keeping the best epoch …"))

    def _end_orders(self) -> None:
        self._can_keep = False
        for button in (self.pause, self.keep, self.stop):
            button.setEnabled(False)

    def show_stopped(self) -> None:
        self.end_busy()
        self.verdict.show_note(
            tr("The training was stopped: there is no new model."),
            tr("It can go on: the epochs that are done are kept.")
            if self.form.unfinished is not None
            else "",
        )

    def show_failure(self, message: Message) -> None:
        self.end_busy()
        self.verdict.show_failure(message.title, message.hint)

    def end_busy(self) -> None:
        """Back to the form."""
        view, self.view = self.view, None
        self._pages.setCurrentWidget(self._setup)
        self._forget(view)
        self._update()

    # What came of it

    def show_trained(
        self, settings: Settings, state: TrainingState, titles: Mapping[str, str]
    ) -> TrainingResult:
        """As of `TrainingResult`. The model cannot be used before `show_usable`."""
        view, before = self.view, self.result_page
        self.view = None
        self.result_page = TrainingResult(settings, state, titles)
        self._show_page(self.result_page)
        self._forget(view)
        self._forget(before)
        self.index.setEnabled(False)
        return self.result_page

    def show_usable(self) -> None:
        """The window knows the new model."""
        self.index.setEnabled(True)

    def show_indexing(self) -> None:
        """The pictures are indexed with it."""
        self.index.setEnabled(False)

    def _show_page(self, page: QWidget) -> None:
        self._pages.addWidget(page)
        self._pages.setCurrentWidget(page)
        self._update()

    def _forget(self, page: QWidget | None) -> None:
        if page is not None:
            self._pages.removeWidget(page)
            page.deleteLater()
