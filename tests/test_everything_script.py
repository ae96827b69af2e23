"""`.ci/run`: what it says where training cannot be tested. `make` is a script of the test here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "run"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("setsid") is None, reason="it is for Linux"
)


def run(place: Path, make: str, **seconds: str) -> subprocess.CompletedProcess[str]:
    """The script, with this as the body of `make`."""
    (place / "packaging").mkdir()
    (place / "bin").mkdir()
    (place / ".ci").mkdir()
    shutil.copy(SCRIPT, place / ".ci" / "run")
    log = 'echo "$0 $*" >>log\n'
    for file, body in (("packaging/system-packages.sh", ""), ("bin/make", make)):
        (place / file).write_text(f"#!/bin/sh\ncd {place}\n{log}{body}\n")
        (place / file).chmod(0o755)
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        [place / ".ci" / "run"],
        env={**os.environ, "PATH": path, **seconds},
        capture_output=True,
        text=True,
        timeout=60,
    )


def has_ended(pid: int) -> bool:
    """Soon, if not at once: signals are not waited for."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if status in "ZX":
            return True
        time.sleep(0.02)
    return False


def test_all_is_run_after_the_systems_packages(tmp_path: Path) -> None:
    ended = run(tmp_path, "")
    assert (ended.returncode, ended.stdout) == (0, "")
    first, *rest = (tmp_path / "log").read_text().splitlines()
    assert first.strip().endswith("system-packages.sh")
    assert sorted(line.split()[-1] for line in rest) == [
        ".venv-train/installed",
        "test",
        "test-train",
    ]
    assert rest[-1].endswith("test-train")


def test_why_training_is_left_out_is_said(tmp_path: Path) -> None:
    make = 'case "$1" in .venv*) echo no room is left; echo make: Error 1; exit 2;; esac'
    ended = run(tmp_path, make)
    assert ended.returncode == 0
    assert "LEFT OUT: make test-train." in ended.stdout
    assert "no room is left" in ended.stdout
    assert "test-train\n" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize("slow", [".venv-train/installed", "test-train"])
def test_what_takes_too_long_is_said_and_leaves_nothing(tmp_path: Path, slow: str) -> None:
    make = f'if [ "$1" = {slow} ]; then sleep 300 & echo $! >pid; wait; fi'
    ended = run(tmp_path, make, INSTALL_SECONDS="1", TRAIN_SECONDS="1")
    pid = int((tmp_path / "pid").read_text())
    assert has_ended(pid)
    assert "longer than 1 s" in ended.stdout
    assert ended.returncode == (124 if slow == "test-train" else 0)


def test_a_failure_of_training_is_a_failure(tmp_path: Path) -> None:
    ended = run(tmp_path, '[ "$1" != test-train ] || exit 3')
    assert ended.returncode == 3
