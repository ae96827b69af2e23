"""Connects the controllers with the window's parts and with each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from finder.core.i18n import tr
from finder.core.search.matches import Match
from finder.core.temporary_folders import clear_temporary_folders
from finder.gui.common.formatting import local_time
from finder.gui.query.input.drop_data import DropData
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.library.catalogue.settings import Settings
    from finder.gui.library.index_controller import RunEnd
    from finder.gui.shell.controllers import Controllers
    from finder.gui.shell.main_window import MainWindow
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.restore_backup import RestoreProgress

_THUMB_STEP = 32  # px


class Conductor(QObject):
    """Whatever concerns several packages of the window is decided here, in a
    few lines each; anything longer belongs to a controller.

    Signal: closed, when the window has been closed; the caller must wait for running tasks.
    """

    closed = Signal()

    def __init__(
        self,
        window: MainWindow,
        task_runner: TaskRunner,
        workspace: Workspace,
        controllers: Controllers,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.task_runner = task_runner
        self.workspace = workspace
        self.controllers = controllers
        self._connect_library()
        self._connect_query()
        self._connect_models()
        self._connect_evaluation()
        self._connect_teaching()
        self._connect_preferences()
        self._connect_feedback()
        self._connect_window()
        self._connect_actions()

    def start(self, paths: Sequence[str] = ()) -> None:
        """Open pictures, folders and models as if they were dropped."""
        if paths:
            self.controllers.input.receive(DropData(paths=tuple(paths)))

    def handle_second_launch(self, paths: Sequence[str], captures: bool = False) -> None:
        """The program was started again on this library, perhaps with files, or to capture a part
        of the screen."""
        self.controllers.capture.cancel()
        if captures and self.controllers.capture.start():
            return
        self.window.bring_to_front()
        self.start(paths)

    # Connecting

    def _connect_library(self) -> None:
        window, library = self.window, self.controllers.library
        library.indexing.run_ended.connect(self.controllers.notes.show_run)
        self.controllers.browser.selected.connect(self._select_in_library)
        window.pages.currentChanged.connect(lambda _: self.controllers.browser.select_current())
        self.controllers.browser.failed.connect(self.controllers.feedback.report_error)
        window.query_bar.thumb_size_changed.connect(window.library_page.set_thumb_size)
        self.controllers.watching.offline_changed.connect(window.library.show_offline)
        self.controllers.watching.offline_changed.connect(self.controllers.browser.show_offline)
        self.controllers.watching.offline_changed.connect(
            lambda _: self.controllers.results.find_pictures()
        )
        self.controllers.watching.unwatched_changed.connect(window.library.show_unwatched)
        window.drop_zone.add_folder_requested.connect(library.choose_folder)
        window.drop_zone.add_samples_requested.connect(library.add_samples)
        self.controllers.maintenance.repaired.connect(self._reload_library)
        self.controllers.maintenance.restored.connect(self._library_restored)
        storage, syncing = self.controllers.storage, self.controllers.syncing
        storage.moved.connect(self._vectors_moved)
        for source in (storage, syncing):
            source.followed.connect(self._follow_machines)
        syncing.storage_requested.connect(storage.open)
        syncing.noted.connect(lambda: storage.show_sync(syncing.state))
        storage.synchronised.connect(syncing.note_success)

    def _connect_query(self) -> None:
        window, bar, given = self.window, self.window.query_bar, self.controllers.input
        self.controllers.dropping.dropped.connect(given.receive)
        given.examples_given.connect(self.controllers.examples.add)
        self.controllers.browser.similar_requested.connect(self.controllers.query.find_similar)
        for widget in (window.drop_zone, bar):
            widget.open_requested.connect(given.choose_picture)
            widget.paste_requested.connect(given.paste)
            widget.capture_requested.connect(self.controllers.capture.start)
        for signal in (self.controllers.capture.captured, self.controllers.capture.failed):
            signal.connect(lambda _: window.bring_to_front())
        self.controllers.capture.captured.connect(self.controllers.query.ask)
        given.query_given.connect(self.controllers.query.ask)
        self.controllers.removals.connect_parts(
            self.controllers.places,
            self.controllers.browser,
            self.controllers.query,
            self.controllers.pictures,
            self.controllers.feedback,
        )
        self.controllers.crops.changed.connect(self.controllers.query.search)
        self.controllers.crops.failed.connect(self.controllers.feedback.report_error)
        window.library.crops_requested.connect(self.controllers.crops.switch)
        self.controllers.recent.asked.connect(self.controllers.query.ask)
        given.folders_given.connect(self.controllers.library.add_folders)
        given.model_given.connect(self.controllers.importing.open)
        self.controllers.pictures.similar_requested.connect(self.controllers.query.find_similar)
        self.controllers.pictures.example_given.connect(self.controllers.query.add_example)
        window.hero.draw_expected.connect(self.controllers.searching.prepare_parts)
        self.controllers.pictures.files.picture_missing.connect(self.controllers.notes.show_missing)
        bar.thumb_size_changed.connect(window.results.set_thumb_size)
        bar.together_toggled.connect(window.results.set_scrolls_together)
        bar.cut_off_changed.connect(window.results.set_cut_off)
        bar.fold_toggled.connect(self.controllers.searching.set_finds_near_duplicates)
        bar.fold_toggled.connect(self.controllers.results.folding.set_on)
        bar.fold_toggled.connect(window.actions_by_name["fold"].setChecked)
        bar.hide_query_toggled.connect(window.results.set_hides_query)
        self.controllers.searching.near_duplicates_found.connect(
            self.controllers.results.folding.show_near_duplicates
        )
        bar.view_chosen.connect(window.results.set_view)
        window.results.show_all_requested.connect(window.reset_filters)
        window.results.show_query_requested.connect(lambda: bar.hide_query.setChecked(False))
        pages = self.controllers.pages
        pages.open_requested.connect(given.choose_picture)
        pages.new_query_requested.connect(self.controllers.query.new_query)
        pages.add_folder_requested.connect(self.controllers.library.choose_folder)
        pages.add_samples_requested.connect(self.controllers.library.add_samples)
        pages.index_requested.connect(lambda names: self.controllers.library.index_with(*names))
        pages.models_requested.connect(bar.models.showMenu)
        pages.check_requested.connect(self.controllers.maintenance.check)
        pages.restore_requested.connect(self.controllers.maintenance.choose_backup)

    def _connect_models(self) -> None:
        menu, models, library = (
            self.window.query_bar.models,
            self.controllers.models,
            self.controllers.library,
        )
        menu.manage_requested.connect(models.open)
        for sender in (menu, models):
            sender.index_requested.connect(library.index_with)
            sender.indexing_choice_edited.connect(library.indexing_models.choose)
        models.model_installed.connect(library.refresh)
        models.index_offered.connect(self.controllers.model_changes.offer_to_index)
        models.model_removed.connect(self.controllers.model_changes.model_removed)
        models.import_requested.connect(self.controllers.importing.choose_file)
        self.controllers.importing.added.connect(self.controllers.model_changes.model_added)

    def _connect_evaluation(self) -> None:
        evaluation, query = self.controllers.evaluation, self.controllers.query
        evaluation.library_changed.connect(lambda: self.controllers.library.refresh())
        evaluation.models_chosen.connect(self.window.query_bar.models.choose)
        evaluation.weights_changed.connect(query.search)
        evaluation.similar_requested.connect(query.find_similar)

    def _connect_teaching(self) -> None:
        quick, training = self.controllers.teaching.quick, self.controllers.teaching.training
        self.controllers.evaluation.teach_requested.connect(self.controllers.teaching.open)
        quick.models_chosen.connect(self.window.query_bar.models.choose)
        quick.measure_requested.connect(self.controllers.evaluation.open)
        for way in (quick, training):
            way.index_requested.connect(self.controllers.library.index_with)
        self.controllers.library.indexing.run_ended.connect(self._indexing_ended)
        training.ended.connect(self.controllers.feedback.show_status)

    def _indexing_ended(self, _: RunEnd) -> None:
        if not self.controllers.library.indexing.busy:  # else others follow
            self.controllers.teaching.quick.indexing_ended()

    def _connect_preferences(self) -> None:
        preferences = self.controllers.preferences
        preferences.skipped_requested.connect(self.controllers.panel.show_skipped_files)
        preferences.removed_requested.connect(self.controllers.removed.open)
        self.controllers.removed.status_changed.connect(self.controllers.feedback.show_status)
        preferences.models_requested.connect(self.controllers.models.open)
        preferences.indexing_edited.connect(self.controllers.library.indexing_models.choose)
        preferences.clear_recent_requested.connect(self.controllers.recent.clear)

    def _connect_feedback(self) -> None:
        feedback = self.controllers.feedback
        for sender in (
            self.controllers.panel,
            self.controllers.models,
            self.controllers.watching,
            self.controllers.pictures.files,
            self.controllers.capture,
            self.controllers.saved,
            self.controllers.storage,
        ):
            sender.status_changed.connect(feedback.show_status)
        for source in (
            self.controllers.input,
            self.controllers.capture,
            self.controllers.pictures.files,
            self.controllers.results,
            self.controllers.models,
            self.controllers.importing,
            self.controllers.maintenance,
            self.controllers.preferences,
            self.controllers.help,
            self.controllers.removed,
            self.controllers.recent,
            self.controllers.saved,
            self.controllers.storage,
            self.controllers.syncing,
            self.controllers.evaluation,
            self.controllers.teaching.quick,
            self.controllers.teaching.training,
        ):
            source.failed.connect(feedback.report_error)
        self.controllers.searching.failed_to_prepare.connect(feedback.report_error)
        self.controllers.results.note_found.connect(self.window.notice.pin_notice)
        self.controllers.results.note_gone.connect(self.window.notice.unpin_notice)
        self.controllers.panel.failed.connect(self.controllers.query.show_error)

    def _connect_window(self) -> None:
        window = self.window
        if window.is_painted:
            QTimer.singleShot(0, self, self._begin)
        else:
            window.painted.connect(self._begin)
        window.closing.connect(self._close)
        QShortcut(
            QKeySequence(QKeySequence.StandardKey.Cancel), window, self.controllers.query.step_back
        )

    def _begin(self) -> None:
        """What is read once the window can be seen."""
        self.controllers.library.refresh()
        self.controllers.recent.load()
        self.controllers.syncing.start()
        self.task_runner.call(Lane.IMPORT, clear_temporary_folders)

    def _connect_actions(self) -> None:
        bar, actions = self.window.query_bar, self.window.actions_by_name
        slots: dict[str, Callable[[], object]] = {
            "open": self.controllers.input.choose_picture,
            "paste": self.controllers.input.paste,
            "capture": self.controllers.capture.start,
            "new_query": self.controllers.query.new_query,
            "quit": self.window.close,
            "add_folder": self.controllers.library.choose_folder,
            "rescan": self.controllers.library.rescan,
            "skipped": self.controllers.panel.show_skipped_files,
            "models": self.controllers.models.open,
            "import_model": self.controllers.importing.choose_file,
            "measure": self.controllers.evaluation.open,
            "teach": self.controllers.teaching.open,
            "storage": self.controllers.storage.open,
            "check": self.controllers.maintenance.check,
            "restore": self.controllers.maintenance.choose_backup,
            "column_left": lambda: self.window.results.column_set.move(-1),
            "column_right": lambda: self.window.results.column_set.move(1),
            "hide_column": lambda: self.window.results.column_set.hide(),
            "all_columns": lambda: self.window.results.column_set.show_all(),
            "agreement": self.window.results.header.agreement.open_panel,
            "view_options": bar.open_options,
            "larger": lambda: bar.thumb_size.setValue(bar.thumb_size.value() + _THUMB_STEP),
            "smaller": lambda: bar.thumb_size.setValue(bar.thumb_size.value() - _THUMB_STEP),
            "preferences": self.controllers.preferences.open,
            "shortcuts": self.controllers.help.show_shortcuts,
            "documentation": self.controllers.help.show_documentation,
            "about": self.controllers.help.show_about,
            "removed": self.controllers.removed.open,
        }
        for name, slot in slots.items():
            actions[name].triggered.connect(lambda _=False, slot=slot: slot())
        actions["full_screen"].toggled.connect(self.window.set_full_screen)
        actions["fold"].toggled.connect(bar.fold.setChecked)
        actions["watch"].setChecked(self.controllers.watching.enabled)
        actions["watch"].toggled.connect(self.controllers.watching.set_enabled)

    # What concerns several packages

    def _select_in_library(self, record: PictureRecord | None) -> None:
        self.controllers.pictures.select(Match(0, record, 0.0) if record is not None else None)

    def _reload_library(self, settings: Settings | None = None) -> None:
        """The catalogue may be another file now, which the search must open again."""
        self.task_runner.call(Lane.SEARCH, self.workspace.close_search)
        self.controllers.library.reload(settings)

    def _library_restored(self, progress: RestoreProgress) -> None:
        if progress.settings is not None:
            self.window.actions_by_name["watch"].setChecked(progress.settings.watch)
            self.controllers.state.apply(progress.settings)
            self.controllers.theme_menu.show_setting(progress.settings.theme)
            self.controllers.preferences.apply_settings(progress.settings)
        self._reload_library(progress.settings)
        self.window.notice.pin_notice(
            tr("The library was restored to {time}; later changes are being indexed.").format(
                time=local_time(progress.copy.made)
            )
        )

    def _vectors_moved(self) -> None:
        """Pictures of other machines may have come or gone, and the search reads other files."""
        self.task_runner.call(Lane.SEARCH, self.workspace.close_search)
        library = self.controllers.library
        library.refresh(library.contents_replaced.emit)
        self.controllers.syncing.start()

    def _follow_machines(self) -> None:
        self.controllers.library.refresh()
        self.controllers.results.find_pictures()

    def _close(self) -> None:
        self.controllers.capture.abandon()
        self.controllers.state.save()
        self.controllers.words.field.abandon()
        self.controllers.recent.settle()
        self.controllers.recent.save()
        self.controllers.removals.folders.finish()
        self.controllers.watching.stop()
        self.controllers.syncing.stop()
        self.controllers.library.indexing.cancel()
        QTimer.singleShot(0, self, self.closed.emit)  # Qt hides the window first
