"""Untrusted text (file names, text in models), escaped for display in the window and the
terminal."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """The text with escapes for everything that would break the line, control a terminal or change
    the text's direction (Unicode's bidirectional controls), and for undecodable bytes of a path."""
    return _UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
