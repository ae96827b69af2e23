"""File names and texts in the form in which they are compared: without regard to case, in every
script, and to how accents are encoded (macOS decomposes them, other systems do not).
"""

from __future__ import annotations

import os
import unicodedata

END_OF_NAME = b"\0"
"""Ends the name at the beginning of `folded_path`: no path contains it."""


def folded(text: str) -> bytes:
    """Two texts that differ in case, or in the normal form of Unicode, are equal when folded. One
    text contains another if its folded bytes contain the other's."""
    if text.isascii():
        return text.lower().encode()
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
    # what “İ” becomes has a second dot, and would not be found as “i”
    return text.replace("i\u0307", "i").encode("utf-8", "surrogatepass")


def folded_path(path: bytes) -> bytes:
    """A file's name, END_OF_NAME and its whole path, all folded: sorts by name, and what is found
    before END_OF_NAME is in the name."""
    text = os.fsdecode(path)
    return folded(os.path.basename(text)) + END_OF_NAME + folded(text)


def by_name(path: str) -> tuple[bytes, str]:
    """A key that sorts files by name."""
    return folded_path(os.fsencode(path)), path


def by_folder(path: str) -> tuple[bytes, bytes, str]:
    """A key that sorts files by folder, then by name."""
    folder, name = os.path.split(path)
    return folded(folder), folded(name), path
