"""Which files of a folder are taken for pictures."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import scan
from normal_user import plain_user

from finder.core.errors import Reason
from finder.core.pictures.formats import EXTENSIONS
from finder.core.pictures.scan import FoundFile, UnreadablePath, is_within

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these")


def names(folder: Path) -> list[str]:
    """What is found, as sorted paths below the folder; no unreadable path is expected."""
    found = list(scan(str(folder)))
    assert all(isinstance(entry, FoundFile) for entry in found)
    return sorted(os.path.relpath(entry.path, folder) for entry in found)


def put(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"x")


def test_pictures_are_found_at_any_depth_with_size_and_time(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg", "b/c.png", "b/d/e/f.webp")
    (tmp_path / "b" / "c.png").write_bytes(b"12345")
    os.utime(tmp_path / "b" / "c.png", ns=(1, 1_700_000_000_123_456_700))
    assert names(tmp_path) == ["a.jpg", "b/c.png", "b/d/e/f.webp"]
    found = FoundFile(str(tmp_path / "b" / "c.png"), 5, 1_700_000_000_123_456_700)
    assert found in list(scan(str(tmp_path)))


@pytest.mark.parametrize("ending", EXTENSIONS)
def test_endings_count_in_any_case(ending: str, tmp_path: Path) -> None:
    found = [f"1{ending}", f"2{ending.upper()}", f"3{ending.title()}", f"4.txt{ending}"]
    put(tmp_path, *found)
    assert names(tmp_path) == sorted(found)


def test_other_files_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "jpg", "a.jpg.txt", "a.jpg ", "a.jpg~", "a.svg", "a.", "a.jpeg.part")
    assert names(tmp_path) == []


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, ".a.jpg", "._b.jpg", ".jpg", ".thumbnails/c.jpg", "d/.e/f.jpg", "d/g.jpg")
    assert names(tmp_path) == ["d/g.jpg"]


def test_a_hidden_folder_can_be_scanned_itself(tmp_path: Path) -> None:
    put(tmp_path, ".hidden/a.jpg")
    assert names(tmp_path / ".hidden") == ["a.jpg"]


def test_an_empty_folder_has_no_pictures(tmp_path: Path) -> None:
    assert names(tmp_path) == []


@posix_only
def test_links_are_left_out(tmp_path: Path) -> None:
    put(tmp_path, "in/a.jpg", "in/deep/b.jpg", "out/c.jpg")
    inside = tmp_path / "in"
    (inside / "file.jpg").symlink_to(inside / "a.jpg")
    (inside / "folder").symlink_to(inside / "deep")
    (inside / "outside.jpg").symlink_to(tmp_path / "out" / "c.jpg")
    (inside / "outside").symlink_to(tmp_path / "out")
    (inside / "deep" / "loop").symlink_to(inside)
    (inside / "dead.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (inside / "self.jpg").symlink_to(inside / "self.jpg")
    assert names(inside) == ["a.jpg", "deep/b.jpg"]


@posix_only
def test_a_folder_that_is_a_link_can_be_scanned_itself(tmp_path: Path) -> None:
    put(tmp_path, "real/a.jpg")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert names(tmp_path / "link") == ["a.jpg"]


@posix_only
def test_pipes_and_sockets_are_left_out() -> None:
    with tempfile.TemporaryDirectory() as short:  # a socket's path may have some 100 bytes
        os.mkfifo(os.path.join(short, "pipe.jpg"))
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(os.path.join(short, "socket.jpg"))
            assert list(scan(short)) == []


def test_a_relative_folder_gives_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a/b.jpg")
    monkeypatch.chdir(tmp_path)
    assert [entry.path for entry in scan("a")] == [str(tmp_path / "a" / "b.jpg")]


ODD = [
    "-rf.jpg",
    "--help.jpg",
    " .jpg",
    "a .jpg",
    "a\nb.jpg",
    "a\tb\r.jpg",
    "🦉🏰.jpg",
    "e\u0301.jpg",
    "\u00e9.jpg",
    "\u202egpj.jpg",
    "%s{x}$HOME.jpg",
    "a'b\"c`d.jpg",
    "*?[x].jpg",
    "\udcff\udc80.jpg",
    "a" * 251 + ".jpg",
]


@posix_only
def test_odd_names_are_found_as_they_are(tmp_path: Path) -> None:
    put(tmp_path, *ODD)
    assert names(tmp_path) == sorted(ODD)


# Any name that a Linux file system takes: bytes without "/" and NUL, as Python shows them.
any_name = st.one_of(
    st.binary(min_size=1, max_size=60),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).map(str.encode),
)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems normalise or refuse names")
@given(
    st.dictionaries(
        any_name.filter(lambda name: not {0, ord("/")} & set(name) and name[:1] != b"."),
        st.integers(0, 9),
        max_size=8,
    )
)
@settings(max_examples=60)
def test_every_name_is_found_once_with_its_size(sizes: dict[bytes, int]) -> None:
    folder = os.fsencode(tempfile.mkdtemp())
    try:
        for name, size in sizes.items():
            with open(os.path.join(folder, name + b".jpg"), "wb") as file:
                file.write(b"x" * size)
        found = [entry for entry in scan(os.fsdecode(folder)) if isinstance(entry, FoundFile)]
    finally:
        shutil.rmtree(folder)
    listed = sorted((os.path.basename(os.fsencode(file.path)), file.size) for file in found)
    assert listed == sorted((name + b".jpg", size) for name, size in sizes.items())


def failing_scandir(folder: Path, error: OSError) -> Callable[[bytes], Any]:
    real = os.scandir

    def scandir(path: bytes) -> Any:
        if os.fsdecode(path) == str(folder):
            raise error
        return real(path)

    return scandir


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), Reason.NO_PERMISSION),
        (FileNotFoundError(errno.ENOENT, "No such file"), Reason.VANISHED),
        (OSError(errno.EIO, "Input/output error"), Reason.UNREADABLE),
    ],
)
def test_an_unreadable_folder_is_reported_and_the_others_are_scanned(
    error: OSError, reason: Reason, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a/1.jpg", "b/2.jpg", "c/3.jpg")
    monkeypatch.setattr("os.scandir", failing_scandir(tmp_path / "b", error))
    found = list(scan(str(tmp_path)))
    monkeypatch.undo()
    assert UnreadablePath(str(tmp_path / "b"), reason, str(error)) in found
    assert sorted(entry.path for entry in found if isinstance(entry, FoundFile)) == [
        str(tmp_path / "a" / "1.jpg"),
        str(tmp_path / "c" / "3.jpg"),
    ]


@posix_only
def test_a_forbidden_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0)
    with plain_user():
        (trouble,) = scan(str(tmp_path))
    assert isinstance(trouble, UnreadablePath) and trouble.reason is Reason.NO_PERMISSION


def test_a_vanished_folder_is_reported(tmp_path: Path) -> None:
    (trouble,) = scan(str(tmp_path / "gone"))
    assert isinstance(trouble, UnreadablePath)
    assert (trouble.path, trouble.reason) == (str(tmp_path / "gone"), Reason.VANISHED)


def test_a_file_instead_of_a_folder_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")
    (trouble,) = scan(str(tmp_path / "a.jpg"))
    assert isinstance(trouble, UnreadablePath) and trouble.reason is Reason.UNREADABLE


def test_a_file_that_cannot_be_examined_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Entry:
        name, path = b"a.jpg", os.fsencode(tmp_path / "a.jpg")

        def is_dir(self, *, follow_symlinks: bool) -> bool:
            return False

        def is_symlink(self) -> bool:
            return False

        def stat(self, *, follow_symlinks: bool) -> os.stat_result:
            raise OSError(errno.EIO, "Input/output error")

    class Entries(list[Entry]):
        def __enter__(self) -> Entries:
            return self

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr("os.scandir", lambda path: Entries([Entry()]))
    (trouble,) = scan(str(tmp_path))
    monkeypatch.undo()
    assert isinstance(trouble, UnreadablePath)
    assert (trouble.path, trouble.reason) == (str(tmp_path / "a.jpg"), Reason.UNREADABLE)


@pytest.mark.parametrize(
    ("path", "folder", "within"),
    [
        ("/a/b.jpg", "/a", True),
        ("/a", "/a", True),
        ("/a/b/c.jpg", "/a/", True),
        ("/ab/c.jpg", "/a", False),
        ("/a", "/a/b", False),
        ("/a", "/", True),
    ],
)
@posix_only
def test_within_compares_whole_names(path: str, folder: str, within: bool) -> None:
    assert is_within(path, folder) is within
