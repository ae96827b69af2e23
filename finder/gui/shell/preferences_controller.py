"""The preferences: opens the dialog, applies each choice at once, and stores it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from finder.gui.common.desktop import open_file
from finder.gui.grid.card_options import card_options
from finder.gui.preferences.text_controller import TextController
from finder.gui.theme.theme import theme
from finder.jobs.library_models import WINDOW
from finder.jobs.task_runner import Lane, Task, TaskRunner
from finder.use_cases.preferences import (
    LibrarySize,
    available_providers,
    current_settings,
    library_size,
    set_max_megapixels,
)

if TYPE_CHECKING:
    from finder.core.library.catalogue.settings import Settings
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.preferences.preferences_dialog import PreferencesDialog
    from finder.gui.shell.main_window import MainWindow
    from finder.gui.shell.theme_menu import ThemeMenu
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.library_overview import Overview

Value = TypeVar("Value")


class PreferencesController(QObject):
    """At most one dialog is open.

    Signals: skipped_requested; removed_requested; models_requested; indexing_edited(names of the
    models that index new pictures); clear_recent_requested; failed(error).
    """

    skipped_requested = Signal()
    removed_requested = Signal()
    models_requested = Signal()
    indexing_edited = Signal(object)
    clear_recent_requested = Signal()
    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        library: LibraryController,
        theme_menu: ThemeMenu,
        feed: ThumbnailFeed,
        task_runner: TaskRunner,
        workspace: Workspace,
        settings: Settings,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._library = library
        self._theme_menu = theme_menu
        self._feed = feed
        self._task_runner = task_runner
        self._workspace = workspace
        self._settings = settings
        self._dialog: PreferencesDialog | None = None
        self._tasks: list[Task] = []
        self._text = TextController(task_runner, workspace.home, self)
        self.apply_settings(settings)
        self._text.switched_on.connect(library.index_all)
        self._text.failed.connect(self.failed)
        library.changed.connect(lambda _: self._show_library())
        library.indexing_models.changed.connect(self._show_library)
        theme_menu.changed.connect(lambda _: self._show_settings())
        window.query_bar.view_chosen.connect(lambda _: self._show_settings())
        window.query_bar.options.names_toggled.connect(self._set_names)
        window.actions_by_name["watch"].toggled.connect(lambda _: self._show_settings())

    def apply_settings(self, settings: Settings) -> None:
        """Stored settings, without storing them again."""
        self._settings = settings
        card_options().set_shows_names(settings.shows_names)
        self._feed.set_memory(settings.thumbnail_memory)
        self._show_settings()

    # The dialog

    def open(self) -> None:
        """Show the dialog, or bring it to the front."""
        from finder.gui.preferences.preferences_dialog import PreferencesDialog

        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        home = self._workspace.home
        self._dialog = dialog = PreferencesDialog(str(home.root), self._window)
        self._connect(dialog)
        self._show_settings()
        self._show_library()
        self._text.show_in(dialog.library.text)
        self._tasks = [
            self._call(Lane.QUICK, partial(current_settings, home), self._loaded),
            self._call(Lane.DRIVES, partial(library_size, home), self._show_size),
            self._call(
                Lane.DRIVES, partial(available_providers, home), dialog.models.show_providers
            ),
        ]
        dialog.finished.connect(self._closed)
        dialog.show()

    def _connect(self, dialog: PreferencesDialog) -> None:
        general, library, models = dialog.general, dialog.library, dialog.models
        general.theme.chosen.connect(self._theme_menu.choose)
        general.names.chosen.connect(self._choose_names)
        general.view.chosen.connect(self._choose_view)
        library.open_requested.connect(self._open_folder)
        library.watch_toggled.connect(self._window.actions_by_name["watch"].setChecked)
        library.limit_chosen.connect(self._choose_limit)
        library.skipped_requested.connect(self.skipped_requested)
        library.removed_requested.connect(self.removed_requested)
        models.indexing_edited.connect(self.indexing_edited)
        models.manage_requested.connect(self.models_requested)
        models.provider_chosen.connect(self._choose_provider)
        dialog.privacy.clear_recent_requested.connect(self.clear_recent_requested)
        dialog.memory.thumbnails.chosen.connect(self._choose_memory)

    def _closed(self) -> None:
        for task in self._tasks:
            task.drop()
        self._text.leave()
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._dialog = None

    def _loaded(self, settings: Settings) -> None:
        self._settings = settings
        self._show_settings()

    def _show_settings(self) -> None:
        """What the window has now may not be stored yet."""
        self._window.query_bar.options.show_names(card_options().shows_names)
        if self._dialog is not None:
            now = replace(
                self._settings,
                theme=str(theme().scheme),
                shows_names=card_options().shows_names,
                results_view=self._window.query_bar.views.choice(),
                watch=self._window.actions_by_name["watch"].isChecked(),
            )
            self._dialog.show_settings(now)

    def _show_library(self) -> None:
        if self._dialog is not None:
            overview: Overview = self._library.overview
            self._dialog.library.show_overview(overview)
            self._dialog.models.show_models(overview.models, self._library.indexing_models.specs())
            self._text.refresh()

    def _show_size(self, size: LibrarySize) -> None:
        if self._dialog is not None:
            self._dialog.library.show_size(size)

    # What the user chooses

    def _choose_names(self, choice: str) -> None:
        from finder.gui.preferences.general_section import ALWAYS

        self._set_names(choice == ALWAYS)

    def _set_names(self, always: bool) -> None:
        card_options().set_shows_names(always)
        self._show_settings()
        self._save(shows_names=always)

    def _choose_view(self, view: str) -> None:
        bar = self._window.query_bar
        bar.views.choose(view)
        bar.view_chosen.emit(view)

    def _choose_memory(self, choice: str) -> None:
        self._feed.set_memory(choice)
        self._save(thumbnail_memory=choice)

    def _choose_provider(self, provider: str) -> None:
        self._save(provider=provider)

    def _choose_limit(self, megapixels: int) -> None:
        """Stored by the writer, which also forgets what was too large for the old limit."""
        self._settings = replace(self._settings, max_megapixels=megapixels)
        self._call(
            Lane.LIBRARY,
            partial(set_max_megapixels, self._workspace.home, megapixels, WINDOW),
            lambda _: self._limit_stored(),
        )

    def _limit_stored(self) -> None:
        self._library.refresh()
        self._library.index_in_background([f.path for f in self._library.overview.folders])

    def _open_folder(self) -> None:
        open_file(str(self._workspace.home.root))

    def _save(self, **changes: object) -> None:
        self._settings = replace(self._settings, **changes)  # type: ignore[arg-type]
        self._call(Lane.QUICK, partial(self._workspace.save, changes), lambda _: None)

    def _call(
        self, lane: Lane, function: Callable[[], Value], done: Callable[[Value], None]
    ) -> Task:
        return self._task_runner.call(lane, function, done, self.failed.emit)
