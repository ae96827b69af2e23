"""A part of a real screen: an X server with a window manager, another program's window, ours, and a
user's pointer and keys."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import capture_scene
import pytest
from PySide6.QtGui import QColor, QImage

from finder.core.paths import Home

_NEEDED = ("Xvfb", "openbox", "xdotool")
pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, _NEEDED)), reason=f"needs {', '.join(_NEEDED)}"
)
RAISED = "Image Finder is already open; choose a part of the screen.\n"


class Screen:
    """An X server of 1000 × 700 px; the processes that were started on it."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        self._processes: list[subprocess.Popen[str]] = []
        server = ["Xvfb", "-screen", "0", "1000x700x24", "-nolisten", "tcp"]
        self._env = dict(os.environ)
        self.start(*server, "-displayfd", str(writing), keep=(writing,))
        os.close(writing)
        with os.fdopen(reading) as number:
            display = f":{number.readline().strip()}"
        self._env |= {"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
        self._env |= {"PYTHONPATH": str(Path(__file__).parents[3])}

    def start(self, *command: str, keep: tuple[int, ...] = ()) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=self._env,
            pass_fds=keep,
        )
        self._processes.append(process)
        return process

    def start_program(self, *words: str, ratio: float = 1.0) -> subprocess.Popen[str]:
        self._env["QT_SCALE_FACTOR"] = str(ratio)
        program = self.start(sys.executable, capture_scene.__file__, *words)
        assert read_line(program) == "up"
        return program

    def user(self, *words: str) -> str:
        """What xdotool prints."""
        command = ["xdotool", *words]
        done = subprocess.run(command, env=self._env, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    def run(self, *words: str) -> str:
        """What another start of the program says."""
        command = [sys.executable, "-m", "finder", *words]
        done = subprocess.run(command, env=self._env, capture_output=True, text=True, check=True)
        return done.stderr

    def wait_for(self, title: str) -> None:
        """Until the title of the active window begins so."""
        end = time.monotonic() + 30
        while not (seen := self.user("getactivewindow", "getwindowname")).startswith(title):
            assert time.monotonic() < end, seen
            time.sleep(0.1)

    def drag(self, left: int, top: int, right: int, bottom: int) -> None:
        middle = (str((left + right) // 2), str((top + bottom) // 2))
        self.user("mousemove", str(left), str(top), "mousedown", "1", "mousemove", *middle)
        self.user("mousemove", str(right), str(bottom), "mouseup", "1")

    def end(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            process.communicate(timeout=60)


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def screen() -> Iterator[Screen]:
    screen = Screen()
    screen.start("openbox")
    yield screen
    screen.end()


def begin_and_drag(screen: Screen, home: Home, saved: Path, ratio: float) -> subprocess.Popen[str]:
    """The program, in whose window what is under it was captured and searched for."""
    screen.start_program("fill")
    program = screen.start_program(str(home.root), str(saved), ratio=ratio)
    screen.wait_for("Image Finder")
    screen.user("key", "ctrl+shift+s")
    screen.wait_for("Capture part of the screen")
    screen.drag(440, 300, 620, 420)
    assert read_line(program) == "captured 180 120"
    assert read_line(program) == "query Captured picture"
    image = QImage(str(saved))
    corners = ((59, 49), (60, 49), (59, 50), (60, 50))
    seen = [image.pixelColor(*corner) for corner in corners]
    assert seen == [QColor(name) for name in capture_scene.COLOURS]
    screen.wait_for("Captured picture – Image Finder")
    return program


def test_what_is_under_the_window_is_searched_for_at_another_scale(
    home: Home, tmp_path: Path, screen: Screen
) -> None:
    begin_and_drag(screen, home, tmp_path / "captured.png", ratio=1.5)


def test_what_is_under_the_window_is_searched_for_and_another_start_and_keys_do_all(
    home: Home, tmp_path: Path, screen: Screen
) -> None:
    program = begin_and_drag(screen, home, tmp_path / "captured.png", ratio=1.0)
    assert screen.run("--home", str(home.root), "--capture") == RAISED
    screen.wait_for("Capture part of the screen")
    screen.user("key", "Escape")
    screen.wait_for("Captured picture – Image Finder")
    assert screen.run("--home", str(home.root), "--capture") == RAISED
    screen.wait_for("Capture part of the screen")
    screen.user("key", "Right", "ctrl+shift+Right", "Return")
    assert read_line(program) == "captured 501 350"
    assert read_line(program) == "query Captured picture"
