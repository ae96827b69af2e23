"""The current activity of each model, and the result of its last command."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from finder.gui.common.notices.messages import Message, message_for
from finder.gui.models.model_view import Activity

Reload = Callable[[Callable[[], None]], None]
"""Reads the models again, and calls a function before they are shown."""


class ModelActivities(QObject):
    """Signals: changed, when they must be shown again; failed(error without a message)."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, reload: Reload, parent: QObject) -> None:
        super().__init__(parent)
        self._reload = reload
        self._activities: dict[str, Activity] = {}
        self._messages: dict[str, Message] = {}

    def activity(self, name: str) -> Activity | None:
        """What is being done with the model of this name."""
        return self._activities.get(name)

    def message(self, name: str) -> Message | None:
        """How the last command on the model of this name ended."""
        return self._messages.get(name)

    def begin(self, name: str, text: str, can_cancel: bool = False) -> None:
        self._messages.pop(name, None)
        self.show_progress(name, Activity(text, can_cancel=can_cancel))

    def show_progress(self, name: str, activity: Activity) -> None:
        self._activities[name] = activity
        self.changed.emit()

    def end(self, name: str, title: str = "", hint: str = "") -> None:
        """End the activity. The models are read again first, so that the change and the message are
        shown together."""

        def show_end() -> None:
            self._activities.pop(name, None)
            if title:
                self._messages[name] = Message(title, hint)

        self._reload(show_end)

    def fail(self, name: str, error: BaseException) -> None:
        """End the activity with the error's message."""
        message = message_for(error)
        if message is None:
            self.end(name)
            self.failed.emit(error)
        else:
            self.end(name, message.title, message.hint)

    def set_message(self, name: str, message: Message) -> None:
        self._messages[name] = message
        self.changed.emit()

    def clear_message(self, name: str) -> None:
        self._messages.pop(name, None)

    def clear_messages(self) -> None:
        self._messages.clear()
