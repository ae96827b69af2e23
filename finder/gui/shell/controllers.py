"""Creates the controllers of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from finder.gui.evaluation.evaluation_controller import EvaluationController
from finder.gui.library.browse.library_browser import LibraryBrowser
from finder.gui.library.crops_controller import CropsController
from finder.gui.library.folder_dialogs import choose_folder
from finder.gui.library.library_controller import LibraryController
from finder.gui.library.model_changes import ModelChanges
from finder.gui.library.removal.removed_controller import RemovedController
from finder.gui.library.side_bar.library_panel_controller import LibraryPanelController
from finder.gui.library.watch_controller import WatchController
from finder.gui.models.import_controller import ImportController
from finder.gui.models.models_controller import ModelsController
from finder.gui.query.capture.capture_controller import CaptureController
from finder.gui.query.input.input_controller import InputController
from finder.gui.query.recent_controller import RecentController
from finder.gui.query.search_controller import SearchController
from finder.gui.results.details.picture_controller import PictureController
from finder.gui.results.results_controller import ResultsController
from finder.gui.shell.actions import VIEW
from finder.gui.shell.dropping.drop_controller import DropController
from finder.gui.shell.dropping.examples import Examples
from finder.gui.shell.feedback import Feedback
from finder.gui.shell.help.help_controller import HelpController
from finder.gui.shell.library_notes import LibraryNotes
from finder.gui.shell.maintenance.maintenance import MaintenanceController
from finder.gui.shell.message_pages import MessagePages
from finder.gui.shell.overview_controller import OverviewController
from finder.gui.shell.panes import Panes
from finder.gui.shell.places import Places
from finder.gui.shell.preferences_controller import PreferencesController
from finder.gui.shell.preview_controller import PreviewController
from finder.gui.shell.removals import Removals
from finder.gui.shell.saved.saved_controller import SavedController
from finder.gui.shell.searches.filter_controller import FilterController
from finder.gui.shell.searches.history_controller import HistoryController
from finder.gui.shell.searches.query_controller import QueryController
from finder.gui.shell.searches.words_answers import WordsAnswers
from finder.gui.shell.searches.words_controller import WordsController
from finder.gui.shell.theme_menu import ThemeMenu
from finder.gui.shell.window_state import WindowState
from finder.gui.storage.background_sync import BackgroundSync
from finder.gui.storage.storage_controller import StorageController
from finder.gui.teaching.teaching_controller import TeachingController

if TYPE_CHECKING:
    from finder.core.library.catalogue.settings import Settings
    from finder.gui.common.notices.bug_reporter import BugReporter
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.gui.shell.main_window import MainWindow
    from finder.jobs.task_runner import TaskRunner
    from finder.jobs.workspace import Workspace


class Controllers(QObject):
    """All controllers, each of which is given what it needs. `Conductor` connects them."""

    def __init__(
        self,
        window: MainWindow,
        task_runner: TaskRunner,
        workspace: Workspace,
        feed: ThumbnailFeed,
        settings: Settings,
        bugs: BugReporter,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._task_runner = task_runner
        self._workspace = workspace
        self.feedback = Feedback(window.toasts, window.notice, bugs, self)
        self.state = WindowState(window, task_runner, workspace)
        self._create_query(feed)
        self._create_library(feed, settings)
        self._create_services(feed, settings)
        self.overview = OverviewController(window, self.library, self.browser, self.models)
        self._create_searches()

    def _create_query(self, feed: ThumbnailFeed) -> None:
        """From what is given to what is shown."""
        window, task_runner, workspace = self._window, self._task_runner, self._workspace
        self.pages = MessagePages(window.pages, window.message, self)
        self.input = InputController(window.notice, task_runner, workspace, window)
        self.capture = CaptureController(task_runner, window)
        self.searching = SearchController(task_runner, workspace, self)
        self.pictures = PictureController(
            task_runner, workspace, feed, window.details, window.actions_by_name, window
        )
        self.preview = PreviewController(
            window, self.pictures, self.searching, feed, task_runner, workspace
        )
        self.results = ResultsController(
            window.results, window.details, self.pictures, feed, task_runner, workspace, self
        )
        self.recent = RecentController(
            window.hero.recent, self.searching, task_runner, workspace.recent, window
        )

    def _create_library(self, feed: ThumbnailFeed, settings: Settings) -> None:
        """Folders, indexing and the pictures of the library."""
        window, task_runner, workspace = self._window, self._task_runner, self._workspace
        notice = window.notice
        self.library = LibraryController(window, notice, task_runner, workspace, settings.models_on)
        self.browser = LibraryBrowser(window.library_page, feed, task_runner, workspace, self)
        self.model_changes = ModelChanges(self.library, notice, task_runner, workspace)
        self.panel = LibraryPanelController(
            window.library, self.library, notice, task_runner, workspace, window
        )
        self.removals = Removals(window, self.library, task_runner, workspace)
        self.crops = CropsController(self.library, window.toasts, task_runner, workspace, window)
        self.removed = RemovedController(self.library, task_runner, workspace, window)
        self.watching = WatchController(self.library, task_runner, workspace, settings.watch, self)
        self.notes = LibraryNotes(notice, self.library, self.results)

    def _create_services(self, feed: ThumbnailFeed, settings: Settings) -> None:
        """Models, maintenance, preferences and help."""
        window, task_runner, workspace = self._window, self._task_runner, self._workspace
        self.models = ModelsController(window.notice, task_runner, workspace, window)
        self.importing = ImportController(workspace.home, task_runner, window)
        self.maintenance = MaintenanceController(workspace.home, task_runner, window)
        self.storage = StorageController(
            lambda: self.library.overview, task_runner, workspace, window
        )
        self.evaluation = EvaluationController(
            lambda: self.library.overview,
            self.library.indexing_models.specs,
            choose_folder,
            feed,
            task_runner,
            workspace,
            window,
        )
        self.teaching = TeachingController(
            lambda: self.library.overview,
            self.library.refresh,
            choose_folder,
            task_runner,
            workspace.teaching,
            workspace.training,
            window,
        )
        self.syncing = BackgroundSync(
            lambda: self.library.overview.is_snapshot, window.notice, task_runner, workspace, self
        )
        self.theme_menu = ThemeMenu(window.menus[VIEW], task_runner, workspace, window)
        self.preferences = PreferencesController(
            window, self.library, self.theme_menu, feed, task_runner, workspace, settings
        )
        self.panes = Panes(window)
        self.help = HelpController(window, task_runner, workspace.home)

    def _create_searches(self) -> None:
        """What searches in the library, and the places that it shows."""
        window = self._window
        self.history = HistoryController(window)
        self.query = QueryController(
            window,
            self.searching,
            self.results,
            self.library,
            self.pages,
            self.feedback,
            self.history,
            WordsAnswers(
                window,
                self.library,
                self.models,
                self.pages,
                self._task_runner,
                self._workspace,
            ),
        )
        self.filters = FilterController(window, self.browser, self.searching)
        self.words = WordsController(
            window, self.query, self.recent, self.history, self._task_runner, self._workspace
        )
        self.words.connect_parts(self.input, self.feedback)
        self.saved = SavedController(
            window,
            self.query,
            self.searching,
            self.library,
            self._task_runner,
            self._workspace.saved,
        )
        self.examples = Examples(window, self.searching, self.query, self.history, self.feedback)
        self.dropping = DropController(window, self._task_runner)
        self.places = Places(window, self.browser, self.query, self.library)
