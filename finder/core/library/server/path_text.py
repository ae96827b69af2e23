"""Paths as the text that a server stores. Not every file name is text: what is none is written as
%XX, byte by byte, and so is "%". All else stays as it is, so a folder's path begins those of its
files in this form, too.
"""

from __future__ import annotations

import os
import re
from urllib.parse import unquote_to_bytes

_ESCAPED = re.compile("[%\ud800-\udfff]+")


def path_text(path: str) -> str:
    """A path, or a part of one that ends between two characters, as it is stored."""
    return _ESCAPED.sub(_bytes_text, path)


def path_of(text: str) -> str:
    """The path that is stored as this text."""
    return os.fsdecode(unquote_to_bytes(text))


def _bytes_text(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in os.fsencode(match[0]))
