"""Pictures, folders and models that the user drops, pastes or opens, sorted by what they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.pictures.formats import EXTENSIONS
from finder.core.web.address import read_address
from finder.gui.common.notices.notice_bar import NoticeBar
from finder.gui.query.input.download_question import ask_to_download
from finder.gui.query.input.drop_data import DropData, read_mime
from finder.jobs.query_facts import QuerySource
from finder.jobs.task_runner import Lane, TaskRunner
from finder.jobs.workspace import Dropped, Workspace, sort_paths


class InputController(QObject):
    """Signals: query_given(QuerySource); folders_given(paths), for the library; model_given(path of
    an ONNX file); failed(error)."""

    query_given = Signal(object)
    folders_given = Signal(object)
    model_given = Signal(str)
    failed = Signal(object)

    def __init__(
        self, notice: NoticeBar, task_runner: TaskRunner, workspace: Workspace, window: QWidget
    ) -> None:
        super().__init__(window)
        self._notice = notice
        self._task_runner = task_runner
        self._workspace = workspace
        self._window = window

    def receive(self, data: DropData) -> None:
        """Use what was dropped or pasted; a notice says why if that is impossible."""
        if data.error:
            self._notice.show_notice(data.error)
        elif data.paths:
            self._task_runner.call(Lane.QUICK, partial(sort_paths, data.paths), self._receive_paths)
        elif data.image is not None:
            self.query_given.emit(QuerySource(tr("Pasted picture"), image=data.image))
        elif data.url:
            self._ask_to_download(data.url)
        else:
            self.query_given.emit(QuerySource(tr("Pasted picture"), data=data.data))

    def paste(self) -> None:
        """Use the clipboard; an empty one has no MIME data at all on some platforms."""
        self.receive(read_mime(QGuiApplication.clipboard().mimeData() or QMimeData()))

    def choose_picture(self) -> None:
        """Let the user choose a picture file as the query."""
        patterns = " ".join(f"*{extension}" for extension in EXTENSIONS)
        dialog = QFileDialog(self._window, tr("Choose a query picture"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Pictures ({endings})").format(endings=patterns), tr("All (*)")])
        dialog.fileSelected.connect(self.use_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def use_file(self, path: str) -> None:
        """Use a picture file as the query."""
        self.use_files([path])

    def use_files(self, paths: Sequence[str]) -> None:
        """Use picture files as one query."""
        first, *more = paths
        self.query_given.emit(QuerySource(first, path=first, more_paths=tuple(more)))

    def _ask_to_download(self, url: str) -> None:
        try:
            address = read_address(url)
        except FinderError as error:
            self.failed.emit(error)
            return
        source = QuerySource(address.label, url=address.url)
        ask_to_download(self._window, address, lambda: self.query_given.emit(source))

    def _receive_paths(self, dropped: Dropped) -> None:
        if dropped.folders:
            self.folders_given.emit(dropped.folders)
        if dropped.files:
            self.use_files(dropped.files)
        if dropped.models:
            self._use_first_model(dropped.models)
        if dropped.missing and not (dropped.files or dropped.folders or dropped.models):
            self._notice.show_notice(tr("There is no file {path}.").format(path=dropped.missing[0]))

    def _use_first_model(self, models: tuple[str, ...]) -> None:
        self.model_given.emit(models[0])
        if len(models) > 1:
            self._notice.show_notice(
                trn(
                    "{n} model was dropped; the first one is imported.",
                    "{n} models were dropped; the first one is imported.",
                    len(models),
                )
            )
