"""No process opens a network port; Unix sockets are in folders that only the user may enter."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from command_line import command
from scripted_window import running_window, wait_for

from finder.core.models.spec import DEFAULT_MODEL
from finder.core.paths import Home

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")

_INTERNET = ("tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6")


def family(pid: int) -> Iterator[int]:
    """The process and its descendants, while they run."""
    yield pid
    with suppress(OSError):
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            with suppress(OSError):
                for child in children.read_text().split():
                    yield from family(int(child))


def open_sockets(pid: int) -> tuple[set[str], set[str]]:
    """(lines of the internet sockets, names of the Unix sockets) of a process and its children."""
    ports, names = set(), set()
    for member in family(pid):
        inodes = set(_inodes(member))
        for table in _INTERNET:
            ports |= {line for line in _lines(member, table) if line.split()[9] in inodes}
        for line in _lines(member, "unix"):
            fields = line.split(maxsplit=7)  # the last one is a path
            if len(fields) > 7 and fields[6] in inodes:
                names.add(fields[7])
    return ports, names


def _inodes(pid: int) -> Iterator[str]:
    with suppress(OSError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                target = os.readlink(descriptor)
                if target.startswith("socket:["):
                    yield target[8:-1]


def _lines(pid: int, table: str) -> list[str]:
    try:
        return Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]
    except OSError:  # the process has ended, or the system has no such sockets
        return []


def test_a_port_would_be_seen(tmp_path: Path) -> None:
    before = open_sockets(os.getpid())
    assert not before[0]
    with socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "s"))
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(("::1", 0))
            ports, names = open_sockets(os.getpid())
    assert len(ports) == 2
    assert names - before[1] == {str(tmp_path / "s")}


@pytest.mark.parametrize("name", ["home", "x" * 120])
def test_indexing_listens_in_a_private_folder_only(
    name: str, samples: Path, short_folder: Path
) -> None:
    home, temporary = Home(short_folder / name), short_folder / "t"
    temporary.mkdir()
    seen: set[str] = set()
    with subprocess.Popen(
        command("index", samples / "birds", "--model", DEFAULT_MODEL, home=home),
        env=os.environ | {"TMPDIR": str(temporary)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        while process.poll() is None:
            ports, names = open_sockets(process.pid)
            assert not ports
            seen |= names
            time.sleep(0.05)
    assert process.returncode == 0
    (engine,) = seen
    assert engine.endswith("/m.sock")
    within = home.run if name == "home" else temporary
    assert Path(engine).is_relative_to(within)
    assert not list(within.glob("**/*.sock"))


def test_the_window_listens_in_its_library_only(short_folder: Path, samples: Path) -> None:
    home = Home(short_folder / "home")
    picture = samples / "cats" / "kitten.jpg"
    with running_window(home, samples / "birds", picture) as window:
        wait_for("indexing", window)
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            ports, names = open_sockets(window.pid)
            assert not ports
            assert all(Path(name).is_relative_to(home.run) for name in names), names
            time.sleep(0.05)
        assert (home.run / "window.sock").is_socket()
        assert names, "the window listens"
        wait_for("answered", window)
        assert open_sockets(window.pid)[0] == set()
