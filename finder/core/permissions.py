"""What a library holds shows what somebody's pictures show: nobody else may look into it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from finder.core.paths import Home

_OTHERS = 0o077
_given: list[int] = []
"""The umask that this process was started with, once it has another one."""


def restrict_to_owner() -> None:
    """From now on, every file of this process is for its owner only: 0600, folders 0700.

    For the whole process, because SQLite, Milvus Lite and ONNX Runtime make files, too, and none of
    them takes a mode.
    """
    before = os.umask(_OTHERS)
    if not _given:
        _given.append(before)


@contextmanager
def as_started() -> Iterator[None]:
    """What is started inside, a file manager, an editor, makes its files as it would without us.

    A file that another thread of ours makes meanwhile lies in a folder that is private already.
    """
    if not _given:
        yield
        return
    ours = os.umask(_given[0])
    try:
        yield
    finally:
        os.umask(ours)


def make_private(folder: Path) -> None:
    """Make a folder that nobody else can enter. Raises OSError, also where one of somebody else's
    is there already."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32":
        found = folder.lstat()
        if found.st_uid != os.getuid() or folder.is_symlink():
            raise PermissionError(f"{folder} belongs to somebody else")
        if found.st_mode & _OTHERS:
            folder.chmod(0o700)


def close_to_other_users(home: Home) -> None:
    """Take from others the right to enter a library's folder, which one that somebody made
    beforehand may give. Not where other things lie in it (`--home .`): it is not ours to close.
    """
    with suppress(OSError):  # a disk that knows no rights
        if home.root.stat().st_mode & _OTHERS and home.holds_nothing_else():
            home.root.chmod(0o700)
