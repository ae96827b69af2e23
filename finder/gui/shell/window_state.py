"""Saves and restores the window's geometry and the options of the query bar."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.catalogue.settings import Settings
    from finder.gui.shell.main_window import MainWindow
    from finder.jobs.workspace import Workspace

_SAVE_DELAY_MS = 1_000


class WindowState(QObject):
    """Saves a moment after an option has changed; `save` saves now."""

    def __init__(self, window: MainWindow, task_runner: TaskRunner, workspace: Workspace) -> None:
        super().__init__(window)
        self._window = window
        self._task_runner = task_runner
        self._workspace = workspace
        self._timer = QTimer(self, singleShot=True, interval=_SAVE_DELAY_MS)
        self._timer.timeout.connect(self.save)
        bar = window.query_bar
        for changed in (
            bar.search_requested,
            bar.thumb_size_changed,
            bar.view_chosen,
            bar.together_toggled,
            bar.fold_toggled,
            bar.hide_query_toggled,
            window.results.columns_changed,
            window.library_page.order_changed,
        ):
            changed.connect(lambda *_: self._timer.start())

    def apply(self, settings: Settings) -> None:
        """What is shown, without the window's place and size."""
        self._window.query_bar.apply_settings(settings)
        self._window.results.set_column_order(settings.columns_order, settings.columns_hidden)
        self._window.library_page.set_own_order(settings.library_order)

    def save(self) -> None:
        bar = self._window.query_bar
        order, hidden = self._window.results.column_order()
        changes = {
            "top": bar.top.value(),
            "metric": bar.metric_box.currentData(),
            "thumb_size": bar.thumb_size.value(),
            "results_view": bar.views.choice(),
            "columns_order": order,
            "columns_hidden": hidden,
            "scroll_together": bar.together.isChecked(),
            "fold_near_duplicates": bar.fold.isChecked(),
            "hide_query": bar.hide_query.isChecked(),
            "look_twice": bar.look_twice.isChecked(),
            "geometry": self._window.encoded_geometry(),
            "splitter": self._window.encoded_splitter(),
        }
        if own_order := self._window.library_page.own_order:
            changes["library_order"] = own_order
        if bar.models.rows:  # empty until the models are known
            changes["models_shown"] = bar.models.choice()
        self._task_runner.call(Lane.QUICK, partial(self._workspace.save, changes))
