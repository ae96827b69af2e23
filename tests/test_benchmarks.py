"""The benchmarks drive the program as it is now; their figures are not judged here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from benchmarks.window.driver import wait_until

ROOT = Path(__file__).parent.parent
_DRIVE = """
import sys
from pathlib import Path
from benchmarks.window.driver import wait_until
from benchmarks.window.driver import in_window, noted_paints, settle, wait_until
from finder.core.paths import Home

def script(program):
    wait_until(lambda: bool(program.conductor.controllers.library.overview.models))
    settle(program)
    return len(program.conductor.controllers.library.overview.models)

with noted_paints():
    print(in_window(Home(Path(sys.argv[1])), script))
"""


def test_the_window_can_be_driven(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _DRIVE, str(tmp_path / "library")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 3


def test_what_was_ready_for_a_moment_was_ready(qtbot: QtBot) -> None:
    states = iter([False, True])
    wait_until(lambda: next(states, False), seconds=5)
    with pytest.raises(TimeoutError):
        wait_until(lambda: False, seconds=0.05)
