"""Short messages to the user: toasts, notices for errors, the dialog for bugs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from finder.gui.common.notices.messages import Message, message_for

if TYPE_CHECKING:
    from finder.gui.common.notices.bug_reporter import BugReporter
    from finder.gui.common.notices.notice_bar import NoticeBar
    from finder.gui.common.notices.toast import Toasts


class Feedback(QObject):
    """Has no state; a QObject so that its methods are slots of the GUI thread."""

    def __init__(
        self, toasts: Toasts, notice: NoticeBar, bugs: BugReporter, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._toasts = toasts
        self._notice = notice
        self._bugs = bugs

    def show_status(self, text: str) -> None:
        """Show a text for some seconds."""
        if text:
            self._toasts.show_toast(text)

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
