"""Short messages to the user: the status line, notices for errors, the dialog for bugs."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStatusBar

from finder.gui.common.bug_reporter import BugReporter
from finder.gui.common.messages import Message, message_for
from finder.gui.common.notice_bar import NoticeBar

_STATUS_MS = 8_000


class Feedback(QObject):
    """Has no state; a QObject so that its methods are slots of the GUI thread."""

    def __init__(
        self, status_bar: QStatusBar, notice: NoticeBar, bugs: BugReporter, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._status_bar = status_bar
        self._notice = notice
        self._bugs = bugs

    def show_status(self, text: str) -> None:
        """Show a text in the status line for some seconds."""
        self._status_bar.showMessage(text, _STATUS_MS)

    def report_error(self, error: BaseException) -> None:
        """Show an error that does not concern the current page: a notice, or the bug dialog."""
        message = self.message_or_bug(error)
        if message is not None:
            self._notice.show_notice(message.text)

    def message_or_bug(self, error: BaseException) -> Message | None:
        """The error's message; None for a bug, which is reported."""
        message = message_for(error)
        if message is None:
            self._bugs.report(error)
        return message
