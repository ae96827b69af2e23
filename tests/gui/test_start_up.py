"""The real process starts and ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from forking import ForkedProcesses
from playing import BIRD, visible_text
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from finder.app import Program, require_display
from finder.core.errors import FinderError
from finder.core.library.catalogue.settings import Settings
from finder.core.paths import Home

_HEAVY = (
    *("pymilvus", "milvus_lite", "onnxruntime", "faiss", "pandas", "pyarrow", "grpc", "pyqtgraph"),
    "tokenizers",
    "cv2",
    *("numpy", "PIL", "tqdm", "filelock"),
)

_SHOW = f"""
import sys, time
from finder.cli.arguments import parse
options = parse(["--home", sys.argv[1]])
from finder.app import Program, make_application, prepare
home, settings = prepare(options.home)
application = make_application()
program = Program(home, settings)
program.conductor.start()
program.window.show()
def heavy():
    return [name for name in {_HEAVY!r} if name in sys.modules]
print(heavy())
end = time.monotonic() + 30
while not program.conductor.controllers.library.overview.models and time.monotonic() < end:
    application.processEvents()
later = [name for name in heavy() if name != "numpy"]  # the library page is listed with it
print(later, len(program.conductor.controllers.library.overview.models))
program.close()
"""

_ASK = """
import gc, os, signal, sys
import finder.app
class Watched(finder.app.Program):
    def __init__(self, *given):
        super().__init__(*given)
        self.controllers.searching.answered.connect(self.tell)
    def tell(self, result, specs):
        print(result.combined[0].picture.paths[0], len(specs), gc.isenabled(), flush=True)
        how = sys.argv[3]  # all threads are there
        if how == "close":
            self.window.close()
        else:
            os.kill(os.getpid(), getattr(signal, how))
finder.app.Program = Watched
from finder.__main__ import main
sys.exit(main(["--home", sys.argv[1], "window", sys.argv[2]]))
"""
_ENDS = ["close"] if sys.platform == "win32" else ["close", "SIGTERM", "SIGINT", "SIGHUP"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A temporary folder of its own: clearing another one's leftovers imports more."""
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TMPDIR": str(tmp_path)}


def _python(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_window_is_shown_before_anything_heavy_is_imported(
    environment: dict[str, str], library: Home
) -> None:
    done = _python(environment, "-c", _SHOW, str(library.root))
    assert done.stdout.splitlines() == ["[]", "[] 8"], done.stderr
    assert done.returncode == 0


@pytest.fixture
def program(home: Home, qapp: QApplication) -> Iterator[Program]:
    """Not shown yet."""
    program = Program(home, Settings())
    yield program
    program.window.close()
    program.close()
    program.window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_the_first_paint_says_nothing_that_is_not_known(qtbot: QtBot, program: Program) -> None:
    """What works behind the window does not exist yet."""
    with qtbot.waitSignal(program.window.painted, timeout=10_000):
        program.window.show()
    assert not program.is_complete
    shown = visible_text(program.window)
    assert "Folders" in shown
    assert "indexed" not in shown
    assert "First, choose your pictures" not in shown
    assert not program.window.query_bar.back.isEnabled()
    begun = program.conductor
    qtbot.waitUntil(lambda: "First, choose" in visible_text(program.window), timeout=20_000)
    assert program.conductor is begun
    qtbot.waitUntil(lambda: not program.task_runner.busy(), timeout=20_000)


@pytest.mark.parametrize("is_typing", [True, False])
def test_the_search_field_keeps_the_focus_if_the_user_has_gone_there(
    qtbot: QtBot, program: Program, is_typing: bool
) -> None:
    window = program.window
    window.show()
    if is_typing:
        window.query_bar.field.setFocus()
    focused = window.focusWidget()
    begun = program.conductor
    assert window.focusWidget() is (focused if is_typing else window.pages)
    begun.start()
    qtbot.waitUntil(lambda: bool(program.controllers.library.overview.models), timeout=20_000)
    qtbot.waitUntil(lambda: not program.task_runner.busy(), timeout=20_000)


def test_a_window_that_is_closed_at_once_ends(program: Program) -> None:
    program.window.show()
    program.window.close()
    program.close()
    assert not program.is_complete


@pytest.mark.parametrize("how", _ENDS)
def test_a_picture_on_the_command_line_is_searched_for_and_the_window_ends_cleanly(
    loaded_window: ForkedProcesses, library: Home, samples: Path, how: str
) -> None:
    done = loaded_window.run(_ASK, str(library.root), str(samples / BIRD), how)
    assert done.stdout.splitlines() == [f"{samples / BIRD} 3 False"], done.stderr
    assert done.returncode == 0
    assert done.stderr.replace("This plugin does not support propagateSizeHints()", "") == ""


def test_without_a_display_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the variables are set and empty, which would abort in Qt."""
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.setenv(variable, "")
    with pytest.raises(FinderError, match="there is no display"):
        require_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    require_display()
