"""What the side bar chooses, and what it marks as shown."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from finder.core.pictures.scan import is_within_any
from finder.gui.library.side_bar.library_panel import ALL, RECENT

if TYPE_CHECKING:
    from finder.gui.library.browse.library_browser import LibraryBrowser
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.shell.main_window import MainWindow
    from finder.gui.shell.searches.query_controller import QueryController


class Places(QObject):
    """A click on a folder shows it in the library; while there are results it narrows the search.
    “All pictures” and “Recently added” always show the library."""

    def __init__(
        self,
        window: MainWindow,
        browser: LibraryBrowser,
        query: QueryController,
        library: LibraryController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._filters = window.filters
        self._browser = browser
        self._query = query
        self._library = library
        self._hidden: Collection[str] = ()
        self._folders: Collection[str] = ()
        self._connect()

    def _connect(self) -> None:
        window = self._window
        window.library.place_chosen.connect(self.choose)
        window.library.show_requested.connect(self.show)
        self._browser.listed.connect(self._mark)
        window.pages.currentChanged.connect(lambda _: self._mark())
        self._filters.changed.connect(self._mark)
        self._library.overview_loaded.connect(lambda _: self._leave_removed())

    def choose(self, place: str) -> None:
        """ALL, RECENT or a folder."""
        if place in (ALL, RECENT) or self._window.is_at_start:
            self.show(place)
        else:
            self._filters.set_folder(place)

    def show(self, place: str) -> None:
        """Show it in the library; “back” leads to the results."""
        if not self._window.is_at_start:
            self._query.new_query()
        if place in (ALL, RECENT):
            self._filters.clear()
        else:
            self._filters.set_folder(place)
        if place == RECENT:
            self._browser.show_recent()
        else:
            self._browser.end_recent()
        self._mark()

    def hide_folders(self, folders: Collection[str]) -> None:
        """These are about to leave the library."""
        self._hidden = folders
        self._leave_removed()

    def _leave_removed(self) -> None:
        """What is shown or searched alone must not be a folder that has gone."""
        folders = [one.path for one in self._library.overview.folders]
        left = [folder for folder in folders if folder not in self._hidden]
        gone = [folder for folder in self._folders if not is_within_any(folder, left)]
        self._folders = left
        self._filters.leave_folders(gone)

    def _mark(self) -> None:
        filter = self._filters.filter
        place: str | None = None
        if len(filter.folders) == 1:
            place = filter.folders[0]
        elif self._window.is_at_start and self._browser.shows_recent:
            place = RECENT
        elif self._window.is_at_start and filter.is_everything:
            place = ALL
        self._window.library.show_place(place)
