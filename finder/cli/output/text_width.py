"""Text in a terminal, where Korean, Chinese and Japanese characters take two columns each and
combining marks none."""

from __future__ import annotations

import os
from itertools import accumulate
from unicodedata import category, east_asian_width, normalize

_MARKS = ("Mn", "Me", "Cf")
_GAP = "…"


def text_width(text: str) -> int:
    """How many columns the text takes."""
    return sum(map(_character_width, text))


def pad(text: str, width: int) -> str:
    """The text with spaces up to this width; longer text is cut at its end."""
    text = cut_end(text, width)
    return text + " " * (width - text_width(text))


def cut_end(text: str, width: int) -> str:
    """The text, or as much of its beginning as fits."""
    if text_width(text) <= width:
        return text
    return _beginning(text, width - 1) + _GAP if width > 0 else ""


def fit_path(path: str, width: int) -> str:
    """The path, or as many of its last folders as fit before the file's name. If even the name does
    not fit, its middle is left out: numbers and the ending are at the end."""
    path = normalize("NFC", path)  # macOS stores one Korean syllable as several characters
    if text_width(path) <= width:
        return path
    parts = path.split(os.sep)
    for first in range(1, len(parts)):
        shorter = os.sep.join((_GAP, *parts[first:]))
        if text_width(shorter) <= width:
            return shorter
    return _cut_middle(parts[-1], width)


def _cut_middle(text: str, width: int) -> str:
    if text_width(text) <= width:
        return text
    end = _beginning(text[::-1], (width - 1) // 2)[::-1]
    return _beginning(text, width - 1 - text_width(end)) + _GAP + end


def _beginning(text: str, width: int) -> str:
    widths = accumulate(map(_character_width, text))
    return text[: sum(reached <= width for reached in widths)]


def _character_width(character: str) -> int:
    if character.isascii():
        return 1
    if category(character) in _MARKS:
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
