"""The help menu: keyboard shortcuts, documentation, what the program is built with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.gui.shell.help.documentation_dialog import DocumentationDialog
    from finder.gui.shell.main_window import MainWindow
    from finder.use_cases.about_program import Licences
    from finder.use_cases.documentation import Page


class HelpController(QObject):
    """Signal: failed(error)."""

    failed = Signal(object)

    def __init__(self, window: MainWindow, task_runner: TaskRunner, home: Home) -> None:
        super().__init__(window)
        self._window = window
        self._task_runner = task_runner
        self._home = home
        self._documentation: DocumentationDialog | None = None

    def show_shortcuts(self) -> None:
        from finder.gui.shell.help.shortcut_table import shortcut_groups
        from finder.gui.shell.help.shortcuts_dialog import ShortcutsDialog

        ShortcutsDialog(shortcut_groups(self._window.actions_by_name), self._window).open()

    # What the program is built with

    def show_about(self) -> None:
        self._task_runner.call(Lane.QUICK, self._licences, self._show_about, self.failed.emit)

    def _licences(self) -> Licences:
        from finder.use_cases.about_program import licences

        return licences(self._home)

    def _show_about(self, found: Licences) -> None:
        from finder.gui.shell.help.about_dialog import AboutDialog

        AboutDialog(found, self._home.root, self._window).open()

    # The documentation

    def show_documentation(self) -> None:
        """One dialog beside the window, which stays usable."""
        from finder.gui.shell.help.documentation_dialog import DocumentationDialog
        from finder.use_cases.documentation import FIRST_PAGE

        if self._documentation is not None:
            self._documentation.raise_()
            self._documentation.activateWindow()
            return
        self._documentation = dialog = DocumentationDialog(self._window)
        dialog.page_requested.connect(self._read)
        dialog.finished.connect(self._documentation_closed)
        dialog.show()
        self._read(FIRST_PAGE)

    def _read(self, name: str) -> None:
        from finder.use_cases.documentation import documentation_page

        self._task_runner.call(
            Lane.QUICK, partial(documentation_page, name), self._show_page, self.failed.emit
        )

    def _show_page(self, page: Page) -> None:
        if self._documentation is not None:
            self._documentation.show_page(page)

    def _documentation_closed(self) -> None:
        if self._documentation is not None:
            self._documentation.deleteLater()
        self._documentation = None
