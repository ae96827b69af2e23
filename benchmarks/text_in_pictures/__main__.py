"""How well text in pictures is read, and how long it takes.

    python -m benchmarks.text_in_pictures [--short]

The pictures are drawn with the Noto fonts (Debian: fonts-noto-core, fonts-noto-cjk). Packages that
are not installed are left out; those that clash with ours need an environment of their own.
"""

from __future__ import annotations

import sys
import time
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from benchmarks.common import options, say, section, table
from benchmarks.text_in_pictures.engines import Read, available_engines
from benchmarks.text_in_pictures.rendering import Rendered, missing_fonts, rendered_pictures

_WARM_UP = 2
_SHORT = 3
"""In short, every third picture."""
_READABLE = ("English", "Indonesian", "Chinese")


@dataclass
class Score:
    """Found and written: words as they are; folded: words without marks and case, as the search
    compares them; letters: of the lines."""

    words: list[float] = field(default_factory=list)
    folded: list[float] = field(default_factory=list)
    letters: list[float] = field(default_factory=list)

    def add(self, picture: Rendered, read: Sequence[str]) -> None:
        self.words.append(_found_words(picture.lines, read))
        folded = [_folded(line) for line in read]
        self.folded.append(_found_words([_folded(line) for line in picture.lines], folded))
        self.letters.append(_found_letters(picture.lines, read))

    def cells(self) -> tuple[str, str, str]:
        return _percent(self.words), _percent(self.folded), _percent(self.letters)


def main() -> int:
    chosen = options(__doc__, runs=1, short_runs=1)
    if fonts := missing_fonts():
        say(f"Install the font {fonts[0]} first (fonts-noto-core, fonts-noto-cjk).")
        return 1
    pictures = list(rendered_pictures())[:: _SHORT if chosen.short else 1]
    engines = {name: make() for name, make in available_engines().items()}
    measured = _measured(engines, pictures)
    section(
        "Text in pictures",
        "text_in_pictures",
        _languages_table(measured),
        _kinds_table(measured),
        _times_table(measured),
    )
    return 0


@dataclass
class Measured:
    """Of one package. seconds: of processor time, for each picture."""

    languages: defaultdict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    kinds: defaultdict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    seconds: list[float] = field(default_factory=list)

    def add(self, picture: Rendered, lines: Sequence[str], seconds: float) -> None:
        self.seconds.append(seconds)
        self.languages[picture.language].add(picture, lines)
        if picture.language in _READABLE:
            size = "12 to 16 px" if picture.size <= 16 else "20 px and more"
            self.kinds[f"{picture.kind}, {size}"].add(picture, lines)


def _measured(engines: Mapping[str, Read], pictures: Sequence[Rendered]) -> dict[str, Measured]:
    """The packages read each picture in turn."""
    measured = {name: Measured() for name in engines}
    for name, read in engines.items():
        say(name)
        for picture in pictures[:_WARM_UP]:
            read(picture.image)
    for picture in pictures:
        for name, read in engines.items():
            began = time.process_time()
            lines = read(picture.image)
            measured[name].add(picture, lines, time.process_time() - began)
    return measured


def _languages_table(measured: Mapping[str, Measured]) -> str:
    rows = [
        (name, language, *score.cells())
        for name, one in measured.items()
        for language, score in one.languages.items()
    ]
    return table(["package", "language", "words", "words, folded", "letters"], rows)


def _kinds_table(measured: Mapping[str, Measured]) -> str:
    rows = [
        (name, kind, *score.cells())
        for name, one in measured.items()
        for kind, score in sorted(one.kinds.items())
    ]
    return table(["package", ", ".join(_READABLE), "words", "words, folded", "letters"], rows)


def _times_table(measured: Mapping[str, Measured]) -> str:
    base = sum(next(iter(measured.values())).seconds) if measured else 1.0
    rows = [
        (name, f"{sum(one.seconds) / len(one.seconds):.2f}", f"{sum(one.seconds) / base:.2f}")
        for name, one in measured.items()
    ]
    return table(["package", "seconds of a core for a picture", "times the first"], rows)


def _found_words(written: Sequence[str], read: Sequence[str]) -> float:
    """The share of the words that were read. Chinese has no spaces between its words: there, each
    pair of letters counts as one."""
    words = [word for line in written for word in _words(line)]
    seen = {word for line in read for word in _words(line)}
    return sum(word in seen for word in words) / len(words)


def _words(line: str) -> list[str]:
    words = []
    for part in "".join(c if c.isalnum() else " " for c in line).split():
        if any("\u4e00" <= letter <= "\u9fff" for letter in part):
            words += [part[i : i + 2] for i in range(max(1, len(part) - 1))]
        else:
            words.append(part)
    return words


def _found_letters(written: Sequence[str], read: Sequence[str]) -> float:
    """The share of each line's letters that the line most like it has, in order."""
    found = 0
    for line in written:
        matchers = [SequenceMatcher(None, line, other, autojunk=False) for other in read]
        found += max((sum(b.size for b in m.get_matching_blocks()) for m in matchers), default=0)
    return found / sum(map(len, written))


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).replace("đ", "d")


def _percent(shares: Sequence[float]) -> str:
    return f"{100 * sum(shares) / len(shares):.0f} %"


if __name__ == "__main__":
    sys.exit(main())
