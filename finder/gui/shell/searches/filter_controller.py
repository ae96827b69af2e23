"""The filter of the window: for the library's pictures and the searches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from finder.core.search.model_alone import in_best_order

if TYPE_CHECKING:
    from finder.core.search.matches import Result
    from finder.gui.library.browse.library_browser import LibraryBrowser
    from finder.gui.query.search_controller import SearchController
    from finder.gui.shell.main_window import MainWindow


class FilterController(QObject):
    """Connects the window's filter with what it changes."""

    def __init__(
        self, window: MainWindow, browser: LibraryBrowser, searching: SearchController
    ) -> None:
        super().__init__(window)
        self._window = window
        self._filters = window.filters
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
        actions["filter"].triggered.connect(lambda _=False: self._edit_filter())

    # The filter

    def _edit_filter(self) -> None:
        """In the bar that is shown; other pages have none."""
        window = self._window
        bars = {window.results_page: window.filter_bar}
        bars[window.library_page] = window.library_filter_bar
        page = window.pages.currentWidget()
        if page in bars:
            bars[page].open_editor()

    # The cut-off

    def _show_closeness(self, result: Result) -> None:
        """Of the matches that are listed first: those of the combined ranking, or the only one."""
        models = list(in_best_order(result).models.values())
        matches = result.combined if len(models) != 1 else models[0]
        self._window.query_bar.options.show_closeness([match.closeness for match in matches])
