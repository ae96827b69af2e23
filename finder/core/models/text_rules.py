"""What is done to words before they are divided into tokens, as models learnt them."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from typing import Final

MOST_CHARACTERS: Final = 4_000
"""What is behind them is ignored: it is far beyond the tokens that any model reads."""

_WITHOUT_PUNCTUATION = str.maketrans("_", " ", string.punctuation.replace("_", ""))


def clean(text: str, rule: str) -> str:
    """The words by a rule of `CLEANING`; may be empty. Half a character, as file names can have, is
    a question mark."""
    whole = text[:MOST_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
    return CLEANING[rule](whole)


def _clip(text: str) -> str:
    """Spaces collapsed, lower case."""
    return " ".join(text.split()).lower()


def _siglip(text: str) -> str:
    """“Canonicalised”: without ASCII punctuation (“_” is a space), lower case, spaces collapsed."""
    return " ".join(text.translate(_WITHOUT_PUNCTUATION).lower().split())


def _none(text: str) -> str:
    return text.strip()


CLEANING: Final[Mapping[str, Callable[[str], str]]] = {
    "clip": _clip,
    "siglip": _siglip,
    "none": _none,
}
"""By their names in model.toml."""
