"""Folder and name of a file of any machine: in a shared library other machines' are
"MACHINE:PATH", with the separators of that machine."""

from __future__ import annotations

import os
import re

_OTHERS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]+:(?:/|([A-Za-z]:|\\\\))")
"""Without the group a path of Linux or macOS, with it one of Windows."""


def split_path(path: str) -> tuple[str, str]:
    """Folder and name."""
    match = _OTHERS.match(path)
    if match is None:
        return os.path.split(path)
    folder, _, name = path.rpartition("\\" if match[1] else "/")
    return folder, name


def folder_bytes(path: bytes) -> bytes:
    """The folder of a file as the catalogue has it."""
    at = path.rfind(_SEPARATOR)
    return path[: at if at >= 0 else max(0, path.rfind(_OTHER_SEPARATOR))]


_SEPARATOR = os.fsencode(os.sep)
_OTHER_SEPARATOR = b"/" if os.sep == "\\" else b"\\"
