"""Temporary folders: private, gone afterwards, and removed for a process that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from finder.core import temporary_folders
from finder.core.temporary_folders import PREFIX, TemporaryFolder, clear_temporary_folders

_KILLED = """
import os, signal
from finder.core.temporary_folders import TemporaryFolder
folder = TemporaryFolder().path
(folder / "model.onnx").write_bytes(b"large")
(folder / "deep").mkdir()
os.kill(os.getpid(), signal.SIGKILL)
"""
_HOLDS = """
import sys
from finder.core.temporary_folders import TemporaryFolder
with TemporaryFolder() as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder, here and in the processes that are started."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def test_it_is_private_and_gone_afterwards(temp: Path) -> None:
    with TemporaryFolder() as folder:
        assert folder.parent == temp
        assert os.name == "nt" or folder.stat().st_mode & 0o777 == 0o700
        (folder / "deep").mkdir()
        (folder / "deep" / "file").touch()
    assert os.listdir(temp) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_what_a_killed_process_leaves_is_removed(temp: Path) -> None:
    subprocess.run([sys.executable, "-c", _KILLED], check=False)
    (left,) = temp.iterdir()
    assert sorted(os.listdir(left)) == [".lock", "deep", "model.onnx"]
    clear_temporary_folders()
    assert os.listdir(temp) == []


def test_a_folder_in_use_stays() -> None:
    with (
        subprocess.Popen(
            [sys.executable, "-c", _HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder,
        TemporaryFolder() as own,
    ):
        assert holder.stdout is not None
        theirs = Path(holder.stdout.readline().strip())
        clear_temporary_folders()
        assert theirs.is_dir()
        assert own.is_dir()
        holder.communicate("")
    assert not theirs.exists()


def test_other_folders_stay(temp: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (temp / f"{PREFIX}link").symlink_to(tmp_path / "precious")
    (temp / f"{PREFIX}file").touch()
    (temp / f"{PREFIX}open").mkdir(mode=0o755)
    (temp / f"{PREFIX}open").chmod(0o755)
    (temp / "image-finder-1000").mkdir(mode=0o700)
    clear_temporary_folders()
    assert len(os.listdir(temp)) == 4
    assert os.listdir(tmp_path / "precious") == []


@pytest.mark.parametrize("when", ["before it is locked", "while it is being locked"])
def test_a_new_folder_taken_for_an_abandoned_one_is_made_again(
    when: str, monkeypatch: pytest.MonkeyPatch, temp: Path
) -> None:
    """Another process clears up between the folder's making and its locking."""
    take: Callable[[Path], object] = temporary_folders._try_lock
    times = []

    def taken_away(folder: Path) -> object:
        times.append(folder)
        if len(times) > 1:
            return take(folder)
        if when == "before it is locked":
            clear_temporary_folders()
            folder.mkdir(mode=0o755)  # as the lock's library would
            folder.chmod(0o755)
            return take(folder)
        return None

    with monkeypatch.context() as patch:
        patch.setattr(temporary_folders, "_try_lock", taken_away)
        made = TemporaryFolder()
    assert len(times) > 1
    assert made.path.is_dir()
    made.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder with an open file")
def test_a_folder_made_again_while_it_is_removed_stays(temp: Path) -> None:
    """The process whose folder is cleared up makes it again, as its lock's library does."""
    folder = temp / f"{PREFIX}anew"
    folder.mkdir(mode=0o700)

    class Lock(FileLock):
        def release(self, force: bool = False) -> None:
            super().release(force)
            if not folder.exists():
                folder.mkdir(mode=0o700)

    lock = Lock(folder / ".lock")
    lock.acquire()
    temporary_folders._remove(folder, lock)
    assert folder.is_dir()
