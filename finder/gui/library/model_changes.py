"""Updates the library when a model was added, removed or switched off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from finder.core.i18n import tr, trn
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.gui.common.notices.notice_bar import NoticeBar
    from finder.gui.library.index_controller import RunEnd
    from finder.gui.library.library_controller import LibraryController
    from finder.jobs.workspace import Workspace


class ModelChanges(QObject):
    """Updates the library's overview and its indexing models, and offers to index with new ones."""

    def __init__(
        self,
        library: LibraryController,
        notice: NoticeBar,
        task_runner: TaskRunner,
        workspace: Workspace,
    ) -> None:
        super().__init__(library)
        self._library = library
        self._notice = notice
        self._task_runner = task_runner
        self._workspace = workspace
        library.indexing.run_ended.connect(self._switch_off_failed_models)

    def model_added(self, spec: ModelSpec) -> None:
        """Show a model that was just imported, and offer to index with it."""
        sentence = tr("The model {title} was added.").format(title=spec.title)
        self._library.refresh(partial(self.offer_to_index, spec.name, sentence))

    def offer_to_index(self, name: str, sentence: str) -> None:
        """Show the sentence about a new model, and offer to index all pictures with it."""
        missing = self._library.overview.pictures
        button = trn("Index {n} picture with it now", "Index {n} pictures with it now", missing)
        self._notice.show_notice(
            sentence,
            button if missing else "",
            partial(self._library.index_with, name) if missing else None,
        )

    def model_removed(self, name: str) -> None:
        """Call when a model was removed with its vectors, also from the saved settings."""
        self._library.indexing_models.forget(name)
        self._task_runner.call(Lane.SEARCH, self._workspace.close_search)
        self._library.refresh(self._library.contents_replaced.emit)

    def _switch_off_failed_models(self, end: RunEnd) -> None:
        """The run switched off the models that failed on most pictures; its notes say so."""
        if end.progress is not None:
            self._library.indexing_models.switch_off(end.progress.switched_off)
