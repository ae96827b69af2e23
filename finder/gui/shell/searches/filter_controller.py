"""The search field and the filter of the window: for the library's pictures and the searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from finder.core.search.model_alone import in_best_order
from finder.gui.query.input.name_field import NameField

if TYPE_CHECKING:
    from finder.core.search.matches import Result
    from finder.gui.library.browse.library_browser import LibraryBrowser
    from finder.gui.query.input.input_controller import InputController
    from finder.gui.query.search_controller import SearchController
    from finder.gui.shell.feedback import Feedback
    from finder.gui.shell.main_window import MainWindow
    from finder.gui.shell.searches.query_controller import QueryController
    from finder.jobs.task_runner import TaskRunner
    from finder.jobs.workspace import Workspace


class FilterController(QObject):
    """Connects the window's filter, and the field that completes names, with what they change."""

    def __init__(
        self,
        window: MainWindow,
        browser: LibraryBrowser,
        query: QueryController,
        searching: SearchController,
        task_runner: TaskRunner,
        workspace: Workspace,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._query = query
        self._filters = window.filters
        self.names = NameField(window.query_bar.field, task_runner, workspace, self)
        self._filters.changed.connect(lambda: browser.show_filter(self._filters.filter))
        searching.answered.connect(lambda result, _: self._show_closeness(result))
        searching.proven.connect(self._show_closeness)
        self._connect_window()

    def _connect_window(self) -> None:
        window, filters, actions = self._window, self._filters, self._window.actions_by_name
        window.library.search_in_folder_requested.connect(filters.set_folder)
        window.library.exclude_folder_requested.connect(filters.exclude_folder)
        window.library_page.clear_filter_requested.connect(filters.clear)
        window.results.clear_filter_requested.connect(filters.clear)
        actions["search_names"].triggered.connect(lambda _=False: self._search_names())
        actions["filter"].triggered.connect(lambda _=False: self._edit_filter())

    def connect_names(self, given: InputController, feedback: Feedback) -> None:
        """given: takes paths and links that are typed."""
        names = self.names
        names.query_given.connect(self._query.ask)
        names.folder_given.connect(self._filters.set_folder)
        names.words_given.connect(self._filters.set_name)
        names.data_given.connect(given.receive)
        names.taken.connect(self._focus_page)
        names.failed.connect(feedback.report_error)

    # The filter

    def _edit_filter(self) -> None:
        """In the bar that is shown; other pages have none."""
        window = self._window
        bars = {window.results_page: window.filter_bar}
        bars[window.library_page] = window.library_filter_bar
        page = window.pages.currentWidget()
        if page in bars:
            bars[page].open_editor()

    # The search field

    def _search_names(self) -> None:
        edit = self._window.query_bar.field.edit
        edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        edit.selectAll()

    def _focus_page(self) -> None:
        """What was typed is done with; the arrow keys are for the pictures again."""
        if self._window.is_at_start:
            self._window.library_page.view.setFocus()
        else:
            self._window.results.focus_results()

    # The cut-off

    def _show_closeness(self, result: Result) -> None:
        """Of the matches that are listed first: those of the combined ranking, or the only one."""
        models = list(in_best_order(result).models.values())
        matches = result.combined if len(models) != 1 else models[0]
        self._window.query_bar.options.show_closeness([match.closeness for match in matches])
