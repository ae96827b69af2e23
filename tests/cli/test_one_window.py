"""Two programs on one library: real processes; a second start raises the first window."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_line import (
    command,
    error_of,
    output_of,
    process_error_of,
    run,
    run_process,
    slow_decoder,
)
from playing import BIRD, SAMPLES, Begin, names
from PySide6.QtCore import Qt
from small_disk import SmallDisk

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.opening import catalogue_failed
from finder.core.paths import Home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends signals")

RAISED = "Image Finder is already open; its window was brought to the front.\n"

_WINDOW = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import finder.app
class Watched(finder.app.Program):
    def listen(self):
        super().listen()
        self.controllers.searching.answered.connect(self.tell)
        folder = sys.argv[2:]
        self.controllers.library.indexing.progressed.connect(self.tell_once)
        self.controllers.library.indexing.failed.connect(lambda e: print(e, flush=True))
        self.is_reported = False
        if folder:
            self.controllers.library.add_folders(folder)
        print("up", flush=True)
    def tell_once(self, progress, specs):
        if progress.done and not self.is_reported:
            self.is_reported = True
            print("indexing", flush=True)
    def tell(self, result, specs):
        print(ascii(result.query.items[0].path), flush=True)
finder.app.Program = Watched
from finder.__main__ import main
sys.exit(main(["--home", sys.argv[1]]))
"""
_MAIN = "import sys; from finder.__main__ import main; sys.exit(main())"


class Opened:
    """A window in a process of its own."""

    def __init__(self, home: Home, *folders: Path, before: str = "") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", before + _WINDOW, str(home.root), *map(str, folders)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def read_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def end(self) -> int:
        """Ask it to close. Returns its exit code."""
        self.process.terminate()
        self.process.communicate(timeout=60)
        return self.process.returncode


Open = Callable[..., Opened]


@pytest.fixture
def opened() -> Iterator[Open]:
    windows: list[Opened] = []

    def opened(home: Home, *folders: Path, before: str = "") -> Opened:
        windows.append(Opened(home, *folders, before=before))
        assert windows[-1].read_line() == "up"
        return windows[-1]

    yield opened
    for window in windows:
        window.process.kill()
        window.process.communicate()


