"""The menu View → Theme: as the system, light, dark."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from finder.core.i18n import tr
from finder.gui.theme.theme import Scheme, apply_theme, theme
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.jobs.workspace import Workspace


class ThemeMenu(QObject):
    """Applies the choice at once, and keeps it in the settings. Signal: changed(scheme)."""

    changed = Signal(str)

    def __init__(
        self, view_menu: QMenu, task_runner: TaskRunner, workspace: Workspace, window: QWidget
    ) -> None:
        super().__init__(window)
        self._task_runner, self._workspace = task_runner, workspace
        view_menu.addSeparator()
        self.menu = view_menu.addMenu(tr("&Theme"))
        self._group = QActionGroup(self)
        self.actions: dict[Scheme, QAction] = {}
        for scheme, text in (
            (Scheme.SYSTEM, tr("&System")),
            (Scheme.LIGHT, tr("&Light")),
            (Scheme.DARK, tr("&Dark")),
        ):
            action = self._group.addAction(text)
            action.setCheckable(True)
            action.triggered.connect(partial(self.choose, scheme))
            self.actions[scheme] = action
            self.menu.addAction(action)
        self.actions[theme().scheme].setChecked(True)

    def show_setting(self, scheme: str) -> None:
        """Apply a stored choice without storing it again."""
        _apply(scheme)
        self.actions[theme().scheme].setChecked(True)
        self.changed.emit(str(theme().scheme))

    def choose(self, scheme: str) -> None:
        self.show_setting(scheme)
        self._task_runner.call(Lane.QUICK, partial(self._workspace.save, {"theme": str(scheme)}))


def _apply(scheme: str) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application, scheme)
