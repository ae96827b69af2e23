"""Finding things inside the pictures of a folder: switched on after a question, off with a way
back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr
from finder.gui.common.formatting import folder_name
from finder.gui.common.question import ask
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.gui.common.notices.toast import Toasts
    from finder.gui.library.library_controller import LibraryController
    from finder.jobs.workspace import Workspace


class CropsController(QObject):
    """Signals: changed, when crops were removed; failed(error)."""

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        library: LibraryController,
        toasts: Toasts,
        task_runner: TaskRunner,
        workspace: Workspace,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._library = library
        self._toasts = toasts
        self._task_runner = task_runner
        self._workspace = workspace
        self._window = window

    def switch(self, folder: str, is_on: bool) -> None:
        """What the user has chosen for a folder of the library."""
        if not is_on:
            self._switch_off(folder)
            return
        ask(
            self._window,
            tr("Find things inside pictures"),
            tr("Find things inside the pictures of “{folder}”?").format(folder=folder_name(folder)),
            tr(
                "Five parts of each picture are indexed, too, so that a thing is found that fills "
                "only a part of it.\nThat is five more vectors for each picture and model, and "
                "indexing takes 3 to 6 times as long."
            ),
            tr("Index the parts"),
            partial(self._switch_on, folder),
        )

    def _switch_on(self, folder: str) -> None:
        self._run(partial(self._workspace.add_crops, folder), partial(self._begin, folder))

    def _begin(self, folder: str, _: object) -> None:
        self._library.refresh()
        self._library.add_folders([folder])

    def _switch_off(self, folder: str) -> None:
        remove = partial(self._workspace.remove_crops, folder, self._library.noted.emit)
        self._run(remove, partial(self._end, folder))

    def _end(self, folder: str, _: object) -> None:
        self._library.refresh()
        self.changed.emit()
        text = tr("Things inside the pictures of “{folder}” are not searched for any more.")
        self._toasts.show_toast(
            text.format(folder=folder_name(folder)), tr("Undo"), partial(self._switch_on, folder)
        )

    def _run(self, work: Callable[[], object], then: Callable[[object], None]) -> None:
        self._task_runner.call(Lane.LIBRARY, work, then, self._fail)

    def _fail(self, error: BaseException) -> None:
        self._library.refresh()  # the menu shows what is so
        self.failed.emit(error)
