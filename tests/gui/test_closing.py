"""The window closes in time, whatever is running, and everything that was finished is kept."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from concurrent.futures import thread
from contextlib import closing
from pathlib import Path

import pytest
from forking import ForkedProcesses
from making import assert_in_step
from playing import FAST, LITE0, Begin

from finder.app import end_on_signals, end_with_session
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.paths import Home
from finder.workers.shutdown import ending_signals

_LEAVE = """
import functools, os, signal, sys
import finder.app
class Leaving(finder.app.Program):
    def listen(self):
        super().listen()
        if sys.argv[6] != "default":
            self.task_runner.close = functools.partial(self.task_runner.close, float(sys.argv[6]))
        self.controllers.library.indexing_models.names = (sys.argv[4],)
        self.controllers.library.add_folders([sys.argv[2]])
        self.controllers.library.indexing.progressed.connect(self.look)
    def look(self, progress, specs):
        if progress.phase.value == "extracting" and progress.done >= int(sys.argv[5]):
            if "is_decoding" in globals():
                is_decoding.wait()
            self.window.query_bar.top.setValue(33)
            how = sys.argv[3]
            if how == "session":
                finder.app.end_with_session(self)
            elif how == "button":
                self.window.close()
            elif how == "quit":
                finder.app.QApplication.quit()
            else:
                os.kill(os.getpid(), getattr(signal, how))
finder.app.Program = Leaving
from finder.__main__ import main
sys.exit(main(["--home", sys.argv[1]]))
"""
_HANGING_DECODERS = """
import threading, time
from PIL import ImageFile
is_decoding = threading.Event()
def hang(image):
    is_decoding.set()
    time.sleep(600)
ImageFile.ImageFile.load = hang
"""
_SLOW_MODEL = """
import time
from finder.core.models.runtime.extractor import Extractor
embed = Extractor.embed_image
def embed_slowly(extractor, image):
    time.sleep(0.5)
    return embed(extractor, image)
Extractor.embed_image = embed_slowly
"""


Leave = Callable[..., None]


@pytest.fixture
def leave(loaded_window: ForkedProcesses, home: Home, many: Path) -> Leave:
    """Run a window that indexes many pictures, and is left in this way as soon as so many are
    done. within: how many seconds it may take to store its work, or "default"; before: code that
    the process runs first."""

    def leave(how: str, done: int, within: str, before: str = "") -> None:
        words = [str(home.root), str(many), how, LITE0, str(done), within]
        ended = loaded_window.run(before + _LEAVE, *words)
        assert ended.returncode == 0, ended.stderr
        assert "Traceback" not in ended.stderr

    return leave


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize(
    ("how", "before"),
    [
        *((how, "") for how in ("button", "quit", "session", "SIGTERM")),
        ("button", _SLOW_MODEL),
    ],
)
def test_the_unfinished_batch_is_stored(
    leave: Leave, home: Home, many: Path, how: str, before: str
) -> None:
    leave(how, done=4, within="60", before=before)  # so long on a busy machine at worst
    vectors = assert_in_step(home, LITE0)
    assert 4 <= len(vectors) < 300
    with closing(Catalogue(home)) as catalogue:
        assert load_settings(catalogue).top == 33
        assert len(list(catalogue.files.below(str(many)))) == len(vectors)


def test_a_decoder_at_work_is_not_waited_for(leave: Leave, home: Home) -> None:
    """`leave` would not return if the program waited for its decoders."""
    leave("button", done=0, within="default", before=_HANGING_DECODERS)
    assert len(assert_in_step(home, LITE0)) == 0


@pytest.mark.parametrize("name", [n for n in ("SIGTERM", "SIGHUP") if hasattr(signal, n)])
def test_a_signal_may_arrive_while_a_lock_is_held(begin: Begin, name: str) -> None:
    """Closing needs that lock, and the signal's handler runs where it is held."""
    player = begin(settings=FAST)
    numbers = ending_signals()
    before = [signal.getsignal(number) for number in numbers]
    try:
        end_on_signals(player.program)
        with thread._global_shutdown_lock:
            signal.raise_signal(getattr(signal, name))
        player.wait(lambda: not player.window.isVisible())
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def test_the_end_of_the_session_finds_everything_stored(begin: Begin, library: Home) -> None:
    player = begin(library, FAST)
    player.bar.top.setValue(17)
    end_with_session(player.program)
    assert not player.window.isVisible()
    with closing(Catalogue(library)) as catalogue:
        assert load_settings(catalogue).top == 17
