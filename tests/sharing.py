"""Expensive material that all workers of a test run share: made once, then copied."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

SHARED = "TESTS_SHARED_FOLDER"
"""The variable by which a test run inside a test uses what the outer one has made."""


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first worker to ask for it makes; only to be read.

    name: of the folder, one for each content. make: fills the folder, which may be moved then; if
    it raises, the next worker tries again.
    """
    base = shared_folder(factory)
    folder, part = base / name, base / f"{name}.part"
    with FileLock(base / f"{name}.lock"):
        if not folder.exists():
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            make(part)
            part.rename(folder)
    return folder


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """Where the shared material of this run lies."""
    if SHARED in os.environ:
        return Path(os.environ[SHARED])
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base  # of all workers
