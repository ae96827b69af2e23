"""What the side bar chooses, and what it marks as shown."""

from __future__ import annotations

from PySide6.QtCore import QObject

from finder.gui.library.library_browser import LibraryBrowser
from finder.gui.library.library_panel import ALL, RECENT
from finder.gui.shell.main_window import MainWindow
from finder.gui.shell.query_controller import QueryController


class Places(QObject):
    """A click on a folder shows it in the library; while there are results it narrows the search.
    “All pictures” and “Recently added” always show the library."""

    def __init__(self, window: MainWindow, browser: LibraryBrowser, query: QueryController) -> None:
        super().__init__(window)
        self._window = window
        self._browser = browser
        self._query = query
        self._connect()

    def _connect(self) -> None:
        window = self._window
        window.library.place_chosen.connect(self.choose)
        window.library.show_requested.connect(self.show)
        window.library.search_in_folder_requested.connect(window.filter_bar.set_folder)
        self._browser.listed.connect(self._mark)
        window.pages.currentChanged.connect(lambda _: self._mark())
        window.filter_bar.filter_changed.connect(self._mark)

    def choose(self, place: str) -> None:
        """ALL, RECENT or a folder."""
        if place in (ALL, RECENT) or self._window.is_at_start:
            self.show(place)
        else:
            self._window.filter_bar.set_folder(place)
            self._mark()

    def show(self, place: str) -> None:
        """Show it in the library; “back” leads to the results."""
        if place == RECENT:
            self._browser.show_recent()
        else:
            self._browser.show_folder(place or None)
        if not self._window.is_at_start:
            self._query.new_query()
        self._mark()

    def _mark(self) -> None:
        if not self._window.is_at_start:
            folders = self._window.filter_bar.filter.folders
            place: str | None = folders[0] if len(folders) == 1 else None
        elif self._browser.shows_recent:
            place = RECENT
        else:
            place = self._browser.folder or ALL
        self._window.library.show_place(place)
