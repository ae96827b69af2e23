"""File names and texts in the form in which they are compared: without regard to case, in every
script, and to how accents are encoded (macOS decomposes them, other systems do not).
"""

from __future__ import annotations

import os
import re
import unicodedata

from finder.core.library.catalogue.path_parts import split_path

_NUMBER = re.compile(rb"[0-9]+")
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
    return folded(split_path(text)[1]) + END_OF_NAME + folded(text)


def with_numbers(folded: bytes) -> bytes:
    """A folded text such that sorting compares its numbers by their value: 2 comes before 10."""
    return _NUMBER.sub(_with_head, folded)


def number_head(digits: int) -> bytes:
    """What stands before a number of so many digits, without its leading zeros. Among other
    characters it sorts as a digit; it has no “/”, which separates names."""
    return b"0%c" % (ord("0") + min(digits, 199))


def _with_head(number: re.Match[bytes]) -> bytes:
    digits = number[0].lstrip(b"0")
    return number_head(len(digits)) + digits


def by_name(path: str) -> tuple[bytes, bytes, str]:
    """A key that sorts files by name, in natural order: img2 before img10, without regard to
    case."""
    whole = folded_path(os.fsencode(path))
    return with_numbers(whole.partition(END_OF_NAME)[0]), whole, path


def by_folder(path: str) -> tuple[bytes, bytes, tuple[bytes, bytes, str]]:
    """A key that sorts files by folder, then by name, both in natural order."""
    return *folder_order(split_path(path)[0]), by_name(path)


def folder_order(folder: str) -> tuple[bytes, bytes]:
    """A key that sorts folders by their paths, in natural order."""
    path = folded(folder)
    return with_numbers(path), path
