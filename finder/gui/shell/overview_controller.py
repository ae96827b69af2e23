"""The library's overview, where it is shown: the models menu, the pages, the models dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from finder.gui.library.browse.library_browser import LibraryBrowser
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.models.models_controller import ModelsController
    from finder.gui.shell.main_window import MainWindow
    from finder.use_cases.library.library_overview import Overview


class OverviewController(QObject):
    """Brings the window up to date with the library. It is created before what searches, so that
    the window is up to date when that looks at it."""

    def __init__(
        self,
        window: MainWindow,
        library: LibraryController,
        browser: LibraryBrowser,
        models: ModelsController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._library = library
        self._browser = browser
        self._models = models
        library.overview_loaded.connect(self._show_overview)
        library.indexing_models.changed.connect(self._show_indexing_models)
        library.changed.connect(lambda _: self._update_models_dialog())
        library.changed.connect(lambda _: models.refresh())
        library.indexing.started.connect(lambda _: self._update_models_dialog())
        library.indexing.finished.connect(lambda _: self._update_models_dialog())

    def _show_overview(self, overview: Overview) -> None:
        window, models = self._window, self._window.query_bar.models
        models.show_models(overview)
        window.results.set_model_colours([spec.name for spec in overview.models])
        models.show_indexing(self._library.indexing_models.specs())
        window.drop_zone.show_library(overview.pictures, bool(overview.folders))
        if window.is_at_start:
            window.show_start(overview.pictures > 0)
        self._browser.show_overview(overview)  # its page has its size now

    def _show_indexing_models(self) -> None:
        self._window.query_bar.models.show_indexing(self._library.indexing_models.specs())
        self._update_models_dialog()

    def _update_models_dialog(self) -> None:
        names = [spec.name for spec in self._library.indexing_models.specs()]
        self._models.set_library_state(names, self._library.indexing.shown)
