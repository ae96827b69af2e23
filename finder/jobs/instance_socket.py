"""The open window's local socket, through which a second start passes its files. It is a file in
a private folder, never a network port.

A request is one line of JSON, {"paths": [the bytes of each path in base64]}, or {"capture": true}
for a part of the screen; the response is one word. Anything else gets no response.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Sequence
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from finder.core.system.permissions import make_private

if TYPE_CHECKING:
    from finder.core.paths import Home

_RESPONSE = b"raised\n"
_CAPTURE = {"capture": True}
_LONGEST_LINE = 600_000  # bytes: 100 paths of 4,096 bytes each, in base64
_LONGEST_ADDRESS = 96  # bytes: the system's limit is 108 on Linux, 104 on macOS
_CALL_MS = 3_000
_CONNECT_MS = 500


class InstanceSocket(QObject):
    """Listens as long as it exists; made in the GUI thread by the holder of the instance lock.

    Signal: activated(absolute paths, perhaps none; whether to capture a part of the screen).
    """

    activated = Signal(object, bool)  # Qt's own strings would lose bytes that are not valid text

    def __init__(self, home: Home, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._open)
        for address in addresses(home):
            QLocalServer.removeServer(address)  # left over from a killed window: we hold the lock
            if self._server.listen(address):
                break

    def close(self) -> None:
        self._server.close()

    def _open(self) -> None:
        while (caller := self._server.nextPendingConnection()) is not None:
            caller.setReadBufferSize(_LONGEST_LINE)
            caller.disconnected.connect(caller.deleteLater)
            caller.readyRead.connect(partial(self._listen, caller))
            QTimer.singleShot(_CALL_MS, caller, caller.abort)
            self._listen(caller)

    def _listen(self, caller: QLocalSocket) -> None:
        if not caller.canReadLine():
            if caller.bytesAvailable() >= _LONGEST_LINE:
                caller.abort()
            return
        try:
            paths, captures = read_line(bytes(caller.readLine().data()))
        except ValueError:
            caller.abort()
            return
        self.activated.emit(paths, captures)
        caller.write(_RESPONSE)
        caller.disconnectFromServer()


def activate_window(
    home: Home, paths: Sequence[str], seconds: float, captures: bool = False
) -> bool:
    """Ask the window of this library to come to the front, and pass it absolute paths; or to let
    the user capture a part of the screen. Returns whether it has responded
    within this many seconds. Needs no event loop."""
    deadline = time.monotonic() + seconds
    for address in addresses(home):
        socket = QLocalSocket()
        socket.connectToServer(address)
        if not socket.waitForConnected(_CONNECT_MS):
            continue
        socket.write(write_line(paths, captures))
        while not socket.canReadLine():
            left_ms = round((deadline - time.monotonic()) * 1_000)
            if left_ms <= 0 or not socket.waitForReadyRead(left_ms):
                break
        answer = bytes(socket.readLine().data())
        socket.abort()
        return answer == _RESPONSE
    return False


def addresses(home: Home) -> list[str]:
    """Where the socket may be, in order of preference: in the library, or, if that path is too long
    or its disk does not support sockets, in the user's runtime folder."""
    name = blake2b(os.fsencode(home.root), digest_size=12).hexdigest()
    if sys.platform == "win32":
        return [f"image-finder-{name}"]
    places = [home.run / "window.sock", _runtime_folder() / f"{name}.sock"]
    return [str(place) for place in places if _is_address(place)]


def write_line(paths: Sequence[str], captures: bool = False) -> bytes:
    """The request for these paths, which are bytes and need not be valid text."""
    if captures:
        return json.dumps(_CAPTURE).encode("ascii") + b"\n"
    coded = [base64.b64encode(os.fsencode(path)).decode("ascii") for path in paths]
    return json.dumps({"paths": coded}).encode("ascii") + b"\n"


def read_line(line: bytes) -> tuple[list[str], bool]:
    """The paths in a request, and whether it is to capture. Raises ValueError for an invalid
    one."""
    try:
        message = json.loads(line)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if message == _CAPTURE and message["capture"] is True:  # 1 == True
        return [], True
    if not isinstance(message, dict) or message.keys() != {"paths"}:
        raise ValueError("not a call")
    if not isinstance(message["paths"], list):
        raise ValueError("no paths")
    return [_read_path(coded) for coded in message["paths"]], False


def _read_path(coded: object) -> str:
    if not isinstance(coded, str):
        raise ValueError("not a path")
    path = os.fsdecode(base64.b64decode(coded, validate=True))
    if not os.path.isabs(path) or "\0" in path:
        raise ValueError("not an absolute path")
    return path


def _runtime_folder() -> Path:
    """The same for every process of this user, which `tempfile.gettempdir` is not: it passes over
    a folder whose disk is full, and raises where no other is left."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given and os.path.isdir(given):
        return Path(given) / "image-finder"
    folder = os.path.abspath(os.environ.get("TMPDIR") or "/tmp")
    return Path(folder, f"image-finder-{os.getuid()}")


def _is_address(place: Path) -> bool:
    """Whether a socket can be there; its folder is made if it does not exist."""
    try:
        make_private(place.parent)
        return len(str(place).encode()) <= _LONGEST_ADDRESS
    except (OSError, ValueError):
        return False
