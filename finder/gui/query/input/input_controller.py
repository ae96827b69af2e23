"""Pictures, folders and models that the user drops, pastes or opens, sorted by what they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.pictures.formats import EXTENSIONS
from finder.core.search.query.query_spec import LibrarySource, QueryExample, QuerySpec
from finder.core.web.address import read_address
from finder.gui.common.file_dialogs import open_dialog
from finder.gui.query.input.download_question import ask_to_download
from finder.gui.query.input.drop_data import DropData, Use, read_mime
from finder.jobs.query_facts import Asked, QuerySource, spec_of
from finder.jobs.task_runner import Lane, TaskRunner
from finder.jobs.workspace import Dropped, Workspace, sort_paths

if TYPE_CHECKING:
    from finder.gui.common.notices.notice_bar import NoticeBar


class InputController(QObject):
    """Signals: query_given(QuerySource or QuerySpec); examples_given(QuerySpec with them, whether
    more like them) for the query that is shown; words_given(text), to search for;
    folders_given(paths), for the library; model_given(ModelFiles); failed(error)."""

    query_given = Signal(object)
    words_given = Signal(str)
    examples_given = Signal(object, bool)
    folders_given = Signal(object)
    model_given = Signal(object)
    failed = Signal(object)

    def __init__(
        self, notice: NoticeBar, task_runner: TaskRunner, workspace: Workspace, window: QWidget
    ) -> None:
        super().__init__(window)
        self._notice = notice
        self._task_runner = task_runner
        self._workspace = workspace
        self._window = window

    def receive(self, data: DropData, use: Use = Use.SEARCH) -> None:
        """Use what was dropped or pasted; a notice says why if that is impossible."""
        if data.error:
            self._notice.show_notice(data.error)
        elif data.card is not None:
            source = LibrarySource(data.card.picture, data.card.name)
            self._give(use, QuerySpec((QueryExample(source),)))
        elif data.words:
            self.words_given.emit(data.words)
        elif data.paths:
            self._task_runner.call(
                Lane.QUICK, partial(sort_paths, data.paths), partial(self._receive_paths, use)
            )
        elif data.url:
            self._ask_to_download(data.url, use)
        else:
            label = tr("Pasted picture")
            self._give(use, QuerySource(label, image=data.image, data=data.data))

    def _give(self, use: Use, asked: Asked) -> None:
        if use is Use.SEARCH:
            self.query_given.emit(asked)
        elif isinstance(asked, QuerySpec):
            self.examples_given.emit(asked, use is Use.MORE)
        else:  # encodes an image
            given = partial(self._give, use)
            self._task_runner.call(Lane.QUICK, partial(spec_of, asked), given)

    def paste(self) -> None:
        """Use the clipboard; an empty one has no MIME data at all on some platforms."""
        self.receive(read_mime(QGuiApplication.clipboard().mimeData() or QMimeData()))

    def choose_picture(self) -> None:
        """Let the user choose a picture file as the query."""
        patterns = " ".join(f"*{extension}" for extension in EXTENSIONS)
        dialog = QFileDialog(self._window, tr("Choose a query picture"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Pictures ({endings})").format(endings=patterns), tr("All (*)")])
        open_dialog(dialog, self.use_file)

    def use_file(self, path: str) -> None:
        """Use a picture file as the query."""
        self.use_files([path])

    def use_files(self, paths: Sequence[str], use: Use = Use.SEARCH) -> None:
        """Use picture files as one query, or as examples."""
        first, *more = paths
        self._give(use, QuerySource(first, path=first, more_paths=tuple(more)))

    def _ask_to_download(self, url: str, use: Use) -> None:
        try:
            address = read_address(url)
        except FinderError as error:
            self.failed.emit(error)
            return
        source = QuerySource(address.label, url=address.url)
        ask_to_download(self._window, address, partial(self._give, use, source))

    def _receive_paths(self, use: Use, dropped: Dropped) -> None:
        if dropped.folders:
            self.folders_given.emit(dropped.folders)
        if dropped.files:
            self.use_files(dropped.files, use)
        if dropped.models:
            self._use_first_model(dropped.models)
        if dropped.missing and not (dropped.files or dropped.folders or dropped.models):
            self._notice.show_notice(tr("There is no file {path}.").format(path=dropped.missing[0]))

    def _use_first_model(self, models: tuple[str, ...]) -> None:
        from finder.use_cases.models.word_files import sort_model_files

        files = sort_model_files(models)
        self.model_given.emit(files)
        if files.left_out:
            self._notice.show_notice(
                trn(
                    "{n} model was dropped; the first one is imported.",
                    "{n} models were dropped; the first one is imported.",
                    1 + files.left_out,
                )
            )
