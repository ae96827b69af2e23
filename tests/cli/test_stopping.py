"""Ctrl+C and SIGTERM in the middle of indexing."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from command_line import output_of, slow_decoder
from making import assert_in_step
from PIL import Image

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.paths import Home

MODEL = "pixels"
LITE0 = "efficientnet-lite0"
_MAIN = "from finder.__main__ import main; sys.exit(main())"
# A process that was begun in the background of a shell ignores Ctrl+C.
_WITH_CTRL_C = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);" + _MAIN
)
_SLOWLY = slow_decoder(0.04) + _WITH_CTRL_C

HANGING_DECODER = """
import time
from PIL import ImageFile
load = ImageFile.ImageFile.load
def load_or_hang(image):
    if image.size == (64, 64):
        time.sleep(600)
    return load(image)
ImageFile.ImageFile.load = load_or_hang
"""
"""Lets a program decode pictures of 64 × 64 pixels for ten minutes, with no way to stop it."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")


@pytest.mark.parametrize(
    ("name", "model"), [("SIGINT", LITE0), ("SIGTERM", MODEL), ("SIGHUP", MODEL)]
)
def test_what_was_done_is_kept(home: Home, many: Path, name: str, model: str) -> None:
    words = ["index", "--home", str(home.root), "--model", model, str(many)]
    with started(words, _SLOWLY) as process:
        end = time.monotonic() + 60
        while (before := embedded(home, model)) == 0 and time.monotonic() < end:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.Signals[name])
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert stdout == ""
    assert stderr.splitlines()[-1] == "Stopped. Finished work is kept."
    assert "Traceback" not in stderr
    kept = len(assert_in_step(home, model))
    assert 0 < before <= kept < 300
    left = leave_few_unindexed(home, many)
    text = output_of("index", "--home", str(home.root), "--model", model)
    assert f"{left} pictures indexed." in text


def test_a_decoder_at_work_is_not_waited_for(home: Home, samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(samples / "cats" / "kitten.jpg", folder / "a.jpg")
    for number in range(4):
        (folder / f"hangs-{number}.png").write_bytes(small_png())
    words = ["index", "--home", str(home.root), "--model", MODEL, str(folder)]
    with started(words, f"import signal, sys{HANGING_DECODER}{_WITH_CTRL_C}") as process:
        wait_until(lambda: embedded(home) > 0 or process.poll() is not None)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGHUP)  # what follows a polite kill does not disturb it
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 1
    assert stderr.splitlines()[-1] == "Stopped. Finished work is kept."
    assert len(assert_in_step(home, MODEL)) == len(known(home)) == 1
    output_of("index", "--home", str(home.root), "--model", MODEL)
    assert len(assert_in_step(home, MODEL)) == len(known(home)) == 5


def test_a_second_ctrl_c_ends_it_at_once(home: Home, many: Path) -> None:
    words = ["index", "--home", str(home.root), "--model", MODEL, str(many)]
    with started(words, _SLOWLY) as process:
        wait_until(lambda: embedded(home) > 0 or process.poll() is not None)
        while process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(0.001)
    assert process.returncode in (-signal.SIGINT, 1)  # 1: it was faster
    kept = embedded(home)
    assert 0 < kept < 300
    leave_few_unindexed(home, many)
    output_of("index", "--home", str(home.root), "--model", MODEL)
    assert len(assert_in_step(home, MODEL)) == len(list(many.iterdir())) > kept


@pytest.mark.skipif(sys.platform != "linux", reason="a pseudo-terminal")
def test_a_closed_terminal_stops_it(home: Home, many: Path) -> None:
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        words = ["index", "--home", str(home.root), "--model", MODEL, str(many)]
        os.execv(sys.executable, [sys.executable, "-c", _SLOWLY, *words])
    end = time.monotonic() + 60
    while embedded(home) == 0 and time.monotonic() < end:
        time.sleep(0.05)  # it says little: the terminal is 0 columns wide
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) in (1, 120)  # 120: Python's, where stderr is gone
    assert 0 < len(assert_in_step(home, MODEL)) < 300


def test_an_ignored_hangup_stays_ignored(home: Home, samples: Path) -> None:
    code = "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN);" + _MAIN
    words = ["index", "--home", str(home.root), "--model", MODEL, str(samples / "cats")]
    with started(words, code) as process:
        wait_until(lambda: home.catalogue.is_file() or process.poll() is not None)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
    assert process.returncode == 0


@contextmanager
def started(words: list[str], code: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", code, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.05)


def small_png() -> bytes:
    buffer = io.BytesIO()
    Image.frombytes("RGB", (64, 64), os.urandom(64 * 64 * 3)).save(buffer, "PNG")
    return buffer.getvalue()


def embedded(home: Home, model: str = MODEL) -> int:
    if not home.catalogue.is_file():
        return 0
    with closing(Catalogue(home)) as catalogue:
        return catalogue.embeddings.counts().get(model, 0)


def known(home: Home) -> set[str]:
    with closing(Catalogue(home)) as catalogue:
        return {file.path for file in catalogue.files.below("/")}


def leave_few_unindexed(home: Home, folder: Path) -> int:
    """Remove most pictures that are not in the library, so that the rest is short. Returns how many
    are left."""
    indexed = known(home)
    rest = [path for path in folder.iterdir() if str(path) not in indexed]
    for path in rest[10:]:
        path.unlink()
    return min(len(rest), 10)