def test_a_second_start_passes_its_files_to_the_first(
    library: Home, samples: Path, tmp_path: Path, opened: Open
) -> None:
    first = opened(library)
    picture = tmp_path / os.fsdecode(b"odd \xff \xe2\x80\xa8.jpg")
    picture.write_bytes((samples / BIRD).read_bytes())
    second = subprocess.run(
        command(picture.name, home=library),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (second.returncode, second.stdout, second.stderr) == (0, "", RAISED)
    assert first.read_line() == ascii(str(picture))
    assert run_process("window", home=library).stderr == RAISED
    assert first.end() == 0
    assert not (library.run / "window.sock").exists()


def test_a_killed_window_does_not_block_the_next(short_folder: Path, opened: Open) -> None:
    home = Home(short_folder / "home")
    first = opened(home)
    first.process.kill()
    first.process.wait()
    assert (home.run / "window.sock").exists()
    again = opened(home)
    assert run_process(home=home).stderr == RAISED
    assert again.end() == 0


def test_of_two_windows_that_start_together_one_opens(home: Home) -> None:
    both = [
        subprocess.Popen(command(home=home), stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    end = time.monotonic() + 60
    while all(process.poll() is None for process in both) and time.monotonic() < end:
        time.sleep(0.05)
    loser = next(process for process in both if process.poll() is not None)
    winner = next(process for process in both if process is not loser)
    assert (loser.returncode, loser.communicate()[1]) == (0, RAISED)
    assert winner.poll() is None
    winner.terminate()
    winner.communicate(timeout=60)
    assert winner.returncode == 0


def test_a_window_that_hangs_is_reported_and_keeps_no_other_library_from_opening(
    home: Home, tmp_path: Path, opened: Open
) -> None:
    first = opened(home)
    first.process.send_signal(signal.SIGSTOP)
    said = process_error_of("window", home=home)
    # which of the two sentences depends on whether it was stopped inside SQLite
    assert "does not respond" in said
    assert said.endswith("Switch to that window yourself, or end that process and try again.\n")
    other = opened(Home(tmp_path / "other"))
    first.process.send_signal(signal.SIGCONT)
    assert (first.end(), other.end()) == (0, 0)


def test_a_lock_that_is_never_released_is_reported(home: Home) -> None:
    Catalogue(home).close()
    error = sqlite3.OperationalError("locking protocol")
    error.sqlite_errorcode = sqlite3.SQLITE_PROTOCOL
    assert "does not respond" in str(catalogue_failed(home, error))


def test_the_command_line_works_beside_an_open_window(
    library: Home, samples: Path, opened: Open
) -> None:
    first = opened(library)
    for words in (["search", samples / BIRD], ["status"], ["models"], ["skipped"]):
        assert run(*words, home=library).returncode == 0
    assert "Everything is up to date" in output_of("index", home=library)
    output_of("models", "--off", "vgg16", home=library)
    output_of("models", "--on", "vgg16", home=library)
    assert output_of("forget", samples, home=library).startswith("Forgot ")
    assert first.end() == 0


def test_writing_beside_an_indexing_window_is_refused_with_its_holder(
    library: Home, samples: Path, many: Path, opened: Open
) -> None:
    output_of("models", "--off", "vgg16", "--off", "efficientnet-lite2", home=library)
    first = opened(library, many, before=slow_decoder(0.5))
    assert first.read_line() == "indexing"
    for words in (["search", samples / BIRD], ["status"], ["models"], ["skipped"]):
        assert run(*words, home=library).returncode == 0
    output_of("models", "--on", "pixels", home=library)
    for words in (["index"], ["forget", samples]):
        assert error_of(*words, home=library) == (
            "image-finder: This library is being written to by the window "
            f"(process {first.process.pid}). "
            "Close that one, or wait until it has finished, and try again.\n"
        )
    assert first.end() == 0


def test_the_window_shows_that_a_command_is_indexing(
    home: Home, samples: Path, many: Path, opened: Open
) -> None:
    words = ["index", str(many), "--model", "pixels", "--home", str(home.root)]
    with subprocess.Popen(
        [sys.executable, "-c", slow_decoder(1) + _MAIN, *words], stderr=subprocess.PIPE, text=True
    ) as indexing:
        assert indexing.stderr is not None
        while "files to read" not in indexing.stderr.readline():
            assert indexing.poll() is None
        window = opened(home, samples / "birds")
        who = f"written to by image-finder index (process {indexing.pid})."
        assert who in window.read_line()
        assert who in error_of("forget", many, home=home)
        assert window.end() == 0
        indexing.terminate()
        indexing.stderr.read()
        assert indexing.wait(60) == 1


def test_a_second_start_raises_the_window_and_searches(
    begin: Begin, library: Home, samples: Path
) -> None:
    player = begin(library)
    player.window.showMinimized()
    assert player.window.isMinimized()
    player.answer(lambda: player.conductor.handle_second_launch([str(samples / BIRD)]))
    assert not player.window.isMinimized()
    assert player.window.isVisible()
    assert not player.window.windowState() & Qt.WindowState.WindowMinimized
    assert names(player.columns[0])[0] == Path(BIRD).name
    assert player.controllers.library.overview.pictures == SAMPLES
    player.noise.clear()  # offscreen: "This plugin does not support raise()"


# Where there is no room, or no place, for a socket


_NO_OTHER_TEMPORARY_FOLDER = """
import os, tempfile
tempfile._candidate_tempdir_list = lambda: [os.environ["TMPDIR"]]
"""


@pytest.fixture
def full_disk(small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> SmallDisk:
    """One that holds the temporary files, too; there is no other place for them."""
    (small_disk.point / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(small_disk.point / "tmp"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return small_disk


def test_a_full_disk_that_holds_the_temporary_files(full_disk: SmallDisk, opened: Open) -> None:
    home = Home(full_disk.point / "home")
    Catalogue(home).close()
    full_disk.fill()
    window = opened(home, before=_NO_OTHER_TEMPORARY_FOLDER)
    ended = run_process(home=home)
    assert (ended.returncode, ended.stderr) == (0, RAISED)
    window.process.terminate()
    assert "Traceback" not in window.process.communicate()[1]


def test_without_a_socket_a_second_start_says_so(full_disk: SmallDisk, opened: Open) -> None:
    """The library's path is too long for one, and the other place is a file."""
    home = Home(full_disk.point / ("long " * 20))
    (full_disk.point / "tmp" / f"image-finder-{os.getuid()}").touch()
    Catalogue(home).close()
    window = opened(home, before=_NO_OTHER_TEMPORARY_FOLDER)
    full_disk.fill()
    ended = run_process(home=home)
    assert ended.returncode == 1
    assert ended.stderr.startswith("image-finder: The window that has this library open does not")
    assert f"process {window.process.pid}" in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert window.end() == 0
