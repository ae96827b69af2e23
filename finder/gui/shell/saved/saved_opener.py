"""Has a saved search again: reads it, asks what must be asked, and searches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.search.query.query_spec import WebSource
from finder.core.web.address import read_address
from finder.gui.common.file_dialogs import open_dialog
from finder.gui.common.notices.messages import message_for
from finder.gui.query.input.download_question import ask_to_download
from finder.jobs.task_runner import Lane, Task, TaskRunner
from finder.use_cases.search.saved_searches import MissingQueryError, OpenedSearch

if TYPE_CHECKING:
    from finder.core.search.saved_search import SavedSearch
    from finder.gui.shell.main_window import MainWindow
    from finder.gui.shell.searches.query_controller import QueryController
    from finder.jobs.saved_searches import SavedSearches


class SavedOpener(QObject):
    """Signals: opening(SavedSearch), before it is searched for; failed(error)."""

    opening = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        query: QueryController,
        task_runner: TaskRunner,
        saved: SavedSearches,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._query = query
        self._task_runner = task_runner
        self._saved = saved
        self._task: Task | None = None

    def open(self, name: str) -> None:
        """Search for it as it was saved. A newer call replaces one that still reads."""
        self._read(partial(self._saved.open, name))

    def _read(self, read: Callable[[], OpenedSearch]) -> None:
        if self._task is not None:
            self._task.drop()
        self._task = self._task_runner.call(Lane.DRIVES, read, self._run, self._show_failure)

    def _run(self, opened: OpenedSearch, confirmed: Sequence[str] = ()) -> None:
        """The user is asked before a picture is downloaded."""
        search = opened.search
        for url in _addresses(search):
            if url not in confirmed:
                self._ask_to_download(url, partial(self._run, opened, (*confirmed, url)))
                return
        self.opening.emit(search)
        self._window.query_bar.apply_search(search.models, search.top, search.metric)
        self._query.ask_within(search.spec, search.filter)
        if opened.notes:
            self._window.notice.show_notice(" ".join(opened.notes))

    def _ask_to_download(self, url: str, confirmed: Callable[[], object]) -> None:
        try:
            ask_to_download(self._window, read_address(url), confirmed)
        except FinderError as error:
            self.failed.emit(error)

    def _show_failure(self, error: BaseException) -> None:
        message = message_for(error)
        if isinstance(error, MissingQueryError) and message is not None:
            choose = partial(self._choose_other_file, error)
            self._window.notice.show_notice(message.text, tr("Choose picture…"), choose)
        else:
            self.failed.emit(error)

    def _choose_other_file(self, missing: MissingQueryError) -> None:
        title = tr("Choose the picture of “{name}”").format(name=missing.name)
        dialog = QFileDialog(self._window, title)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        open_dialog(dialog, partial(self._use_other_file, missing))

    def _use_other_file(self, missing: MissingQueryError, path: str) -> None:
        self._read(partial(self._saved.open_with, missing.name, missing.path, path))


def _addresses(search: SavedSearch) -> list[str]:
    sources = [item.source for item in search.spec.items]
    return [source.url for source in sources if isinstance(source, WebSource)]
