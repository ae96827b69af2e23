"""A small disk of its own for tests of disks that misbehave."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_disk import SmallDisk


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
