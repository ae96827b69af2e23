"""One window for each library: its lock, its socket, and hostile callers."""

from __future__ import annotations

import base64
import json
import os
import socket
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from normal_user import plain_user
from pytestqt.qtbot import QtBot

from finder.core.paths import Home
from finder.core.system.permissions import make_private
from finder.jobs.instance_socket import InstanceSocket, addresses, read_line, write_line
from finder.jobs.single_instance import InstanceLock, claim

on_unix = pytest.mark.skipif(sys.platform == "win32", reason="there are named pipes instead")


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["/a.jpg"],
        ["/ä\n\u2028.jpg", os.fsdecode(b"/\xff\x80.jpg")],
        ["/" + "ä" * 2_000] * 100,
    ],
)
def test_all_paths_survive_the_line(paths: list[str]) -> None:
    line = write_line(paths)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert read_line(line) == (paths, False)


def test_a_capture_survives_the_line() -> None:
    line = write_line([], captures=True)
    assert line == b'{"capture": true}\n'
    assert read_line(line) == ([], True)


def _call(paths: object) -> bytes:
    return json.dumps({"paths": paths}).encode() + b"\n"


HOSTILE = [
    b"\n",
    b"no json\n",
    b"\xff\xfe\n",
    b"[]\n",
    b"{}\n",
    b"[" * 10_000 + b"\n",
    b'{"paths": [], "more": 1}\n',
    b'{"picture": null}\n',
    b'{"capture": false}\n',
    b'{"capture": 1}\n',
    b'{"capture": true, "paths": []}\n',
    _call(1),
    _call(None),
    _call([1]),
    _call(["/a.jpg"]),  # no base64
    _call(["ä"]),
    _call([base64.b64encode(b"relative.jpg").decode()]),
    _call([base64.b64encode(b"/a\0b.jpg").decode()]),
]


@pytest.mark.parametrize("line", HOSTILE)
def test_a_line_that_is_no_call_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        read_line(line)


# The socket


class _Received:
    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.captures = 0

    def note(self, paths: list[str], captures: bool) -> None:
        self.calls.append(paths)
        self.captures += captures


@pytest.fixture
def received(home: Home, qtbot: QtBot) -> Iterator[_Received]:
    """The calls that a listening window receives."""
    lock, received = InstanceLock(home), _Received()
    assert lock.acquire()
    listening = InstanceSocket(home)
    listening.activated.connect(received.note)
    yield received
    listening.close()
    lock.release()


@pytest.fixture
def send(home: Home, qtbot: QtBot) -> Callable[[bytes], bytes]:
    """Sends bytes to the window; returns what it answers until it closes the connection."""

    def send(data: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
            caller.connect(addresses(home)[0])
            caller.setblocking(False)
            answer, left = bytearray(), memoryview(data)

            def is_closed() -> bool:
                nonlocal left
                try:
                    if left:
                        left = left[caller.send(left[:4_096]) :]
                    received = caller.recv(100)
                    answer.extend(received)
                    return not received
                except BlockingIOError:
                    return False
                except ConnectionError:
                    return True

            qtbot.waitUntil(is_closed, timeout=20_000)
        return bytes(answer)

    return send


@on_unix
def test_a_call_is_received_and_answered(
    received: _Received, send: Callable[[bytes], bytes]
) -> None:
    assert send(write_line(["/somewhere/a.jpg"])) == b"raised\n"
    assert send(write_line([])) == b"raised\n"
    many = ["/" + "a" * 4_000] * 100
    assert send(write_line(many)) == b"raised\n"
    assert received.calls == [["/somewhere/a.jpg"], [], many]
    assert received.captures == 0
    assert send(write_line([], captures=True)) == b"raised\n"
    assert received.captures == 1


@on_unix
@pytest.mark.parametrize(
    "data", [HOSTILE[1], HOSTILE[5], b"x" * 1_000_000], ids=["no JSON", "nested", "endless"]
)
def test_a_hostile_caller_is_disconnected(
    received: _Received, send: Callable[[bytes], bytes], data: bytes
) -> None:
    assert send(data) == b""
    assert received.calls == []
    assert send(write_line([])) == b"raised\n", "others are still answered"


@on_unix
def test_a_caller_that_sends_nothing_is_disconnected(
    received: _Received, send: Callable[[bytes], bytes]
) -> None:
    assert send(b"") == b""
    assert received.calls == []


@on_unix
def test_nobody_else_can_reach_the_socket(received: _Received, home: Home) -> None:
    assert stat.S_IMODE(home.run.stat().st_mode) == 0o700
    assert stat.S_ISSOCK(Path(addresses(home)[0]).stat().st_mode)


@on_unix
def test_a_long_path_has_its_socket_in_the_users_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory() as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        (address,) = addresses(Home(tmp_path / ("ä" * 60)))
        assert Path(address).parent == Path(short) / "image-finder"
        assert stat.S_IMODE(Path(address).parent.stat().st_mode) == 0o700
        assert addresses(Home(tmp_path / ("ö" * 60))) != [address]


@on_unix
def test_somebody_elses_folder_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "trap").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "trap")
    with pytest.raises(PermissionError):
        make_private(tmp_path / "link")
    (tmp_path / "trap").chmod(0o777)
    make_private(tmp_path / "trap")
    assert stat.S_IMODE((tmp_path / "trap").stat().st_mode) == 0o700


# The lock


def test_only_one_window_has_the_lock(home: Home, tmp_path: Path) -> None:
    first, second, elsewhere = (
        InstanceLock(home),
        InstanceLock(home),
        InstanceLock(Home(tmp_path / "x")),
    )
    assert (first.acquire(), second.acquire(), elsewhere.acquire()) == (True, False, True)
    assert second.holder() == str(os.getpid())
    assert not second.is_held
    first.release()
    assert second.acquire()
    assert second.is_held
    second.release()
    elsewhere.release()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_where_no_lock_can_be_made_every_window_opens(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with plain_user():
        lock = claim(Home(tmp_path / "home"))
    assert lock is not None
    assert not lock.is_held
