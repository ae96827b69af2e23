"""Creates the controllers and connects them with the window's parts and with each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from finder.core.i18n import tr
from finder.core.library.catalogue.records import PictureRecord
from finder.core.library.catalogue.settings import Settings
from finder.core.search.matches import Match
from finder.core.temporary_folders import clear_temporary_folders
from finder.gui.common.formatting import local_time
from finder.gui.common.notices.bug_reporter import BugReporter
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.library.browse.library_browser import LibraryBrowser
from finder.gui.library.library_controller import LibraryController
from finder.gui.library.model_changes import ModelChanges
from finder.gui.library.removal.removed_controller import RemovedController
from finder.gui.library.side_bar.library_panel_controller import LibraryPanelController
from finder.gui.library.watch_controller import WatchController
from finder.gui.models.import_controller import ImportController
from finder.gui.models.models_controller import ModelsController
from finder.gui.query.input.drop_data import DropData
from finder.gui.query.input.input_controller import InputController
from finder.gui.query.recent_controller import RecentController
from finder.gui.query.search_controller import SearchController
from finder.gui.results.details.picture_controller import PictureController
from finder.gui.results.results_controller import ResultsController
from finder.gui.shell.actions import VIEW
from finder.gui.shell.feedback import Feedback
from finder.gui.shell.filter_controller import FilterController
from finder.gui.shell.help.help_controller import HelpController
from finder.gui.shell.history_controller import HistoryController
from finder.gui.shell.library_notes import LibraryNotes
from finder.gui.shell.main_window import MainWindow
from finder.gui.shell.maintenance.maintenance import MaintenanceController
from finder.gui.shell.message_pages import MessagePages
from finder.gui.shell.places import Places
from finder.gui.shell.preferences_controller import PreferencesController
from finder.gui.shell.preview_controller import PreviewController
from finder.gui.shell.query_controller import QueryController
from finder.gui.shell.removals import Removals
from finder.gui.shell.theme_menu import ThemeMenu
from finder.gui.shell.window_state import WindowState
from finder.jobs.task_runner import Lane, TaskRunner
from finder.jobs.workspace import Workspace
from finder.use_cases.library.library_overview import Overview
from finder.use_cases.library.restore_backup import RestoreProgress

_THUMB_STEP = 32  # px


class Conductor(QObject):
    """Owns the controllers. Whatever concerns several packages of the window is decided here, in a
    few lines each; anything longer belongs to a controller.

    Signal: closed, when the window has been closed; the caller must wait for running tasks.
    """

    closed = Signal()

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
        self.window = window
        self.task_runner = task_runner
        self.workspace = workspace
        self.feedback = Feedback(window.toasts, window.notice, bugs, self)
        self.state = WindowState(window, task_runner, workspace)
        self._create_query(feed)
        self._create_library(feed, settings)
        self._create_services(feed, settings)
        self._connect_library()  # first, so that the window is updated before the other slots run
        self._create_searches()
        self._connect_query()
        self._connect_models()
        self._connect_preferences()
        self._connect_feedback()
        self._connect_window()
        self._connect_actions()
        self.state.restore(settings)

    # Creating the controllers

    def _create_query(self, feed: ThumbnailFeed) -> None:
        """From what is given to what is shown."""
        window, task_runner, workspace = self.window, self.task_runner, self.workspace
        self.pages = MessagePages(window.pages, window.message, self)
        self.input = InputController(window.notice, task_runner, workspace, window)
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
        window, task_runner, workspace = self.window, self.task_runner, self.workspace
        notice = window.notice
        self.library = LibraryController(window, notice, task_runner, workspace, settings.models_on)
        self.browser = LibraryBrowser(window.library_page, feed, task_runner, workspace, self)
        self.model_changes = ModelChanges(self.library, notice, task_runner, workspace)
        self.panel = LibraryPanelController(
            window.library, self.library, notice, task_runner, workspace, window
        )
        self.removals = Removals(window, self.library, task_runner, workspace)
        self.removed = RemovedController(self.library, task_runner, workspace, window)
        self.watching = WatchController(self.library, task_runner, workspace, settings.watch, self)
        self.notes = LibraryNotes(notice, self.library, self.results)

    def _create_services(self, feed: ThumbnailFeed, settings: Settings) -> None:
        """Models, maintenance, preferences and help."""
        window, task_runner, workspace = self.window, self.task_runner, self.workspace
        self.models = ModelsController(window.notice, task_runner, workspace, window)
        self.importing = ImportController(workspace.home, task_runner, window)
        self.maintenance = MaintenanceController(workspace.home, task_runner, window)
        self.theme_menu = ThemeMenu(window.menus[VIEW], task_runner, workspace, window)
        self.preferences = PreferencesController(
            window, self.library, self.theme_menu, feed, task_runner, workspace, settings
        )
        self.help = HelpController(window, task_runner, workspace.home)

    def _create_searches(self) -> None:
        """What searches in the library, and the places that it shows."""
        window = self.window
        self.history = HistoryController(window)
        self.query = QueryController(
            window,
            self.searching,
            self.results,
            self.library,
            self.pages,
            self.feedback,
            self.history,
        )
        self.filters = FilterController(
            window, self.browser, self.query, self.searching, self.task_runner, self.workspace
        )
        self.filters.connect_names(self.input, self.feedback)
        self.places = Places(window, self.browser, self.query, self.library)

    def start(self, paths: Sequence[str] = ()) -> None:
        """Open pictures, folders and models as if they were dropped."""
        if paths:
            self.input.receive(DropData(paths=tuple(paths)))

    def handle_second_launch(self, paths: Sequence[str]) -> None:
        """The program was started again on this library, perhaps with files."""
        self.window.bring_to_front()
        self.start(paths)

    # Connecting

    def _connect_library(self) -> None:
        window, library = self.window, self.library
        library.overview_loaded.connect(self._show_overview)
        library.indexing.run_ended.connect(self.notes.show_run)
        library.indexing_models.changed.connect(self._show_indexing_models)
        self.browser.selected.connect(self._select_in_library)
        window.pages.currentChanged.connect(lambda _: self.browser.select_current())
        self.browser.failed.connect(self.feedback.report_error)
        window.query_bar.thumb_size_changed.connect(window.library_page.set_thumb_size)
        self.watching.offline_changed.connect(window.library.show_offline)
        self.watching.offline_changed.connect(self.browser.show_offline)
        self.watching.offline_changed.connect(lambda _: self.results.find_pictures())
        self.watching.unwatched_changed.connect(window.library.show_unwatched)
        window.drop_zone.add_folder_requested.connect(library.choose_folder)
        window.drop_zone.add_samples_requested.connect(library.add_samples)
        self.maintenance.repaired.connect(self._reload_library)
        self.maintenance.restored.connect(self._library_restored)

    def _connect_query(self) -> None:
        window, bar, given = self.window, self.window.query_bar, self.input
        window.dropped.connect(given.receive)
        self.browser.similar_requested.connect(self.query.find_similar)
        for widget in (window.drop_zone, bar):
            widget.open_requested.connect(given.choose_picture)
            widget.paste_requested.connect(given.paste)
        given.query_given.connect(self.query.ask)
        self.removals.connect_parts(
            self.places, self.browser, self.query, self.pictures, self.feedback
        )
        self.recent.asked.connect(self.query.ask)
        given.folders_given.connect(self.library.add_folders)
        given.model_given.connect(self.importing.open)
        self.pictures.similar_requested.connect(self.query.find_similar)
        self.pictures.example_given.connect(self.query.add_example)
        window.hero.draw_expected.connect(self.searching.prepare_parts)
        self.pictures.files.picture_missing.connect(self.notes.show_missing)
        bar.thumb_size_changed.connect(window.results.set_thumb_size)
        bar.together_toggled.connect(window.results.set_scrolls_together)
        bar.cut_off_changed.connect(window.results.set_cut_off)
        bar.view_chosen.connect(window.results.set_view)
        window.results.show_all_requested.connect(window.reset_filters)
        pages = self.pages
        pages.open_requested.connect(given.choose_picture)
        pages.new_query_requested.connect(self.query.new_query)
        pages.add_folder_requested.connect(self.library.choose_folder)
        pages.add_samples_requested.connect(self.library.add_samples)
        pages.index_requested.connect(lambda names: self.library.index_with(*names))
        pages.models_requested.connect(bar.models.showMenu)
        pages.check_requested.connect(self.maintenance.check)
        pages.restore_requested.connect(self.maintenance.choose_backup)

    def _connect_models(self) -> None:
        menu, models, library = self.window.query_bar.models, self.models, self.library
        menu.manage_requested.connect(models.open)
        for sender in (menu, models):
            sender.index_requested.connect(library.index_with)
            sender.indexing_choice_edited.connect(library.indexing_models.choose)
        models.model_installed.connect(library.refresh)
        models.index_offered.connect(self.model_changes.offer_to_index)
        models.model_removed.connect(self.model_changes.model_removed)
        models.import_requested.connect(self.importing.choose_file)
        self.importing.added.connect(self.model_changes.model_added)
        library.changed.connect(lambda _: self._update_models_dialog())
        library.changed.connect(lambda _: models.refresh())
        library.indexing.started.connect(lambda _: self._update_models_dialog())
        library.indexing.finished.connect(lambda _: self._update_models_dialog())

    def _connect_preferences(self) -> None:
        preferences = self.preferences
        preferences.skipped_requested.connect(self.panel.show_skipped_files)
        preferences.removed_requested.connect(self.removed.open)
        self.removed.status_changed.connect(self.feedback.show_status)
        preferences.models_requested.connect(self.models.open)
        preferences.indexing_edited.connect(self.library.indexing_models.choose)
        preferences.clear_recent_requested.connect(self.recent.clear)

    def _connect_feedback(self) -> None:
        feedback = self.feedback
        for sender in (self.panel, self.models, self.watching, self.pictures.files):
            sender.status_changed.connect(feedback.show_status)
        for source in (
            self.input,
            self.pictures.files,
            self.results,
            self.models,
            self.importing,
            self.maintenance,
            self.preferences,
            self.help,
            self.removed,
            self.recent,
        ):
            source.failed.connect(feedback.report_error)
        self.searching.failed_to_prepare.connect(feedback.report_error)
        self.results.note_found.connect(self.window.notice.pin_notice)
        self.panel.failed.connect(self.query.show_error)

    def _connect_window(self) -> None:
        window = self.window
        window.painted.connect(self.library.refresh)
        window.painted.connect(self.recent.load)
        window.painted.connect(lambda: self.task_runner.call(Lane.IMPORT, clear_temporary_folders))
        window.closing.connect(self._close)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Cancel), window, self.query.step_back)

    def _connect_actions(self) -> None:
        bar, actions = self.window.query_bar, self.window.actions_by_name
        slots: dict[str, Callable[[], object]] = {
            "open": self.input.choose_picture,
            "paste": self.input.paste,
            "new_query": self.query.new_query,
            "quit": self.window.close,
            "add_folder": self.library.choose_folder,
            "rescan": self.library.rescan,
            "skipped": self.panel.show_skipped_files,
            "models": self.models.open,
            "import_model": self.importing.choose_file,
            "check": self.maintenance.check,
            "restore": self.maintenance.choose_backup,
            "column_left": lambda: self.window.results.column_set.move(-1),
            "column_right": lambda: self.window.results.column_set.move(1),
            "hide_column": lambda: self.window.results.column_set.hide(),
            "all_columns": lambda: self.window.results.column_set.show_all(),
            "view_options": bar.open_options,
            "larger": lambda: bar.thumb_size.setValue(bar.thumb_size.value() + _THUMB_STEP),
            "smaller": lambda: bar.thumb_size.setValue(bar.thumb_size.value() - _THUMB_STEP),
            "preferences": self.preferences.open,
            "shortcuts": self.help.show_shortcuts,
            "documentation": self.help.show_documentation,
            "about": self.help.show_about,
            "removed": self.removed.open,
        }
        for name, slot in slots.items():
            actions[name].triggered.connect(lambda _=False, slot=slot: slot())
        actions["full_screen"].toggled.connect(self.window.set_full_screen)
        actions["watch"].setChecked(self.watching.enabled)
        actions["watch"].toggled.connect(self.watching.set_enabled)

    # What concerns several packages

    def _show_overview(self, overview: Overview) -> None:
        self.window.query_bar.models.show_models(overview)
        self.window.results.set_model_colours([spec.name for spec in overview.models])
        self.window.query_bar.models.show_indexing(self.library.indexing_models.specs())
        self.window.drop_zone.show_library(overview.pictures, bool(overview.folders))
        self.browser.show_overview(overview)
        if self.window.is_at_start:
            self.window.show_start(overview.pictures > 0)

    def _select_in_library(self, record: PictureRecord | None) -> None:
        self.pictures.select(Match(0, record, 0.0) if record is not None else None)

    def _show_indexing_models(self) -> None:
        self.window.query_bar.models.show_indexing(self.library.indexing_models.specs())
        self._update_models_dialog()

    def _update_models_dialog(self) -> None:
        names = [spec.name for spec in self.library.indexing_models.specs()]
        self.models.set_library_state(names, self.library.indexing.shown)

    def _reload_library(self, settings: Settings | None = None) -> None:
        """The catalogue may be another file now, which the search must open again."""
        self.task_runner.call(Lane.SEARCH, self.workspace.close_search)
        self.library.reload(settings)

    def _library_restored(self, progress: RestoreProgress) -> None:
        if progress.settings is not None:
            self.window.actions_by_name["watch"].setChecked(progress.settings.watch)
            self.state.apply(progress.settings)
            self.theme_menu.show_setting(progress.settings.theme)
            self.preferences.apply_settings(progress.settings)
        self._reload_library(progress.settings)
        self.window.notice.pin_notice(
            tr("The library was restored to {time}; later changes are being indexed.").format(
                time=local_time(progress.copy.made)
            )
        )

    def _close(self) -> None:
        self.state.save()
        self.recent.save()
        self.removals.folders.finish()
        self.watching.stop()
        self.library.indexing.cancel()
        QTimer.singleShot(0, self, self.closed.emit)  # Qt hides the window first
