"""Changes in folders: which are reported, when, and which folders cannot be watched."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from finder.core.library.availability import Place, place_of
from finder.jobs.folder_watch import LONGEST, QUIET, FolderWatch, PendingChanges
from finder.workers import folder_observer
from finder.workers.folder_observer import Unwatchable

linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify and its limits")

_IN_A_SMALL_SYSTEM = """
import sys, time
from finder.core.library.availability import place_of
from finder.workers.folder_observer import FolderObserver
observer = FolderObserver("/nowhere", lambda folder: None)
folders = sys.argv[1:]
observer.watch({folder: place_of(folder, False) for folder in folders})
print(*(observer.unwatchable.get(folder, "watched") for folder in folders))
observer.close()
"""


class Watcher:
    """A watch over folders, and the changes that it has reported so far."""

    def __init__(self, qtbot: QtBot, ignored: Path) -> None:
        self.qtbot = qtbot
        self._sentinel = ignored.parent.with_name("sentinel")
        self._sentinel.mkdir()
        self.changed: list[str] = []
        self.unwatchable: dict[str, Unwatchable] = {}
        self.watch = FolderWatch(str(ignored))
        self.watch.changed.connect(self.changed.extend)
        self.watch.unwatchable_changed.connect(self._note_unwatchable)

    def begin(self, *folders: Path) -> None:
        """Watch, and wait until each folder was reported for the first time."""
        watched = (*folders, self._sentinel)
        self.watch.watch({str(folder): _place(folder) for folder in watched})
        self.qtbot.waitUntil(lambda: {*map(str, folders)} <= {*self.changed}, timeout=20_000)
        self.until_all_is_reported()
        self.changed.clear()

    def expect_change(self, folder: Path, act: Callable[[], object]) -> None:
        act()
        self.qtbot.waitUntil(lambda: str(folder) in self.changed, timeout=20_000)
        self.until_all_is_reported()  # the rest of the same change
        self.changed.clear()

    def expect_nothing(self, act: Callable[[], object]) -> None:
        act()
        self.until_all_is_reported()
        assert self.changed == []

    def until_all_is_reported(self) -> None:
        """A change in a separate folder is reported after, or with, all changes before it."""
        (self._sentinel / f"{time.monotonic_ns()}.jpg").touch()
        sentinel = str(self._sentinel)
        self.qtbot.waitUntil(lambda: sentinel in self.changed, timeout=20_000)
        self.changed[:] = [folder for folder in self.changed if folder != sentinel]

    def _note_unwatchable(self, unwatchable: dict[str, Unwatchable]) -> None:
        self.unwatchable = unwatchable


def _place(folder: Path) -> Place:
    place = place_of(str(folder), known=False)
    assert place is not None
    return place


@pytest.fixture
def watcher(qtbot: QtBot, tmp_path: Path) -> Iterator[Watcher]:
    watcher = Watcher(qtbot, tmp_path / "a" / "library")
    yield watcher
    assert watcher.watch.close(10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "a" / "x.jpg").write_bytes(b"1")
    return tmp_path / "a"


def test_many_changes_are_reported_when_they_are_over_but_not_too_late() -> None:
    pending = PendingChanges()
    pending.note("a", 10.0)
    assert pending.take_due(10.0 + QUIET / 2) == []
    pending.note("a", 10.0 + QUIET / 2)
    assert pending.take_due(10.0 + QUIET) == []
    assert pending.take_due(10.0 + 1.5 * QUIET) == ["a"]
    assert not pending
    times = [20.0 + step * QUIET / 2 for step in range(20)]
    for now in times:
        pending.note("b", now)
        if pending.take_due(now):
            break
    assert LONGEST <= now - 20.0 < LONGEST + QUIET


def test_both_ends_of_a_move_are_reported_together() -> None:
    pending = PendingChanges()
    pending.note("from", 10.0)
    pending.note("to", 10.01)
    pending.note("other", 10.4)
    assert pending.take_due(10.0 + QUIET) == ["from", "to"]
    assert pending.take_due(10.4 + QUIET) == ["other"]


def test_every_kind_of_change_is_reported(watcher: Watcher, folder: Path) -> None:
    watcher.begin(folder)
    watcher.expect_change(folder, lambda: (folder / "new.jpg").write_bytes(b"1"))
    watcher.expect_change(folder, lambda: (folder / "new.jpg").write_bytes(b"22"))
    watcher.expect_change(
        folder, lambda: (folder / "new.jpg").rename(folder / "deep" / "renamed.png")
    )
    watcher.expect_change(folder, lambda: (folder / "deep").rename(folder / "deeper"))
    watcher.expect_change(folder, lambda: (folder / "deeper" / "renamed.png").unlink())
    watcher.expect_change(folder, lambda: (folder / "b" / "c" / "d").mkdir(parents=True))
    watcher.expect_change(folder, lambda: (folder / "b" / "c" / "d" / "y.webp").write_bytes(b"1"))
    watcher.expect_change(folder, lambda: os.utime(folder / "x.jpg", (1, 1)))


def test_what_a_scan_would_not_see_is_not_reported(watcher: Watcher, folder: Path) -> None:
    (folder / "library").mkdir()
    (folder / ".hidden").mkdir()
    watcher.begin(folder)
    watcher.expect_nothing(lambda: (folder / "library" / "thumb.jpg").write_bytes(b"1"))
    watcher.expect_nothing(lambda: (folder / ".hidden" / "x.jpg").write_bytes(b"1"))
    watcher.expect_nothing(lambda: (folder / "notes.txt").write_text("no picture"))
    watcher.expect_nothing((folder / "x.jpg").read_bytes)


@linux
def test_folders_whose_names_are_not_text_are_watched(watcher: Watcher, folder: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe"))
    odd.mkdir()
    watcher.begin(folder, odd)
    watcher.expect_change(odd, lambda: (odd / "x.jpg").write_bytes(b"1"))
    watcher.expect_change(folder, lambda: (folder / "y.jpg").write_bytes(b"1"))


def test_a_folder_in_a_watched_folder_is_reported_too(watcher: Watcher, folder: Path) -> None:
    watcher.begin(folder, folder / "deep")
    (folder / "deep" / "x.jpg").write_bytes(b"1")
    both = {str(folder), str(folder / "deep")}
    watcher.qtbot.waitUntil(lambda: both <= {*watcher.changed}, timeout=20_000)


def test_a_folder_that_is_replaced_is_watched_again(watcher: Watcher, folder: Path) -> None:
    watcher.begin(folder)
    folder.rename(folder.with_name("old"))
    folder.mkdir()
    (folder / "x.jpg").write_bytes(b"1")
    watcher.begin(folder)
    watcher.expect_change(folder, lambda: (folder / "y.jpg").write_bytes(b"1"))


def test_a_link_to_a_folder_is_followed(watcher: Watcher, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    watcher.begin(tmp_path / "link")
    watcher.expect_change(tmp_path / "link", lambda: (folder / "y.jpg").write_bytes(b"1"))


def test_a_folder_that_is_not_watched_any_more_is_not_reported(
    watcher: Watcher, folder: Path
) -> None:
    watcher.begin(folder)
    watcher.begin()
    watcher.expect_nothing(lambda: (folder / "y.jpg").write_bytes(b"1"))


def test_without_folders_no_thread_is_started(watcher: Watcher) -> None:
    before = threading.active_count()
    watcher.watch.watch({})
    assert threading.active_count() == before


def test_a_network_folder_is_reported_as_not_watched(
    watcher: Watcher, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_observer, "on_network", lambda place: "sentinel" not in str(place))
    watcher.begin(folder)
    assert watcher.unwatchable == {str(folder): Unwatchable.NETWORK}
    watcher.expect_nothing(lambda: (folder / "y.jpg").write_bytes(b"1"))


@linux
@pytest.mark.parametrize(
    ("limit", "number", "expected"),
    [
        ("max_inotify_watches", 1, ["limit", "limit"]),
        ("max_inotify_watches", 20, ["watched", "limit"]),
        ("max_inotify_watches", 400, ["watched", "watched"]),
        ("max_inotify_instances", 0, ["limit", "limit"]),
    ],
)
def test_the_systems_limit_is_noticed(
    tmp_path: Path, limit: str, number: int, expected: list[str]
) -> None:
    """In its own user namespace, whose limits do not affect anything else."""
    (tmp_path / "small").mkdir()
    for name in range(50):
        (tmp_path / "large" / str(name)).mkdir(parents=True)
    shell = 'echo "$1" > "/proc/sys/user/$0" && shift && exec "$@"'
    python = [sys.executable, "-c", _IN_A_SMALL_SYSTEM]
    folders = [str(tmp_path / "small"), str(tmp_path / "large")]
    begin = ["unshare", "--user", "--map-root-user", "sh", "-c", shell, limit, str(number)]
    done = subprocess.run([*begin, *python, *folders], capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "/proc/sys/user" in done.stderr:
        pytest.skip(f"no namespace of our own: {done.stderr}")
    assert done.stdout.split() == expected, done.stderr
