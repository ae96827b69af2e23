"""Shows the removed pictures, and brings them back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from finder.core.i18n import trn
from finder.jobs.library_models import WINDOW
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.gui.library.library_controller import LibraryController
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.removed_pictures import BroughtBack


class RemovedController(QObject):
    """Signals: status_changed(text); failed(error)."""

    status_changed = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        library: LibraryController,
        task_runner: TaskRunner,
        workspace: Workspace,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._library = library
        self._task_runner = task_runner
        self._home = workspace.home
        self._window = window

    def open(self) -> None:
        self._task_runner.call(Lane.QUICK, self._files, self._show, self.failed.emit)

    def _files(self) -> dict[str, int]:
        from finder.use_cases.library.removed_pictures import removed_files

        return removed_files(self._home)

    def _show(self, files: dict[str, int]) -> None:
        from finder.gui.library.removal.removed_dialog import RemovedDialog

        dialog = RemovedDialog(files, self._window)
        dialog.bring_back_requested.connect(self._bring_back)
        dialog.open()

    def _bring_back(self, pictures: Sequence[int]) -> None:
        self._task_runner.call(
            Lane.LIBRARY,
            partial(self._write, pictures),
            partial(self._brought_back, len(pictures)),
            self.failed.emit,
        )

    def _write(self, pictures: Sequence[int]) -> BroughtBack:
        from finder.use_cases.library.removed_pictures import bring_back

        return bring_back(self._home, pictures, WINDOW)

    def _brought_back(self, number: int, back: BroughtBack) -> None:
        self.status_changed.emit(trn("{n} picture comes back.", "{n} pictures come back.", number))
        self._library.refresh()
        self._library.index_in_background(back.folders)
