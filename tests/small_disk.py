"""A disk in memory that can be filled, write-protected and unplugged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

_SIZE = 100_000_000


@dataclass(frozen=True)
class SmallDisk:
    """point: where it is mounted."""

    point: Path

    def mount(self) -> None:
        """Plug it in, empty."""
        size = f"size={_SIZE},mode=755"
        _run("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(self.point))

    def unmount(self) -> None:
        """Unplug it, even while it is used. What was on it is lost."""
        subprocess.run(["umount", "-l", str(self.point)], capture_output=True, check=False)

    def fill(self, leaving: int = 0) -> None:
        """Fill it with other files, leaving this many bytes."""
        with open(self._filler, "ab", buffering=0) as file, suppress(OSError):  # others write, too
            while (free := shutil.disk_usage(self.point).free) > leaving:
                file.write(bytes(min(free - leaving, 1_000_000)))

    def free(self) -> None:
        """Remove these files."""
        self._filler.unlink()

    def protect(self) -> None:
        """Make it read-only."""
        _run("mount", "-o", "remount,ro", str(self.point))

    @property
    def _filler(self) -> Path:
        return self.point / "somebody else's"


def _run(*words: str) -> None:
    subprocess.run(words, capture_output=True, check=True)


@pytest.fixture
def small_disk() -> Iterator[SmallDisk]:
    """Of 100 MB, mounted; unmounted at the end whatever happens."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    with tempfile.TemporaryDirectory(prefix="small-disk-") as folder:
        os.chmod(folder, 0o755)
        disk = SmallDisk(Path(folder, "disk"))
        disk.point.mkdir()
        try:
            disk.mount()
        except subprocess.CalledProcessError:
            pytest.skip("no disk can be mounted here")
        try:
            yield disk
        finally:
            disk.unmount()
