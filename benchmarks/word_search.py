"""Words: how fast pictures are found by the words in names, folders, labels, captions and the
pictures themselves, and what keeping their index costs.

    python -m benchmarks.word_search [--short] [--runs N]

A made-up catalogue: two thirds of the names are a camera's, the others words in five languages;
folders by year and event; a third have labels, a fifth captions, a tenth recognised text. The short
form has 100,000 pictures, the long form also a million. Writing is measured in the batches that
indexing stores, with the index of words and without, and the sizes are those of its tables.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.common import (
    in_turn,
    median,
    options,
    percentile,
    say,
    seconds,
    section,
    table,
    verdict,
)
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.catalogue.tables.recognised_table import RecognisedText, TextLine
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts
from finder.core.pictures.metadata.description import Description
from finder.core.pictures.transform import Box
from finder.use_cases.search.name_matches import find_names

_SIZES = (100_000, 1_000_000)
_LIMIT = 20.0
"""Milliseconds, for 100,000 pictures: the median of the questions."""
_BATCH = 64
_WRITTEN = 6_400
_SEED = 2026
_ROOT = "/photos"

_VOCABULARY = """beach sunset birthday garden red bicycle mountain snow family dog cat kitchen
wedding holiday pantai gunung pernikahan liburan anak kucing пляж закат праздник собака свадьба гора
ảnh cưới biển núi chó mèo lễ hội 바다 여행 가족 강아지 결혼식 海滩 日落 家庭 旅行 狗"""
_WORDS = _VOCABULARY.split()
_ASKED = """img
img 2024
beach
bea
b
20240512
dog beach
pictures
sunset 2019
jpg
пляж закат
anh cuoi
바다 여행
海滩
"red bicycle"
beach -dog
a photo of a red bicycle at night
word12
word12345 beach
nothing like this
event
event beach
exit
recognised exit 12
2019
собака на пляже
zebra crossing in the rain
word777 word778 word779
photos
i"""
_QUESTIONS = _ASKED.splitlines()
_FILTERS = ("taken:2019", "folder:/photos/2012", "name:img")


class _MadeUp(NamedTuple):
    path: str
    taken: str
    description: Description
    text: str


def _made_up(number: int, chance: random.Random) -> _MadeUp:
    rare = [f"word{chance.randrange(20_000)}" for _ in range(12)]
    common = chance.choices(_WORDS, k=8)
    taken = datetime(2005, 1, 1) + timedelta(minutes=chance.randrange(20 * 365 * 1_440))
    if number % 3:
        name = f"IMG_{taken:%Y%m%d_%H%M%S}_{number}.jpg"
    else:
        name = f"{common[0]}-{common[1]} {rare[0]} {number}.JPG"
    event = number // 300
    folder = f"{_ROOT}/{taken:%Y}/event {event} {_WORDS[event % len(_WORDS)]}"
    labels = (*common[2:5], *rare[1:3]) if chance.random() < 1 / 3 else ()
    caption = " ".join([*common[5:], *rare[3:]]) if chance.random() < 1 / 5 else ""
    text = f"recognised exit {number % 100} {rare[4]}" if chance.random() < 1 / 10 else ""
    return _MadeUp(f"{folder}/{name}", str(taken), Description(caption, labels), text)


def _put(catalogue: Catalogue, numbers: Sequence[int], chance: random.Random) -> None:
    for number in numbers:
        picture = _made_up(number, chance)
        facts = PictureFacts(4_000, 3_000, "JPEG", picture.taken, 1)
        catalogue.pictures.put(number, facts)
        catalogue.files.put(FileRecord(picture.path, 3_000_000, number, number))
        catalogue.descriptions.put(number, picture.description)
        if picture.text:
            line = TextLine(picture.text, Box(0.1, 0.1, 0.9, 0.2))
            catalogue.recognised_text.put(number, RecognisedText("made up", (line,)))


def _fill(home: Home, number: int) -> float:
    """Seconds."""
    chance = random.Random(_SEED)
    began = time.perf_counter()
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.folders.add(_ROOT)
        for start in range(0, number, 50_000):
            with catalogue.transaction():
                _put(catalogue, range(start, min(number, start + 50_000)), chance)
    return time.perf_counter() - began


# Finding


def _asked(catalogue: Catalogue, runs: int) -> Iterator[tuple[str, int, list[float]]]:
    for question in _QUESTIONS:
        times = [seconds(partial(find_names, catalogue, question)) for _ in range(runs + 1)][1:]
        yield question, len(find_names(catalogue, question)), times


def _filtered(catalogue: Catalogue, runs: int) -> Iterator[tuple[str, float]]:
    for text in _FILTERS:
        filter = parse_filter(text)
        ask = partial(find_names, catalogue, "beach", filter=filter)
        yield text, median([seconds(ask) for _ in range(runs)])


def _finding(number: int, catalogue: Catalogue, runs: int) -> list[str]:
    asked = list(_asked(catalogue, runs))
    times = sorted(median(values) * 1e3 for _, _, values in asked)
    rows = [(f"`{q}`", found, f"{median(values) * 1e3:.1f}") for q, found, values in asked]
    summary = f"Median of the questions: {verdict(median(times), _LIMIT, ' ms')}"
    slowest = f"nine tenths take at most {percentile(times, 0.9):.1f} ms, all {times[-1]:.1f} ms."
    filtered = ", ".join(f"`{f}` {t * 1e3:.0f} ms" for f, t in _filtered(catalogue, runs))
    return [
        table([f"{number:,} pictures: question", "matches", "ms"], rows),
        f"{summary}; {slowest} `beach` with filters: {filtered}.",
    ]


# Keeping the index


def _write(with_words: bool) -> float:
    """Milliseconds for each picture, in a catalogue of their own."""
    with TemporaryDirectory() as name, closing(Catalogue(Home(Path(name)))) as catalogue:
        if not with_words:
            named = catalogue.connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'words_%'"
            )
            for (trigger,) in named.fetchall():
                catalogue.connection.execute(f"DROP TRIGGER {trigger}")
        chance = random.Random(_SEED)
        began = time.perf_counter()
        for start in range(0, _WRITTEN, _BATCH):
            with catalogue.transaction():
                _put(catalogue, range(start, start + _BATCH), chance)
        return (time.perf_counter() - began) / _WRITTEN * 1e3


def _rebuild(catalogue: Catalogue) -> None:
    with catalogue.transaction():
        catalogue.words.rebuild()


def _keeping(number: int, catalogue: Catalogue, runs: int) -> str:
    measures: dict[str, Callable[[], float]] = {
        "with": partial(_write, True),
        "without": partial(_write, False),
    }
    times = in_turn(runs, measures)
    more = median([a - b for a, b in zip(times["with"], times["without"], strict=True)])
    query = "SELECT SUM(pgsize) FROM dbstat WHERE name LIKE {}"
    own = query.format("'%word\\_%' ESCAPE '\\'")
    (words,) = catalogue.connection.execute(own).fetchone()
    (whole,) = catalogue.connection.execute(query.format("'%'")).fetchone()
    rebuilt = seconds(partial(_rebuild, catalogue))
    return (
        f"Keeping the index takes {more:.2f} ms for each picture that is indexed, with captions and"
        f" texts; making it anew for {number:,} pictures takes {rebuilt:.1f} s. It has"
        f" {words / 1e6:.0f} of the catalogue's {whole / 1e6:.0f} MB."
    )


def main() -> None:
    args = options(__doc__, runs=9, short_runs=5)
    parts = []
    for number in _SIZES[:1] if args.short else _SIZES:
        with TemporaryDirectory() as name:
            home = Home(Path(name))
            say(f"making {number:,} pictures …")
            say(f"{_fill(home, number):.0f} s")
            with closing(Catalogue(home)) as catalogue:
                parts += _finding(number, catalogue, args.runs)
                parts.append(_keeping(number, catalogue, args.runs))
    section("Words", "word_search", *parts)


if __name__ == "__main__":
    main()
