"""What is removed from the library, folders or single pictures, disappears everywhere at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from finder.core.library.catalogue.filter.picture_filter import NO_FILTER
from finder.core.library.listing import Order
from finder.gui.library.removal.folder_removal import FolderRemoval
from finder.gui.library.removal.removal_controller import RemovalController
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.listing import Listing
    from finder.gui.library.browse.library_browser import LibraryBrowser
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.results.details.picture_controller import PictureController
    from finder.gui.shell.feedback import Feedback
    from finder.gui.shell.main_window import MainWindow
    from finder.gui.shell.places import Places
    from finder.gui.shell.searches.query_controller import QueryController
    from finder.jobs.workspace import Workspace


class Removals(QObject):
    """folders and pictures: the controllers of both."""

    def __init__(
        self,
        window: MainWindow,
        library: LibraryController,
        task_runner: TaskRunner,
        workspace: Workspace,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._library = library
        self._task_runner = task_runner
        self._workspace = workspace
        self._hidden: Sequence[str] = ()
        self._counting: Task | None = None
        self.folders = FolderRemoval(library, window.toasts, window)
        self.pictures = RemovalController(library, window.toasts, task_runner, workspace, self)

    def connect_parts(
        self,
        places: Places,
        browser: LibraryBrowser,
        query: QueryController,
        selected: PictureController,
        feedback: Feedback,
    ) -> None:
        """selected: acts on the picture that is selected."""
        panel = self._window.library
        panel.remove_requested.connect(self.folders.remove)
        for part in (panel, places, browser, query):
            self.folders.hidden_changed.connect(part.hide_folders)
        self.folders.hidden_changed.connect(self._hide)
        self._library.overview_loaded.connect(lambda _: self._count())
        selected.removal_requested.connect(self.pictures.remove)
        self.pictures.changed.connect(browser.list_again)
        self.pictures.changed.connect(query.search)
        self.pictures.failed.connect(feedback.report_error)

    def _hide(self, folders: Sequence[str]) -> None:
        self._hidden = folders
        self._count()

    def _count(self) -> None:
        """How many pictures other folders have; a copy in one of them is enough."""
        if self._counting is not None:
            self._counting.drop()
        if self._hidden:
            filter = NO_FILTER.excluding(self._hidden)
            count = partial(self._workspace.pictures.listing, filter, Order.NEWEST, ())
            self._counting = self._task_runner.call(Lane.QUICK, count, self._show_count)

    def _show_count(self, listing: Listing) -> None:
        self._counting = None
        self._window.library.show_left(len(listing))
