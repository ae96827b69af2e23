"""What is removed from the library, folders or single pictures, disappears everywhere at once."""

from __future__ import annotations

from PySide6.QtCore import QObject

from finder.gui.library.browse.library_browser import LibraryBrowser
from finder.gui.library.library_controller import LibraryController
from finder.gui.library.removal.folder_removal import FolderRemoval
from finder.gui.library.removal.removal_controller import RemovalController
from finder.gui.results.details.picture_controller import PictureController
from finder.gui.shell.feedback import Feedback
from finder.gui.shell.main_window import MainWindow
from finder.gui.shell.places import Places
from finder.gui.shell.searches.query_controller import QueryController
from finder.jobs.task_runner import TaskRunner
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
        selected.removal_requested.connect(self.pictures.remove)
        self.pictures.changed.connect(browser.list_again)
        self.pictures.changed.connect(query.search)
        self.pictures.failed.connect(feedback.report_error)
