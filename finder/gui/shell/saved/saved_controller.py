"""Saved searches: keeps the current one under a name, lists them, and has one again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal

from finder.core.i18n import tr
from finder.core.search.saved_search import SavedSearch
from finder.gui.common.notices.messages import message_for
from finder.gui.shell.saved.saved_opener import SavedOpener
from finder.gui.shell.saved.search_name_dialog import SearchNameDialog
from finder.gui.shell.saved.search_names import suggested_name
from finder.jobs.task_runner import Lane, TaskRunner
from finder.use_cases.search.saved_searches import SearchExistsError, contents_of

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.search.query.query_spec import QuerySpec
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.query.search_controller import SearchController
    from finder.gui.shell.main_window import MainWindow
    from finder.gui.shell.searches.query_controller import QueryController
    from finder.jobs.saved_searches import SavedSearches


class SavedController(QObject):
    """Signals: status_changed(text); failed(error)."""

    status_changed = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        query: QueryController,
        searching: SearchController,
        library: LibraryController,
        task_runner: TaskRunner,
        saved: SavedSearches,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._searching = searching
        self._task_runner = task_runner
        self._saved = saved
        self._names: Sequence[str] = ()
        self._seen: dict[str, tuple[QuerySpec, Filter]] = {}
        self._opener = SavedOpener(window, query, task_runner, saved)
        self._connect(library)
        self._show_current()

    def _connect(self, library: LibraryController) -> None:
        window, section = self._window, self._window.library.saved
        window.actions_by_name["save_search"].triggered.connect(lambda _=False: self.save())
        window.hero.save.clicked.connect(self.save)
        section.chosen.connect(self._opener.open)
        section.rename_requested.connect(self.rename)
        section.delete_requested.connect(self.delete)
        self._opener.opening.connect(self._note)
        self._opener.failed.connect(self._change_failed)
        library.overview_loaded.connect(lambda _: self._library_loaded())
        self._searching.ready.connect(lambda _: self._show_current())
        window.query_editor.changed.connect(lambda _: self._show_current())
        window.filters.changed.connect(self._show_current)
        window.pages.currentChanged.connect(lambda _: self._show_current())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another program may have changed them while the window was not in use."""
        if event.type() == QEvent.Type.WindowActivate:
            self.refresh()
        return False

    # The list

    def refresh(self) -> None:
        """Read the names again."""
        self._task_runner.call(Lane.QUICK, self._saved.names, self._show_names, self._report_bug)

    def _library_loaded(self) -> None:
        self._window.installEventFilter(self)
        self.refresh()

    def _report_bug(self, error: BaseException) -> None:
        """Whatever else keeps the catalogue from being read is said with the overview."""
        if message_for(error) is None:
            self.failed.emit(error)

    def _show_names(self, names: Sequence[str]) -> None:
        if names != self._names:
            self._names = names
            self._window.library.saved.show_names(names)
        self._show_current()

    def _show_current(self) -> None:
        """Mark the search that is shown; a search without a picture cannot be saved."""
        spec, filter = self._window.query_editor.spec, self._window.filters.filter
        has_query = spec is not None and self._searching.query is not None
        shows = has_query and not self._window.is_at_start
        same = (name for name, seen in reversed(self._seen.items()) if seen == (spec, filter))
        self._window.library.saved.show_current(next(same, None) if shows else None)
        self._window.actions_by_name["save_search"].setEnabled(shows)

    # Saving

    def save(self) -> None:
        """Ask for a name, and keep the current search under it."""
        search = self._current_search()
        if search is None:
            return
        dialog = SearchNameDialog(
            tr("Save this search"),
            tr("With its pictures, filters, models and measure. It will be in the side bar."),
            tr("Save"),
            self._window,
        )
        dialog.named.connect(partial(self._save, search))
        dialog.finished.connect(dialog.deleteLater)
        dialog.begin(search.name, self._names, can_replace=True)

    def _current_search(self) -> SavedSearch | None:
        """With the name that is suggested."""
        window, facts = self._window, self._searching.query
        spec = window.query_editor.spec
        if spec is None or facts is None:
            return None
        bar, filter = window.query_bar, window.filters.filter
        contents = {one.asked.source: one.picture for one in facts.examples}
        return SavedSearch(
            suggested_name(spec, filter, self._names),
            spec,
            filter,
            bar.models.choice(),
            bar.top.value(),
            bar.metric_box.currentData(),
            contents_of(contents),
        )

    def _save(self, search: SavedSearch, name: str, replaces: bool) -> None:
        self._keep(replace(search, name=name), replaces, tr("“{name}” is saved."))

    def _keep(self, search: SavedSearch, replaces: bool, text: str) -> None:
        def kept(search: SavedSearch) -> None:
            self._note(search)
            self.status_changed.emit(text.format(name=search.name))
            self.refresh()

        self._task_runner.call(
            Lane.QUICK,
            partial(self._saved.save, search, replaces),
            kept,
            partial(self._save_failed, search, text),
        )

    def _note(self, search: SavedSearch) -> None:
        """This is what is shown for it: the latest, if several are alike."""
        self._seen.pop(search.name, None)
        self._seen[search.name] = search.spec, search.filter

    def _save_failed(self, search: SavedSearch, text: str, error: BaseException) -> None:
        """Another program may have saved one with this name in the meantime."""
        if isinstance(error, SearchExistsError):
            keep = partial(self._keep, search, True, text)
            self._window.notice.show_notice(str(error), tr("Replace"), keep)
            self.refresh()
        else:
            self.failed.emit(error)

    # Renaming and deleting

    def rename(self, name: str) -> None:
        dialog = SearchNameDialog(tr("Rename this search"), "", tr("Rename"), self._window)
        dialog.named.connect(lambda new, _: self._rename(name, new))
        dialog.finished.connect(dialog.deleteLater)
        dialog.begin(name, [other for other in self._names if other != name], can_replace=False)

    def _rename(self, old: str, new: str) -> None:
        def renamed(new: str) -> None:
            if old in self._seen:
                self._seen[new] = self._seen.pop(old)
            self.refresh()

        self._task_runner.call(
            Lane.QUICK, partial(self._saved.rename, old, new), renamed, self._change_failed
        )

    def delete(self, name: str) -> None:
        """Without a question: a toast offers to undo it."""
        self._task_runner.call(
            Lane.QUICK,
            partial(self._saved.delete, name),
            partial(self._deleted, name),
            self._change_failed,
        )

    def _deleted(self, name: str, search: SavedSearch | None) -> None:
        self.refresh()
        text = tr("The saved search “{name}” was deleted.").format(name=name)
        if search is None:  # it was damaged
            self.status_changed.emit(text)
            return
        undo = partial(self._keep, search, False, tr("“{name}” is back."))
        self._window.toasts.show_toast(text, tr("Undo"), undo)

    def _change_failed(self, error: BaseException) -> None:
        self.refresh()
        self.failed.emit(error)
