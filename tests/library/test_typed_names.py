"""Which picture of a listing is meant by what is typed of its name."""

from __future__ import annotations

import os
import random
import time
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial

import pytest
from stored_files import Picture, Place, store

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.folded_text import folded_path
from finder.core.library.listing import Order, Typed
from finder.core.paths import Home
from finder.use_cases.library.library_pictures import find_typed, list_library

NAMES = ["Ant.jpg", "bee.jpg", "bee hive.jpg", "Cat.jpg", "Émile.jpg", "old bee.jpg", "1.jpg"]
ANT, BEE, HIVE, CAT, EMILE, OLD, ONE = range(len(NAMES))


@pytest.fixture
def album(home: Home) -> Home:
    """Listed by size as they are here."""
    sizes = range(len(NAMES), 0, -1)
    places = [Place(f"/zoo/{name}", size) for name, size in zip(NAMES, sizes, strict=True)]
    store(home, [Picture(n, [place]) for n, place in enumerate(places)])
    return home


def found(home: Home, typed: Typed, text: str = "") -> int | None:
    filter = parse_filter(text)
    return find_typed(home, list_library(home, filter, Order.SIZE), typed, filter)


def test_the_next_name_that_begins_with_the_text(album: Home) -> None:
    assert found(album, Typed("b", -1)) == BEE
    assert found(album, Typed("b", BEE)) == HIVE, "behind the current one"
    assert found(album, Typed("b", HIVE)) == BEE, "from the beginning again"
    assert found(album, Typed("ca", ONE)) == CAT
    assert found(album, Typed("CA", ANT)) == CAT, "without regard to case"
    assert found(album, Typed("bee ", ANT)) == HIVE
    assert found(album, Typed("c", CAT)) == CAT, "the only one"


def test_names_that_contain_the_text_where_none_begins_with_it(album: Home) -> None:
    assert found(album, Typed("hive", CAT)) == HIVE
    assert found(album, Typed("ld b", -1)) == OLD
    assert found(album, Typed("jpg", ONE)) == ANT
    assert found(album, Typed("o", -1)) == OLD, "the folder’s name does not count"
    assert found(album, Typed("zoo", -1)) is found(album, Typed("x", -1)) is None


def test_accents_are_found_however_they_are_encoded(album: Home) -> None:
    assert found(album, Typed("é", -1)) == EMILE
    assert found(album, Typed(unicodedata.normalize("NFD", "éM"), -1)) == EMILE


def test_the_same_letter_goes_round(album: Home) -> None:
    rounds = [found(album, Typed("b", ANT, number)) for number in range(1, 6)]
    assert rounds == [BEE, HIVE, BEE, HIVE, BEE]


def test_what_fits_stays(album: Home) -> None:
    assert found(album, Typed("be", ANT, keep=HIVE)) == HIVE
    assert found(album, Typed("bee.", ANT, keep=HIVE)) == BEE
    assert found(album, Typed("ee", ANT, keep=OLD)) == OLD, "also where none begins with it"


def test_only_what_is_listed_by_a_file_that_passes(album: Home) -> None:
    store(album, [Picture(CAT, [Place("/farm/bee queen.jpg", 1)])])
    assert found(album, Typed("b", HIVE)) == CAT, "any of its names"
    assert found(album, Typed("b", HIVE), "folder:/zoo") == BEE
    assert found(album, Typed("b", 0), "folder:/farm") == CAT
    assert found(album, Typed("b", -1), "width<100") is None
    assert found(album, Typed("ee", -1), "name:old") == OLD


MANY = 100_000


def store_many(home: Home, ids: Sequence[int], paths: Sequence[str]) -> None:
    """Pictures with one file each, from the largest to the smallest."""
    files = [
        (os.fsencode(path), len(ids) - n, ids[n], folded_path(os.fsencode(path)))
        for n, path in enumerate(paths)
    ]
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        put = catalogue.connection.executemany
        put("INSERT INTO picture VALUES (?, 640, 480, 'JPEG', NULL, 1, 0, NULL, 0)", zip(ids))
        put("INSERT INTO file VALUES (?, ?, 0, ?, NULL, NULL, 0, ?)", sorted(files))


def own_time(act: Callable[[], object]) -> float:
    """Seconds of this thread's processor time, the best of five."""
    taken = []
    for _ in range(5):
        began = time.thread_time()
        act()
        taken.append(time.thread_time() - began)
    return min(taken)


def test_a_hundred_thousand_names_take_less_than_50_ms(home: Home) -> None:
    """On a machine that lists them in 0.1 s: others have more time."""
    ids = random.Random(1).sample(range(1 << 62, 1 << 63), MANY)
    store_many(home, ids, [f"/p/{n % 300} trip/IMG_{n:06d}.jpg" for n in range(MANY)])
    listing = list_library(home, order=Order.SIZE)
    limit = max(0.05, own_time(lambda: list_library(home)) / 2)
    wanted = {
        Typed("i", -1): 0,
        Typed("i", MANY - 1): 0,
        Typed("i", 5, 300): 305,
        Typed("img_09", 500): 90_000,
        Typed("img_077777", 500): 77_777,
        Typed("77777.", 500): 77_777,
        Typed("trip", 500): None,
    }
    for typed, row in wanted.items():
        picture = find_typed(home, listing, typed)
        assert picture == (None if row is None else ids[row]), typed
        assert own_time(partial(find_typed, home, listing, typed)) < limit, typed
