"""Hearing of changes: what is told, when, and what is said where nothing can be heard."""

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
from finder.workers import folder_observer as eyes
from finder.workers.folder_observer import Unwatchable

linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify and its limits")

_IN_A_SMALL_SYSTEM = """
import sys, time
from finder.core.library.availability import place_of
from finder.workers.folder_observer import FolderObserver
eyes = FolderObserver("/nowhere", lambda folder: None)
folders = sys.argv[1:]
eyes.watch({folder: place_of(folder, False) for folder in folders})
print(*(eyes.unwatchable.get(folder, "watched") for folder in folders))
eyes.close()
"""


class Told:
    """A watch over folders, and what it has told so far."""

    def __init__(self, qtbot: QtBot, ignored: Path) -> None:
        self.qtbot = qtbot
        self._sentinel = ignored.parent.with_name("sentinel")
        self._sentinel.mkdir()
        self.changed: list[str] = []
        self.blind: dict[str, Unwatchable] = {}
        self.watch = FolderWatch(str(ignored))
        self.watch.changed.connect(self.changed.extend)
        self.watch.unwatchable_changed.connect(self._blinded)

    def begin(self, *folders: Path) -> None:
        """Watch, and wait until each folder was told for the first time."""
        watched = (*folders, self._sentinel)
        self.watch.watch({str(folder): _place(folder) for folder in watched})
        self.qtbot.waitUntil(lambda: {*map(str, folders)} <= {*self.changed}, timeout=20_000)
        self.until_all_is_told()
        self.changed.clear()

    def hears(self, folder: Path, act: Callable[[], object]) -> None:
        act()
        self.qtbot.waitUntil(lambda: str(folder) in self.changed, timeout=20_000)
        self.until_all_is_told()  # the rest of the same change
        self.changed.clear()

    def hears_nothing(self, act: Callable[[], object]) -> None:
        act()
        self.until_all_is_told()
        assert self.changed == []

    def until_all_is_told(self) -> None:
        """A change in a folder of its own is told after, or with, all that came before it."""
        (self._sentinel / f"{time.monotonic_ns()}.jpg").touch()
        sentinel = str(self._sentinel)
        self.qtbot.waitUntil(lambda: sentinel in self.changed, timeout=20_000)
        self.changed[:] = [folder for folder in self.changed if folder != sentinel]

    def _blinded(self, blind: dict[str, Unwatchable]) -> None:
        self.blind = blind


def _place(folder: Path) -> Place:
    place = place_of(str(folder), known=False)
    assert place is not None
    return place


@pytest.fixture
def told(qtbot: QtBot, tmp_path: Path) -> Iterator[Told]:
    told = Told(qtbot, tmp_path / "a" / "library")
    yield told
    assert told.watch.close(10)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "a" / "x.jpg").write_bytes(b"1")
    return tmp_path / "a"


def test_a_flurry_is_told_when_it_is_over_but_not_too_late() -> None:
    flurry = PendingChanges()
    flurry.note("a", 10.0)
    assert flurry.take_due(10.0 + QUIET / 2) == []
    flurry.note("a", 10.0 + QUIET / 2)
    assert flurry.take_due(10.0 + QUIET) == []
    assert flurry.take_due(10.0 + 1.5 * QUIET) == ["a"]
    assert not flurry
    times = [20.0 + step * QUIET / 2 for step in range(20)]
    for now in times:
        flurry.note("b", now)
        if flurry.take_due(now):
            break
    assert LONGEST <= now - 20.0 < LONGEST + QUIET


def test_both_ends_of_a_move_are_told_together() -> None:
    flurry = PendingChanges()
    flurry.note("from", 10.0)
    flurry.note("to", 10.01)
    flurry.note("other", 10.4)
    assert flurry.take_due(10.0 + QUIET) == ["from", "to"]
    assert flurry.take_due(10.4 + QUIET) == ["other"]


def test_every_kind_of_change_is_told(told: Told, folder: Path) -> None:
    told.begin(folder)
    told.hears(folder, lambda: (folder / "new.jpg").write_bytes(b"1"))
    told.hears(folder, lambda: (folder / "new.jpg").write_bytes(b"22"))
    told.hears(folder, lambda: (folder / "new.jpg").rename(folder / "deep" / "renamed.png"))
    told.hears(folder, lambda: (folder / "deep").rename(folder / "deeper"))
    told.hears(folder, lambda: (folder / "deeper" / "renamed.png").unlink())
    told.hears(folder, lambda: (folder / "b" / "c" / "d").mkdir(parents=True))
    told.hears(folder, lambda: (folder / "b" / "c" / "d" / "y.webp").write_bytes(b"1"))
    told.hears(folder, lambda: os.utime(folder / "x.jpg", (1, 1)))


def test_what_a_scan_would_not_see_is_not_told(told: Told, folder: Path) -> None:
    (folder / "library").mkdir()
    (folder / ".hidden").mkdir()
    told.begin(folder)
    told.hears_nothing(lambda: (folder / "library" / "thumb.jpg").write_bytes(b"1"))
    told.hears_nothing(lambda: (folder / ".hidden" / "x.jpg").write_bytes(b"1"))
    told.hears_nothing(lambda: (folder / "notes.txt").write_text("no picture"))
    told.hears_nothing((folder / "x.jpg").read_bytes)


@linux
def test_names_that_are_no_text_are_no_trouble(told: Told, folder: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe"))
    odd.mkdir()
    told.begin(folder, odd)
    told.hears(odd, lambda: (odd / "x.jpg").write_bytes(b"1"))
    told.hears(folder, lambda: (folder / "y.jpg").write_bytes(b"1"))


def test_a_folder_in_a_folder_is_told_with_it(told: Told, folder: Path) -> None:
    told.begin(folder, folder / "deep")
    (folder / "deep" / "x.jpg").write_bytes(b"1")
    both = {str(folder), str(folder / "deep")}
    told.qtbot.waitUntil(lambda: both <= {*told.changed}, timeout=20_000)


def test_a_folder_made_anew_is_watched_anew(told: Told, folder: Path) -> None:
    told.begin(folder)
    folder.rename(folder.with_name("old"))
    folder.mkdir()
    (folder / "x.jpg").write_bytes(b"1")
    told.begin(folder)
    told.hears(folder, lambda: (folder / "y.jpg").write_bytes(b"1"))


def test_a_link_to_a_folder_is_followed(told: Told, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    told.begin(tmp_path / "link")
    told.hears(tmp_path / "link", lambda: (folder / "y.jpg").write_bytes(b"1"))


def test_what_is_not_wanted_any_more_is_not_heard(told: Told, folder: Path) -> None:
    told.begin(folder)
    told.begin()
    told.hears_nothing(lambda: (folder / "y.jpg").write_bytes(b"1"))


def test_nothing_to_watch_takes_no_thread(told: Told) -> None:
    before = threading.active_count()
    told.watch.watch({})
    assert threading.active_count() == before


def test_a_network_folder_is_not_watched_but_told_of(
    told: Told, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eyes, "on_network", lambda place: "sentinel" not in str(place))
    told.begin(folder)
    assert told.blind == {str(folder): Unwatchable.NETWORK}
    told.hears_nothing(lambda: (folder / "y.jpg").write_bytes(b"1"))


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
    """In a user namespace of its own, whose limits are nobody else's."""
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
