"""The desktop's screenshot portal, over a real bus."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import portal_service
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from finder.gui.query.capture.portal import ScreenshotPortal

QtDBus = pytest.importorskip("PySide6.QtDBus")
pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="no dbus-daemon")

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"""
"""A bus that starts no service by itself."""


@pytest.fixture
def address(short_folder: Path) -> Iterator[str]:
    """Of a bus of this test's own."""
    (short_folder / "bus.conf").write_text(_BUS.format(path=short_folder / "bus"))
    command = ["dbus-daemon", f"--config-file={short_folder / 'bus.conf'}", "--nofork"]
    bus = subprocess.Popen(
        [*command, "--print-address"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert bus.stdout is not None
    yield bus.stdout.readline().strip()
    bus.kill()
    bus.communicate()


class Desktop:
    """A bus with the program that has the portal's interface, and our side of it. heard: the
    signals of ours."""

    def __init__(self, address: str, parent: QObject) -> None:
        self._address = address
        self._bus = QtDBus.QDBusConnection.connectToBus(address, address)
        assert self._bus.isConnected()
        self._process: subprocess.Popen[str] | None = None
        self.heard: list[str] = []
        self.portal = ScreenshotPortal(parent, self._bus)
        self.portal.taken.connect(lambda path: self.heard.append(f"taken {path}"))
        self.portal.cancelled.connect(lambda: self.heard.append("cancelled"))
        self.portal.ended.connect(lambda: self.heard.append("ended"))
        self.portal.missing.connect(lambda: self.heard.append("missing"))

    def start_service(self, *words: str) -> None:
        command = [sys.executable, portal_service.__file__, self._address, self._bus.baseService()]
        self._process = subprocess.Popen(
            [*command, *words],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        )
        assert self.read_line() == "up"

    def read_line(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        QtDBus.QDBusConnection.disconnectFromBus(self._address)
        if self._process is not None:
            self._process.kill()
            self._process.communicate()


@pytest.fixture
def desktop(address: str, qtbot: QtBot) -> Iterator[Desktop]:
    parent = QObject()
    desktop = Desktop(address, parent)
    yield desktop
    desktop.end()
    parent.deleteLater()


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (["0", "file:///home/me/Bild%20%C3%A4.png"], "taken /home/me/Bild ä.png"),
        (["0", "https://example.org/a.png"], "ended"),
        (["0"], "ended"),
        (["1"], "cancelled"),
        (["2"], "ended"),
        (["leave"], "ended"),
    ],
    ids=["taken", "no file", "no address", "cancelled", "failed", "gone"],
)
def test_the_portals_answer_is_heard_once(
    desktop: Desktop, qtbot: QtBot, answer: list[str], heard: str
) -> None:
    desktop.start_service(*answer)
    desktop.portal.ask()
    qtbot.waitUntil(lambda: bool(desktop.heard), timeout=20_000)
    assert desktop.read_line() == "asked True", "the user chooses what is taken"
    qtbot.wait(50)
    assert desktop.heard == [heard]


def test_it_can_be_asked_again(desktop: Desktop, qtbot: QtBot) -> None:
    desktop.start_service("0", "file:///a.png")
    for _ in range(2):
        with qtbot.waitSignal(desktop.portal.taken, timeout=20_000):
            desktop.portal.ask()
    assert desktop.heard == ["taken /a.png"] * 2


def test_a_desktop_without_a_portal(desktop: Desktop, qtbot: QtBot) -> None:
    desktop.portal.ask()
    qtbot.waitUntil(lambda: bool(desktop.heard), timeout=20_000)
    assert desktop.heard == ["missing"]


def test_stopping_closes_the_desktops_tool(desktop: Desktop, qtbot: QtBot) -> None:
    desktop.start_service("wait")
    desktop.portal.ask()
    assert desktop.read_line() == "asked True"
    desktop.portal.stop()
    assert desktop.read_line() == "closed"
    qtbot.wait(50)
    assert desktop.heard == []


def test_no_answer_for_minutes_is_one(desktop: Desktop, qtbot: QtBot) -> None:
    desktop.start_service("wait")
    desktop.portal.ask()
    assert desktop.read_line() == "asked True"
    desktop.portal.limit.setInterval(10)
    qtbot.waitUntil(lambda: bool(desktop.heard), timeout=20_000)
    assert desktop.heard == ["ended"]
    assert desktop.read_line() == "closed"
