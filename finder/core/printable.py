"""Text of others (names of files, words in a model's file) as it can be shown, in the window and
in a terminal alike."""

from __future__ import annotations

import re

_PLAYING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """The text with everything spelled out that would break the line, command a terminal or turn
    the text round (Unicode's bidirectional controls), and bytes of a path that are no text."""
    return _PLAYING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
