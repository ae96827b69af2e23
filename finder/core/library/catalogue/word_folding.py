"""Texts as folded words: what a text is found by, in every script.

Words are in lower case, without the accents of Latin, Greek, Arabic and Hebrew letters. Numbers and
letters are words of their own (“IMG_2024” → img 2024). Where words are not separated by spaces, or
endings are written onto them (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese), each character
counts as a word: several next to each other are then found wherever they are. A word in mixed case
(“WhatsApp”) is its parts, and behind the others the whole of it as well.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import groupby

MAX_WORD = 64
"""Characters; a longer word is cut."""

BREAK = "¦"
"""Stands among the words where no phrase may go on."""

_PARTS = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_RUNS = re.compile("[A-Za-z]+|[0-9]+")
_FOLDED = str.maketrans("đðøłħŧŋıĸёѐѝ", "ddolhtnikееи") | str.maketrans(
    {"æ": "ae", "œ": "oe", "þ": "th"}
)
"""Letters that Unicode does not take apart. In Russian, ё is often written as е."""

_SINGLE = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3005, 0x3007),
    (0x3040, 0x30FF),  # Hiragana, Katakana
    (0x3100, 0x312F),  # Bopomofo
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),  # Han
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),  # Hangul
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
_WITHOUT_ACCENTS = ("LATIN", "GREEK", "HEBREW", "ARABIC")


def folded_words(text: str, splits_case: bool = True) -> list[str]:
    """The words of a text, in order. splits_case: words in mixed case are divided, and stand behind
    the others as they are; without, they are not, as in what is typed to find them."""
    if text.isascii():
        if not splits_case:
            return [run.lower()[:MAX_WORD] for run in _RUNS.findall(text)]
        parts = [part.lower()[:MAX_WORD] for part in _PARTS.findall(text)]
        wholes = [run.lower()[:MAX_WORD] for run in _RUNS.findall(text) if _is_mixed(run)]
        return [*parts, BREAK, *wholes] if wholes else parts
    characters = _characters(text)
    runs = ["".join(run) for kind, run in groupby(characters, _kind) if kind]
    if not splits_case:
        return [word for run in runs for word in _words(run)]
    parts = [word for run in runs for part in _case_parts(run) for word in _words(part)]
    wholes = [word for run in runs if len(_case_parts(run)) > 1 for word in _words(run)]
    return [*parts, BREAK, *wholes] if wholes else parts


def is_whole(word: str) -> bool:
    """Whether a folded word is one character of a script without spaces: nothing goes on in it."""
    return len(word) == 1 and _kind(word) == "S"


def _is_mixed(run: str) -> bool:
    return not (run.islower() or run[1:].islower() or run.isupper() or run.isdigit())


def _characters(text: str) -> str:
    """Without accents where they do not count, and without the differences of width and form that
    Unicode knows."""
    apart = unicodedata.normalize("NFKD", text)
    if any(map(unicodedata.combining, apart)):
        kept = []
        is_bare = False
        for character in apart:
            if not unicodedata.combining(character):
                is_bare = _loses_accents(character)
            elif is_bare:
                continue
            kept.append(character)
        apart = "".join(kept)
    return unicodedata.normalize("NFC", apart)


@lru_cache(maxsize=4_096)
def _loses_accents(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_WITHOUT_ACCENTS)


@lru_cache(maxsize=65_536)
def _kind(character: str) -> str:
    """L: a part of a word; N: of a number; S: a word by itself; empty: between words."""
    code = ord(character)
    if code < 0x80:
        return "L" if character.isalpha() else "N" if character.isdigit() else ""
    category = unicodedata.category(character)
    if category[0] in "LM" or category == "Nl":
        return "S" if any(low <= code <= high for low, high in _SINGLE) else "L"
    return "N" if category == "Nd" else ""


def _case_parts(run: str) -> list[str]:
    """A word in mixed case in its parts: before a capital behind a small letter, and before the
    last of several capitals, if a small letter follows."""
    if run.islower() or run.isupper() or not any(map(str.isupper, run)):
        return [run]
    starts = [
        at
        for at in range(1, len(run))
        if run[at].isupper()
        and (run[at - 1].islower() or (run[at - 1].isupper() and run[at + 1 : at + 2].islower()))
    ]
    return [run[start:end] for start, end in zip([0, *starts], [*starts, len(run)], strict=True)]


def _words(run: str) -> list[str]:
    """The folded words of characters of one kind."""
    kind = _kind(run[0])
    if kind == "S":
        return list(run)
    if kind == "N":
        return ["".join(str(unicodedata.decimal(digit)) for digit in run)[:MAX_WORD]]
    small = unicodedata.normalize("NFC", run.casefold()).translate(_FOLDED)
    return [small.replace("i\u0307", "i")[:MAX_WORD]] if small else []
