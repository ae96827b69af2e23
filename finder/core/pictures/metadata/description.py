"""A picture's caption and labels: plain values, of bounded length, cheap to import."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_CAPTION = 2_000
"""Characters, as are the next."""
MAX_LABEL = 100
MAX_LABELS = 100
_MAX_READ = 20_000
_BLANKS = re.compile(r"\s+")
_MOST_UNREADABLE = 0.2
"""Of the characters; with more, it is no text but data, or in another encoding."""
_BY_CAMERAS = frozenset(
    {
        "ascii",
        "cof",
        "created with gimp",
        "dav",
        "default",
        "dig",
        "kodak digital still camera",
        "konica minolta digital camera",
        "lead technologies inc. v1.01",
        "minolta digital camera",
        "olympus digital camera",
        "samsung camera pictures",
        "screenshot",
        "sony dsc",
        "unicode",
    }
)
"""What programs write in place of a caption, in lower case."""


@dataclass(frozen=True)
class Description:
    """caption: title, headline and text, each once; labels: keywords, without doubles."""

    caption: str = ""
    labels: tuple[str, ...] = ()


NOTHING = Description()


def make_description(texts: Iterable[str], labels: Iterable[str]) -> Description:
    """texts: for the caption; both as they were found."""
    return Description(
        "\n".join(_distinct(_caption_texts(texts)))[:MAX_CAPTION].rstrip(),
        tuple(_distinct(_short_labels(labels))[:MAX_LABELS]),
    )


def clean(text: str) -> str:
    """In one line, in the composed form, without control characters; empty if much of it cannot be
    shown."""
    text = unicodedata.normalize("NFC", text[:_MAX_READ].strip("\0 \t\r\n"))
    shown = "".join(one for one in text if one in "\r\n\t" or _can_be_shown(one))
    if len(text) - len(shown) > _MOST_UNREADABLE * len(text):
        return ""
    return _BLANKS.sub(" ", shown).strip()


def _can_be_shown(character: str) -> bool:
    if character == "\ufffd":
        return False
    category = unicodedata.category(character)
    return category not in ("Cc", "Cn", "Co", "Cs")


def _caption_texts(texts: Iterable[str]) -> Iterator[str]:
    for text in map(clean, texts):
        if text and text.lower() not in _BY_CAMERAS and any(map(str.isalnum, text)):
            yield text


def _short_labels(labels: Iterable[str]) -> Iterator[str]:
    for label in map(clean, labels):
        if label and len(label) <= MAX_LABEL and any(map(str.isalnum, label)):
            yield label


def _distinct(texts: Iterable[str]) -> list[str]:
    """Each once, without regard to case; the first stays."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.casefold(), text)
    return list(found.values())
