"""The window in a process of its own, following a script: it indexes, searches, and closes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finder.core.paths import Home

_SCRIPT = """
import sys
import finder.app
class Scripted(finder.app.Program):
    def listen(self):
        super().listen()
        library, self.is_reported = self.controllers.library, False
        library.indexing_models.names = ("efficientnet-lite0",)
        library.indexing.progressed.connect(self.progressed)
        library.indexing.finished.connect(self.indexed)
        self.controllers.searching.answered.connect(self.answered)
        library.add_folders([sys.argv[2]])
    def indexed(self, summary):
        if summary:
            self.conductor.handle_second_launch([sys.argv[3]])
    def progressed(self, progress, specs):
        if progress.done and not self.is_reported:
            self.is_reported = True
            print("indexing", flush=True)
    def answered(self, result, specs):
        print("answered", flush=True)
        if sys.argv[4] == "close":
            self.window.close()
finder.app.Program = Scripted
from finder.__main__ import main
sys.exit(main(["--home", sys.argv[1]]))
"""


def window_command(home: Home, folder: Path, picture: Path, then: str = "close") -> list[str]:
    """The command line of a window that indexes the folder, searches for the picture, and closes
    or stays. It prints "indexing" with the first picture, and "answered"."""
    words = home.root, folder, picture, then
    return [sys.executable, "-c", _SCRIPT, *map(str, words)]


@contextmanager
def running_window(
    home: Home, folder: Path, picture: Path, env: dict[str, str] | None = None, umask: int = -1
) -> Iterator[subprocess.Popen[str]]:
    """Such a window that stays open; asked to end when the block ends."""
    with subprocess.Popen(
        window_command(home, folder, picture, "stay"),
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | (env or {}),
        umask=umask,
    ) as process:
        try:
            yield process
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()


def wait_for(word: str, process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == f"{word}\n"
