"""“Locate…”: the user says where an offline folder is now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.gui.common.buttons import Kind, set_kind
from finder.gui.common.formatting import folder_name
from finder.gui.common.labels import show_icon
from finder.gui.common.notices.messages import message_for
from finder.gui.library.folder_dialogs import choose_folder
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.indexing.located_folders import Recognised
    from finder.gui.common.notices.notice_bar import NoticeBar
    from finder.gui.library.library_controller import LibraryController
    from finder.jobs.workspace import Workspace


class LocateController(QObject):
    """Asks for the new place, says how many files were recognised there, and follows.

    Signal: failed(error without a message).
    """

    failed = Signal(object)

    def __init__(
        self,
        library: LibraryController,
        notice: NoticeBar,
        task_runner: TaskRunner,
        workspace: Workspace,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._library = library
        self._notice = notice
        self._task_runner = task_runner
        self._workspace = workspace
        self._window = window

    def locate(self, folder: str) -> None:
        """Begin with the choice of the new place."""
        title = tr("Where is “{folder}” now?").format(folder=folder_name(folder))
        choose_folder(self._window, partial(self._preview, folder), title)

    def _preview(self, old: str, new: str) -> None:
        self._task_runner.call(
            Lane.DRIVES,
            partial(self._workspace.preview_location, old, new),
            partial(self._ask, old, new),
            self._show_failure,
        )

    def _ask(self, old: str, new: str, recognised: Recognised) -> None:
        box = QMessageBox(self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(tr("Locate a folder"))
        files = trn("{n} file", "{n} files", recognised.files)
        text = tr("{found:,} of {files} were recognised.")
        box.setText(text.format(found=recognised.found, files=files))
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        set_kind(cancel, Kind.SECONDARY)
        if recognised.found:
            box.setInformativeText(
                tr(
                    "{old}\nis now\n{new}\n\nThe pictures follow without being indexed again. "
                    "What is not there any more leaves the library."
                ).format(old=printable(old), new=printable(new))
            )
            follow = box.addButton(tr("Follow"), QMessageBox.ButtonRole.AcceptRole)
            follow.clicked.connect(lambda: self._library.locate(old, new))
        else:
            hint = tr("{new}\nChoose the folder itself, not the one around it.")
            box.setInformativeText(hint.format(new=printable(new)))
            follow = box.addButton(tr("Choose again…"), QMessageBox.ButtonRole.AcceptRole)
            follow.clicked.connect(lambda: self.locate(old))
        set_kind(follow, Kind.PRIMARY)
        box.setDefaultButton(follow)
        box.finished.connect(box.deleteLater)
        show_icon(box, "folder-open")
        box.open()

    def _show_failure(self, error: BaseException) -> None:
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        else:
            self._notice.show_notice(message.text)
