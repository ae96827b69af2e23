"""Connects the library panel with the library: folders, the run under way, skipped files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr
from finder.gui.common import desktop
from finder.gui.common.formatting import folder_name
from finder.gui.common.notices.messages import message_for
from finder.gui.library.locate_controller import LocateController
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import FileRecord
    from finder.core.library.catalogue.tables.failure_table import FailedFile
    from finder.core.library.indexing.progress import Progress
    from finder.core.models.spec import ModelSpec
    from finder.gui.common.notices.notice_bar import NoticeBar
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.library.side_bar.library_panel import LibraryPanel
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.indexing_estimate import Survey
    from finder.use_cases.library.library_overview import Overview


class LibraryPanelController(QObject):
    """Signals: status_changed(text); failed(error without a message)."""

    status_changed = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        panel: LibraryPanel,
        library: LibraryController,
        notice: NoticeBar,
        task_runner: TaskRunner,
        workspace: Workspace,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._panel = panel
        self._library = library
        self._indexing = library.indexing
        self._notice = notice
        self._task_runner = task_runner
        self._workspace = workspace
        self._window = window
        self._locating = LocateController(library, notice, task_runner, workspace, window)
        self._connect()

    def _connect(self) -> None:
        panel, library, indexing = self._panel, self._library, self._indexing
        panel.add_requested.connect(library.choose_folder)
        panel.rescan_requested.connect(library.rescan)
        panel.continue_requested.connect(library.index_waiting)
        panel.locate_requested.connect(self._locating.locate)
        panel.open_requested.connect(lambda folder: desktop.show_in_folder(folder))
        self._locating.failed.connect(self.failed)
        panel.skipped_files_requested.connect(self.show_skipped_files)
        panel.progress.pause_toggled.connect(indexing.pause)
        panel.progress.cancel_requested.connect(indexing.cancel)
        library.overview_loaded.connect(self._show_overview)
        indexing.started.connect(self._show_start)
        indexing.progressed.connect(self._show_progress)
        indexing.finished.connect(self._show_end)
        indexing.failed.connect(self._show_failure)
        indexing.plan_needed.connect(self._show_plan)

    def _show_overview(self, overview: Overview) -> None:
        self._panel.show_overview(overview)
        self._panel.set_busy(self._indexing.shown)

    # Skipped files

    def show_skipped_files(self) -> None:
        self._task_runner.call(Lane.QUICK, self._workspace.skipped, self._open_skipped_dialog)

    def _open_skipped_dialog(self, skipped: tuple[list[FileRecord], list[FailedFile]]) -> None:
        from finder.gui.library.side_bar.skipped_dialog import SkippedDialog

        titles = {spec.name: spec.title for spec in self._library.overview.models}
        dialog = SkippedDialog(*skipped, titles, self._window)
        dialog.show_requested.connect(lambda path: desktop.show_in_folder(path))
        dialog.retry_requested.connect(self._library.retry_skipped)
        dialog.open()

    # Indexing

    def _show_plan(self, survey: Survey, specs: Sequence[ModelSpec]) -> None:
        from finder.gui.library.side_bar.plan_dialog import PlanDialog

        dialog = PlanDialog(survey, specs, self._window)
        dialog.planned.connect(self._indexing.answer_plan)
        dialog.open()

    def _show_start(self, headline: str) -> None:
        folders = self._indexing.folders
        self._panel.progress.begin(headline, folder_name(folders[0]) if len(folders) == 1 else "")
        self._panel.set_busy(True)

    def _show_progress(self, progress: Progress, specs: Sequence[ModelSpec]) -> None:
        self._panel.progress.show_progress(progress, specs)

    def _show_end(self, summary: str) -> None:
        self._panel.progress.hide()
        self._panel.set_busy(False)
        if summary:
            self.status_changed.emit(summary)

    def _show_failure(self, error: BaseException) -> None:
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        else:
            self._notice.show_notice(message.text, tr("Try again"), self._indexing.retry)
