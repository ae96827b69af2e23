"""The library's overview, and what the user does with its folders: add, rescan, remove them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr
from finder.gui.common.notices.messages import message_for
from finder.gui.library.folder_dialogs import choose_folder
from finder.gui.library.index_controller import IndexController
from finder.gui.library.indexing_models import IndexingModels
from finder.jobs.task_runner import Lane, TaskRunner
from finder.jobs.workspace import Workspace, samples_folder
from finder.use_cases.library.library_overview import Overview

if TYPE_CHECKING:
    from finder.core.library.catalogue.settings import Settings
    from finder.gui.common.notices.notice_bar import NoticeBar


class LibraryController(QObject):
    """Holds the latest overview of the library, its `IndexController` and its `IndexingModels`.

    Signals: overview_loaded(Overview), to show it; then changed(bool: whether other pictures are
    indexed than before); adding(folders), by the user; folder_removed; removal_failed(folder);
    contents_replaced (a catalogue was repaired or restored, or a model removed); failed(error that
    has no message, or leaves nothing to show); noted(sentence), from any thread: it is shown.
    """

    overview_loaded = Signal(object)
    changed = Signal(bool)
    adding = Signal(object)
    folder_removed = Signal()
    removal_failed = Signal(str)
    contents_replaced = Signal()
    failed = Signal(object)
    noted = Signal(str)

    def __init__(
        self,
        window: QWidget,
        notice: NoticeBar,
        task_runner: TaskRunner,
        workspace: Workspace,
        models_on: Sequence[str] | None,
    ) -> None:
        """window: the parent of dialogs. models_on: the names of the models that index new
        pictures; None: all but the baselines."""
        super().__init__(window)
        self.overview = Overview()
        self.indexing = IndexController(task_runner, workspace, self)
        self.indexing_models = IndexingModels(models_on, task_runner, workspace, self)
        self._is_loaded = False
        self._folders_before_load: list[str] = []
        self._window = window
        self._notice = notice
        self._task_runner = task_runner
        self._workspace = workspace
        self.indexing.stored.connect(self.refresh)
        self.noted.connect(notice.show_notice)

    # The overview

    def refresh(
        self,
        then: Callable[[], object] = lambda: None,
        otherwise: Callable[[], object] = lambda: None,
    ) -> None:
        """Read the overview again; `then` is called after it was shown, `otherwise` if it cannot be
        read."""
        self._task_runner.call(
            Lane.QUICK,
            self._workspace.overview,
            partial(self._set_overview, then),
            partial(self._refresh_failed, otherwise),
        )

    def _refresh_failed(self, otherwise: Callable[[], object], error: BaseException) -> None:
        self.failed.emit(error)
        otherwise()

    def reload(self, settings: Settings | None = None) -> None:
        """Call when the catalogue was repaired, or restored with these settings: read it again, and
        index in the background what it lacks."""
        if settings is not None:
            self.indexing_models.names = settings.models_on
        self.refresh(self._reindex)

    def _set_overview(self, then: Callable[[], object], overview: Overview) -> None:
        before, self.overview = self.overview, overview
        self.indexing_models.installed = overview.models
        self.overview_loaded.emit(overview)
        self._show_new_problems(before)
        self.changed.emit(overview.indexed != before.indexed)
        self._is_loaded = True
        if self._folders_before_load:
            folders, self._folders_before_load = self._folders_before_load, []
            self._index(folders)
        then()

    def _show_new_problems(self, before: Overview) -> None:
        known = {broken.folder for broken in before.broken}
        for broken in self.overview.broken:
            if broken.folder not in known:
                self._notice.show_notice(broken.sentence)
        if self.overview.is_snapshot and not before.is_snapshot:
            self._notice.pin_notice(
                tr(
                    "The library's disk is full or read-only: you can search, but nothing "
                    "can be saved."
                )
            )

    def _reindex(self) -> None:
        self.index_in_background(self._folders())
        self.contents_replaced.emit()

    # Folders

    def choose_folder(self) -> None:
        """Let the user pick a folder, and add it."""
        choose_folder(self._window, lambda path: self.add_folders([path]))

    def add_folders(self, folders: Sequence[str]) -> None:
        """Add folders to the library, or bring them up to date."""
        self.adding.emit(tuple(folders))
        self._index(folders)

    def _index(self, folders: Sequence[str]) -> None:
        """Index folders with the models that index new pictures."""
        if not self._is_loaded:
            self._folders_before_load.extend(folders)
        elif not self.overview.models:
            self._notice.show_notice(tr("No model is installed. Install Image Finder again."))
        else:
            self.indexing.index(folders, self.indexing_models.specs())

    def add_samples(self) -> None:
        """Index the sample pictures that ship with the program."""
        self._task_runner.call(Lane.QUICK, samples_folder, self._add_samples)

    def _add_samples(self, folder: str) -> None:
        if folder:
            self.add_folders([folder])
        else:
            self._notice.show_notice(tr("The sample pictures are not installed."))

    def rescan(self, folder: str = "") -> None:
        """Index a folder again, or all, unless the user already sees a run."""
        if self.overview.folders and not self.indexing.shown:
            self._index([folder] if folder else self._folders())

    def index_all(self) -> None:
        """Index all folders, after the runs that are queued already."""
        self._index(self._folders())

    def index_waiting(self) -> None:
        """Go on where a run was stopped."""
        self._index(list(self.overview.waiting))

    def locate(self, old: str, new: str) -> None:
        """An offline folder is another one now."""
        self.indexing.locate(old, new, self.indexing_models.specs())

    def retry_skipped(self) -> None:
        """Read the skipped files again, as if they had changed."""
        self.indexing.retry_skipped(self._folders(), self.indexing_models.specs())

    def index_in_background(self, folders: Sequence[str]) -> None:
        """Index folders of the library; the run is shown only if it takes long."""
        if folders and self.overview.models and not self.overview.is_snapshot:
            self.indexing.index_in_background(folders, self.indexing_models.specs())

    def index_with(self, *names: str) -> None:
        """Index all folders with the named models; without a folder, let the user choose one."""
        specs = [spec for spec in self.overview.models if spec.name in names]
        if self.overview.folders:
            self.indexing.index(self._folders(), specs)
        else:
            self.choose_folder()

    def remove(self, folder: str) -> None:
        """Remove a folder from the library; its pictures are not touched."""
        self._task_runner.call(
            Lane.LIBRARY,
            partial(self._workspace.forget, folder, self.noted.emit),
            self._removed,
            partial(self._removal_failed, folder),
        )

    def _removed(self, _: int) -> None:
        self.refresh()
        self.folder_removed.emit()

    def _removal_failed(self, folder: str, error: BaseException) -> None:
        self.removal_failed.emit(folder)
        self._show_failure(error)

    def _show_failure(self, error: BaseException) -> None:
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        else:
            self._notice.show_notice(message.text)

    def _folders(self) -> list[str]:
        return [folder.path for folder in self.overview.folders]
