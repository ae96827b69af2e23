"""File permissions: a library reveals what the user's pictures show, so only the user may read
it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.paths import Home

_GROUP_AND_OTHERS = 0o077
_original_umasks: list[int] = []
"""The umask that this process was started with, once it was changed; else empty."""


def restrict_to_owner() -> None:
    """Create all files of this process with mode 0600, and folders with 0700, from now on.

    Set for the whole process, because SQLite, Milvus Lite and ONNX Runtime create files, too, and
    none of them accepts a mode.
    """
    before = os.umask(_GROUP_AND_OTHERS)
    if not _original_umasks:
        _original_umasks.append(before)


@contextmanager
def original_umask() -> Iterator[None]:
    """Restore the original umask within the context, for programs such as a file manager started
    there.

    Files that other threads create during that time are in folders that are already private.
    """
    if not _original_umasks:
        yield
        return
    current = os.umask(_original_umasks[0])
    try:
        yield
    finally:
        os.umask(current)


def make_private(folder: Path) -> None:
    """Create a folder that only the user can enter. Raises OSError, also if it exists and belongs
    to another user."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32":
        found = folder.lstat()
        if found.st_uid != os.getuid() or folder.is_symlink():
            raise PermissionError(f"{folder} belongs to another user")
        if found.st_mode & _GROUP_AND_OTHERS:
            folder.chmod(0o700)


def close_to_other_users(home: Home) -> None:
    """Make a library's folder private if it was created with other permissions. A folder that also
    holds other files (`--home .`) is left as it is.
    """
    with suppress(OSError):  # a file system without permissions
        if home.root.stat().st_mode & _GROUP_AND_OTHERS and home.holds_nothing_else():
            home.root.chmod(0o700)
