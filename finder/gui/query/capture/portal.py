"""The desktop's own screenshot tool (org.freedesktop.portal.Screenshot), which shows the user what
will be taken: on Wayland no other program sees the screen."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import SLOT, QObject, QTimer, QUrl, Signal, Slot

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher

SERVICE = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
SCREENSHOT, REQUEST = "org.freedesktop.portal.Screenshot", "org.freedesktop.portal.Request"
_CALL_MS = 10_000  # for the portal to start
_ANSWER_MS = 180_000  # for the user; the window must not stay hidden for ever
_TAKEN, _CANCELLED = 0, 1
_ANSWER_SLOT = cast(bytes, SLOT("receive(uint,QVariantMap)"))
"""A text; PySide's stubs ask for bytes, which it does not take."""


class ScreenshotPortal(QObject):
    """Asks once at a time. Signals: taken(path of the file that the desktop has made); cancelled,
    by the user; ended, without a picture and without a reason; missing: there is no portal."""

    taken = Signal(str)
    cancelled = Signal()
    ended = Signal()
    missing = Signal()

    def __init__(self, parent: QObject, bus: QDBusConnection | None = None) -> None:
        """bus: the session's, unless another one is given."""
        super().__init__(parent)
        self._bus = bus
        self._request = ""
        self._watcher: QObject | None = None
        self.limit = QTimer(self, singleShot=True, interval=_ANSWER_MS)
        self.limit.timeout.connect(self._give_up)

    def ask(self) -> None:
        """Let the user take a screenshot. One of the signals follows."""
        bus = self._session_bus()
        if bus is None or not bus.isConnected():
            QTimer.singleShot(0, self, self.missing.emit)
            return
        from PySide6.QtDBus import QDBusPendingCallWatcher, QDBusServiceWatcher

        token = f"image_finder_{secrets.token_hex(8)}"
        sender = bus.baseService().removeprefix(":").replace(".", "_")
        self._request = request = f"{PATH}/request/{sender}/{token}"
        self._connect(bus)
        message = _call(PATH, SCREENSHOT, "Screenshot")
        message.setArguments(["", {"interactive": True, "handle_token": token}])
        call = QDBusPendingCallWatcher(bus.asyncCall(message, _CALL_MS), self)
        call.finished.connect(lambda: self._called(request, call))
        mode = QDBusServiceWatcher.WatchModeFlag.WatchForUnregistration
        watcher = QDBusServiceWatcher(SERVICE, bus, mode, self)
        watcher.serviceUnregistered.connect(self._give_up)
        self._watcher = watcher
        self.limit.start()

    def stop(self) -> None:
        """Close the desktop's tool; no signal follows."""
        request = self._request
        if self._end() and self._bus is not None:
            self._bus.send(_call(request, REQUEST, "Close"))

    @Slot("uint", "QVariantMap")
    def receive(self, response: int, results: dict[str, object]) -> None:
        """The portal's answer."""
        if not self._end():
            return
        path = QUrl(str(results.get("uri", ""))).toLocalFile()
        if response == _TAKEN and path:
            self.taken.emit(path)
        elif response == _CANCELLED:
            self.cancelled.emit()
        else:
            self.ended.emit()

    def _session_bus(self) -> QDBusConnection | None:
        if self._bus is None:
            try:
                from PySide6.QtDBus import QDBusConnection
            except ImportError:
                return None
            self._bus = QDBusConnection.sessionBus()
        return self._bus

    def _connect(self, bus: QDBusConnection) -> None:
        bus.connect(SERVICE, self._request, REQUEST, "Response", self, _ANSWER_SLOT)

    def _called(self, request: str, call: QDBusPendingCallWatcher) -> None:
        """The portal has the request, or there is none."""
        if call.isError() and request == self._request and self._end():
            self.missing.emit()
        call.deleteLater()

    def _give_up(self) -> None:
        if self._request:
            self.stop()
            self.ended.emit()

    def _end(self) -> bool:
        """Expect no answer any more. Returns whether one was expected."""
        request, self._request = self._request, ""
        if not request or self._bus is None:
            return False
        self.limit.stop()
        self._bus.disconnect(SERVICE, request, REQUEST, "Response", self, _ANSWER_SLOT)
        if self._watcher is not None:
            self._watcher.deleteLater()
            self._watcher = None
        return True


def _call(path: str, interface: str, member: str) -> QDBusMessage:
    from PySide6.QtDBus import QDBusMessage

    return QDBusMessage.createMethodCall(SERVICE, path, interface, member)
