"""Ctrl+C and a polite kill in the middle of indexing."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from commanding import done
from making import assert_in_step

from finder.core.library.catalogue import Catalogue
from finder.core.paths import Home

MODEL = "efficientnet-lite0"
# A process that was begun in the background of a shell ignores Ctrl+C.
_WITH_CTRL_C = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from finder.__main__ import main; sys.exit(main())"
)


@pytest.fixture
def many(samples: Path, tmp_path: Path) -> Path:
    """300 pictures of other content each: a JPEG may have anything behind its end."""
    folder = tmp_path / "many"
    folder.mkdir()
    data = (samples / "cats" / "kitten.jpg").read_bytes()
    for number in range(300):
        (folder / f"{number:03}.jpg").write_bytes(data + b"%d" % number)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl+C", "SIGTERM"])
def test_what_was_done_is_kept(home: Home, many: Path, number: signal.Signals) -> None:
    words = ["index", "--home", str(home.root), "--model", MODEL, str(many)]
    with subprocess.Popen(
        [sys.executable, "-c", _WITH_CTRL_C, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        end = time.monotonic() + 60
        while (before := embedded(home)) == 0 and time.monotonic() < end:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert stdout == ""
    assert stderr.splitlines()[-1] == "Stopped. What was finished is kept."
    assert "Traceback" not in stderr
    kept = len(assert_in_step(home, MODEL))
    assert 0 < before <= kept < 300
    for path in sorted(many.iterdir())[kept + 10 :]:
        path.unlink()  # a shorter rest will do
    left = sum(1 for path in many.iterdir() if str(path) not in known(home))
    text = done("index", "--home", str(home.root), "--model", MODEL)
    assert f"{left} pictures indexed, {kept_of(home, many) - left} unchanged" in text


def embedded(home: Home) -> int:
    if not home.catalogue.is_file():
        return 0
    with closing(Catalogue(home)) as catalogue:
        return catalogue.embedded_counts().get(MODEL, 0)


def known(home: Home) -> set[str]:
    with closing(Catalogue(home)) as catalogue:
        return {file.path for file in catalogue.files_below("/")}


def kept_of(home: Home, folder: Path) -> int:
    return len(known(home) & {str(path) for path in folder.iterdir()})
