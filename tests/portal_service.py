"""A program with the portal's interface for screenshots, on a bus given by its address.

It answers each request of the caller (a name on the bus) with the words it was started with: a
response and the address of the picture; "wait" for no answer, "leave" to end instead. It says
“asked” with the options, and “closed”.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import ClassInfo, QCoreApplication, QObject, QTimer, Signal, Slot
from PySide6.QtDBus import QDBusAbstractAdaptor, QDBusConnection, QDBusObjectPath

from finder.gui.query.capture.portal import PATH, REQUEST, SCREENSHOT, SERVICE


@ClassInfo({"D-Bus Interface": REQUEST})  # type: ignore[call-arg]
class Request(QDBusAbstractAdaptor):  # type: ignore[operator]
    Response = Signal("uint", "QVariantMap")  # type: ignore[arg-type]

    @Slot()
    def Close(self) -> None:
        _say("closed")


@ClassInfo({"D-Bus Interface": SCREENSHOT})  # type: ignore[call-arg]
class Screenshot(QDBusAbstractAdaptor):  # type: ignore[operator]
    def __init__(self, holder: QObject, bus: QDBusConnection, caller: str, words: list[str]):
        super().__init__(holder)
        self._bus = bus
        self._caller = caller.removeprefix(":").replace(".", "_")
        self._words = words
        self._requests: list[tuple[QObject, Request]] = []

    @Slot(str, "QVariantMap", result=QDBusObjectPath)
    def Screenshot(self, parent: str, options: dict[str, object]) -> QDBusObjectPath:
        path = f"{PATH}/request/{self._caller}/{options['handle_token']}"
        holder = QObject()
        self._requests.append((holder, Request(holder)))
        export = QDBusConnection.RegisterOption.ExportAdaptors
        self._bus.registerObject(path, holder, export)
        _say(f"asked {options['interactive']}")  # from now on it can be closed
        QTimer.singleShot(0, self, self._answer)
        return QDBusObjectPath(path)

    def _answer(self) -> None:
        if self._words[0] == "leave":
            QCoreApplication.exit(0)
        elif self._words[0] != "wait":
            results = {"uri": self._words[1]} if len(self._words) > 1 else {}
            self._requests[-1][1].Response.emit(int(self._words[0]), results)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    address, caller, *words = sys.argv[1:]
    application = QCoreApplication([])
    bus = QDBusConnection.connectToBus(address, "portal")
    holder = QObject()
    screenshot = Screenshot(holder, bus, caller, words)
    bus.registerObject(PATH, holder, QDBusConnection.RegisterOption.ExportAdaptors)
    assert bus.registerService(SERVICE), screenshot
    _say("up")
    return application.exec()


if __name__ == "__main__":
    sys.exit(main())
