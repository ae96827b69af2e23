"""Removes single pictures from the library, and brings them back. Their files are not touched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.i18n import tr
from finder.gui.common.formatting import record_name
from finder.gui.common.notices.messages import message_for
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.gui.common.notices.toast import Toasts
    from finder.gui.library.index_controller import RunEnd
    from finder.gui.library.library_controller import LibraryController
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.removed_pictures import BroughtBack


class RemovalController(QObject):
    """Signals: changed, when pictures were removed or are back; failed(error without a message)."""

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        library: LibraryController,
        toasts: Toasts,
        task_runner: TaskRunner,
        workspace: Workspace,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._toasts = toasts
        self._task_runner = task_runner
        self._workspace = workspace
        self._awaited: dict[str, tuple[str, ...]] = {}
        library.indexing.run_ended.connect(self._run_ended)

    def remove(self, picture: PictureRecord) -> None:
        """Remove a picture with all its copies, until the user undoes it."""
        if self._library.indexing.shown:  # it writes, and may take hours
            self._toasts.show_toast(tr("Pictures can be removed when indexing has ended."))
            return
        self._task_runner.call(
            Lane.LIBRARY,
            partial(self._workspace.remove_pictures, [picture.id], self._library.noted.emit),
            partial(self._removed, picture),
            self._show_failure,
        )

    def _removed(self, picture: PictureRecord, files: int) -> None:
        if not files:  # Delete was pressed twice
            return
        text = tr("“{name}” was removed from the library. Its file is not touched.")
        if files > 1:
            text = tr("“{name}” and its copies were removed from the library, not from the disk.")
        name = record_name(picture)
        undo = partial(self._bring_back, picture)
        self._toasts.show_toast(text.format(name=name), tr("Undo"), undo)
        self._library.refresh(self.changed.emit)

    def _bring_back(self, picture: PictureRecord) -> None:
        self._task_runner.call(
            Lane.LIBRARY,
            partial(self._workspace.bring_back, [picture.id], self._library.noted.emit),
            partial(self._index, record_name(picture)),
            self._show_failure,
        )

    def _index(self, name: str, back: BroughtBack) -> None:
        if not back.folders:  # it is on other machines only: nothing is to be indexed
            self._library.refresh(self.changed.emit)
            return
        self._awaited[name] = back.folders
        self._library.index_in_background(back.folders)

    def _run_ended(self, end: RunEnd) -> None:
        names = [name for name, dirs in self._awaited.items() if {*dirs} <= {*end.folders}]
        for name in names:
            del self._awaited[name]
            if end.error is None and not end.cancelled:
                text = tr("“{name}” is in the library again.")
                self._toasts.show_toast(text.format(name=name))
        if names:
            self._library.refresh(self.changed.emit)

    def _show_failure(self, error: BaseException) -> None:
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        else:
            self._toasts.show_error(message.text)
