"""The library's pictures in an order, with sections; the records of a range; counts; names."""

from __future__ import annotations

import os
import sqlite3
import time
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from random import Random

import numpy as np
import pytest
from stored_files import Picture, Place, store

from finder.core.errors import Reason
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.folded_text import by_name, folded, with_numbers
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.listing import Listing, Month, Order
from finder.core.library.natural_order import natural_order
from finder.core.paths import Home
from finder.use_cases.library.library_pictures import (
    NameSearch,
    library_counts,
    list_library,
    listed_pictures,
)


def sections(listing: Listing) -> list[tuple[object, list[int]]]:
    """Each section's title, with its pictures."""
    assert sum(section.length for section in listing.sections) == len(listing)
    assert [s.start for s in listing.sections] == list(
        np.cumsum([0, *(s.length for s in listing.sections)])[:-1]
    )
    ids = listing.pictures.tolist()
    return [(s.title, ids[s.start : s.start + s.length]) for s in listing.sections]


def listed(home: Home, order: Order, text: str = "", *offline: str) -> list[int]:
    listing = list_library(home, parse_filter(text), order, offline)
    return [int(picture) for picture in listing.pictures]


@pytest.fixture
def album(home: Home) -> Home:
    store(
        home,
        [
            Picture(
                11,
                [Place("/p/b/Zoo.jpg", 5, datetime(2023, 5, 1))],
                taken=datetime(2024, 2, 29, 23, 59, 59),
            ),
            Picture(12, [Place("/p/b/apple.jpg", 7, datetime(2024, 2, 1))], 300, 400),
            Picture(
                13,
                [
                    Place("/p/a/copy.jpg", 9, datetime(2024, 3, 1)),
                    Place("/p/b/émile.jpg", 9, datetime(2020, 1, 31, 23, 30)),
                ],
            ),
            Picture(14, [Place("/p/B/x.jpg", 1)], taken=datetime(2024, 3, 1)),
        ],
    )
    return home


def test_newest_first_by_month(album: Home) -> None:
    """A picture without a date taken by the earliest time of its files, as the local clock shows
    it."""
    listing = list_library(album)
    assert listing.pictures.dtype == np.int64
    assert listing.aspects.dtype == np.float32
    assert sections(listing) == [
        (Month(2024, 3), [14]),
        (Month(2024, 2), [11, 12]),
        (Month(2020, 1), [13]),
    ]
    assert listing.aspects.tolist() == pytest.approx([4 / 3, 4 / 3, 3 / 4, 4 / 3])


def test_months_are_those_of_the_local_clock(home: Home, zone: str) -> None:
    moments = [datetime(2024, 7, 1), datetime(2024, 6, 30, 23, 59, 59), datetime(1950, 6, 1)]
    store(home, [Picture(n, [Place(f"/p/{n}", 1, when)]) for n, when in enumerate(moments)])
    assert sections(list_library(home)) == [
        (Month(2024, 7), [0]),
        (Month(2024, 6), [1]),
        (Month(1950, 6), [2]),
    ]
    assert listed(home, Order.NEWEST, "taken:2024-07") == [0]


def test_by_folder_then_name(album: Home) -> None:
    """Folders and names without regard to case; a picture in two folders is in the first one."""
    assert sections(list_library(album, order=Order.FOLDER)) == [
        ("/p/a", [13]),
        ("/p/B", [14]),
        ("/p/b", [12, 11]),
    ]
    inside = list_library(album, parse_filter("folder:/p/b"), Order.FOLDER)
    assert sections(inside) == [("/p/b", [12, 11, 13])], "é is behind z, whatever the locale"


def test_by_name_by_size_and_by_addition(album: Home) -> None:
    assert listed(album, Order.NAME) == [12, 13, 14, 11]
    assert listed(album, Order.SIZE) == [13, 12, 11, 14]
    with closing(sqlite3.connect(album.catalogue)) as db, db:
        db.execute("UPDATE picture SET added = NULL WHERE id IN (11, 14)")
        added = int(datetime(2026, 1, 15).timestamp())
        db.execute("UPDATE picture SET added = ? WHERE id = 12", (added,))
        db.execute("UPDATE picture SET added = ? WHERE id = 13", (added + 40 * 86_400,))
    assert sections(list_library(album, order=Order.ADDED)) == [
        (Month(2026, 2), [13]),
        (Month(2026, 1), [12]),
        (None, [14, 11]),
    ]


NAMES = ["IMG10.jpg", "img2.jpg", "img1.jpg", "img02.jpg", "img.jpg", "img2b.jpg", "img-3.jpg"]
NATURAL = ["img-3.jpg", "img.jpg", "img1.jpg", "img02.jpg", "img2.jpg", "img2b.jpg", "IMG10.jpg"]


def test_names_are_in_natural_order(home: Home) -> None:
    """Numbers by their value, without regard to case; in names and in folders."""
    store(home, [Picture(n, [Place(f"/p/{name}")]) for n, name in enumerate(NAMES)])
    assert [NAMES[picture] for picture in listed(home, Order.NAME)] == NATURAL
    assert sorted(NAMES, key=by_name) == NATURAL
    assert [NAMES[picture] for picture in listed(home, Order.FOLDER)] == NATURAL
    assert listed(home, Order.NAME, "name:img10") == [0]
    store(home, [Picture(n, [Place(f"/p/Trip {n}/1.jpg")]) for n in (20, 100, 3)])
    listing = list_library(home, parse_filter("name:1.jpg path:trip"), Order.FOLDER)
    assert [title for title, _ in sections(listing)] == ["/p/Trip 3", "/p/Trip 20", "/p/Trip 100"]
    store(home, [Picture(7, [Place("/q/img9.jpg"), Place("/q/img10.jpg")])])
    assert listed_pictures(home, [7], order=Order.NAME)[7].paths[0] == "/q/img9.jpg"


def test_many_names_at_once_have_the_order_of_single_ones() -> None:
    random = Random(1)
    for _ in range(500):
        texts = ["".join(random.choices("0012aé-zÄ. ", k=random.randrange(1, 9))) for _ in range(9)]
        names = sorted(map(folded, texts))
        order = natural_order(b"/".join(names))
        assert [names[at] for at in order] == sorted(names, key=with_numbers)
    longest = [b"9" * 250, b"1" + b"0" * 250, b"0" * 300 + b"7", b"0"]
    assert natural_order(b"/".join(longest)).tolist() == [3, 2, 1, 0], "beyond the longest count"


def test_what_is_added_gets_the_time_once(home: Home) -> None:
    before = int(time.time())
    store(home, [Picture(1, [Place("/p/1")])])
    with closing(sqlite3.connect(home.catalogue)) as db, db:
        ((added,),) = db.execute("SELECT added FROM picture").fetchall()
        assert before <= added <= time.time()
        db.execute("UPDATE picture SET added = 5")
    store(home, [Picture(1, [Place("/p/again")])])
    with closing(sqlite3.connect(home.catalogue)) as db:
        assert db.execute("SELECT added FROM picture").fetchall() == [(5,)]


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(
    "text",
    [
        "",
        "name:a",
        "folder:/p/b",
        "orientation:portrait",
        "taken:2024",
        "taken:2020 name:é",
        "taken>=2024-03 folder:/p/b",
        "taken:2024-03 -folder:/p/b",
        "available:elsewhere",
        "name:nothing",
    ],
)
def test_a_listing_has_what_passes_the_filter(album: Home, order: Order, text: str) -> None:
    with closing(Catalogue(album)) as catalogue:
        passing = catalogue.pictures.matching(parse_filter(text), ["/p/a"]).tolist()
    found = listed(album, order, text, "/p/a")
    assert sorted(found) == passing
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("order", list(Order))
def test_an_empty_library_has_an_empty_listing(home: Home, order: Order) -> None:
    listing = list_library(home, order=order)
    assert (len(listing), listing.sections) == (0, ())


def test_pictures_that_have_lost_their_files_are_not_listed(album: Home) -> None:
    with closing(Catalogue(album)) as catalogue, catalogue.transaction():
        catalogue.files.remove(["/p/B/x.jpg"])
        catalogue.files.put(FileRecord("/p/B/y.jpg", 1, 1, None, Reason.EMPTY))
    for order in Order:
        assert sorted(listed(album, order)) == [11, 12, 13]


@pytest.mark.parametrize("order", list(Order))
def test_the_records_begin_with_the_place_that_is_listed(album: Home, order: Order) -> None:
    found = listed_pictures(album, [13, 12, 99], order=order)
    assert found.keys() == {12, 13}
    assert found[12].facts.width == 300
    assert found[13].paths == ("/p/a/copy.jpg", "/p/b/émile.jpg")
    in_b = listed_pictures(album, [13], parse_filter("folder:/p/b"), order)
    assert in_b[13].paths == ("/p/b/émile.jpg", "/p/a/copy.jpg")
    named = listed_pictures(album, [13], parse_filter("name:ÉMILE"), order, ["/p/b"])
    assert named[13].paths[0] == "/p/b/émile.jpg"
    away = listed_pictures(album, [13, 12], order=order, offline=["/p/a"])
    assert away[13].paths == ("/p/b/émile.jpg", "/p/a/copy.jpg")
    assert away[13].missing == {"/p/a/copy.jpg"}
    assert not away[13].is_offline


def test_counts_add_up(album: Home) -> None:
    store(album, [Picture(13, [Place("/p/a/again.jpg")])])
    with closing(Catalogue(album)) as catalogue, catalogue.transaction():
        for folder in ("/p/a", "/p/b", "/p/B"):
            catalogue.folders.add(folder)
        catalogue.files.put(FileRecord("/p/b/no.jpg", 1, 1, None, Reason.EMPTY))
        catalogue.removed.mark_files(12)
    counts = library_counts(album)
    assert [(f.path, f.files, f.pictures, f.skipped, f.removed) for f in counts.folders] == [
        ("/p/B", 1, 1, 0, 0),
        ("/p/a", 2, 1, 0, 0),
        ("/p/b", 2, 2, 1, 1),
    ]
    assert [folder.copies for folder in counts.folders] == [0, 1, 0]
    assert (counts.files, counts.pictures, counts.copies) == (5, 3, 2)
    assert counts.in_several_folders == 1
    assert sum(folder.files for folder in counts.folders) == counts.files


# Names


@pytest.fixture
def names(home: Home) -> Iterator[NameSearch]:
    store(
        home,
        [
            Picture(n, [Place(path)])
            for n, path in enumerate(
                [
                    "/p/Beach 2024/sun.jpg",
                    "/p/Beach 2024/deep/er/my beach.jpg",
                    "/p/x/BEACH.jpg",
                    "/p/x/beaches.jpg",
                    f"/p/x/{unicodedata.normalize('NFD', 'Café')}.jpg",
                    "/p/the beach/1.jpg",
                    "/p/100%/_a.jpg",
                ]
            )
        ],
    )
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.folders.add("/p")
        catalogue.files.put(FileRecord("/p/x/beach skipped.jpg", 1, 1, None, Reason.EMPTY))
    with closing(NameSearch(home)) as names:
        yield names


def found(names: NameSearch, text: str, limit: int = 20) -> list[str]:
    matches = names.search(text, limit)
    assert all(match.is_folder == ("." not in match.path) for match in matches)
    return [match.path.removeprefix("/p/") for match in matches]


def test_names_that_begin_with_the_text_are_first(names: NameSearch) -> None:
    assert found(names, "beach") == [
        "Beach 2024",
        "x/BEACH.jpg",
        "x/beaches.jpg",
        "the beach",
        "Beach 2024/deep/er/my beach.jpg",
    ]
    assert found(names, "CAFÉ") == [f"x/{unicodedata.normalize('NFD', 'Café')}.jpg"]
    assert found(names, "deep") == ["Beach 2024/deep"], "a folder without files of its own"
    assert found(names, "%") == ["100%"]
    assert found(names, "_") == ["100%/_a.jpg"]
    assert found(names, "p")[0] == "/p", "the library's own folder"
    assert found(names, "nothing") == found(names, " ") == []


def test_neither_folders_nor_files_take_all_places(names: NameSearch) -> None:
    assert found(names, "beach", 2) == ["Beach 2024", "x/BEACH.jpg"]
    assert found(names, "beach", 3) == ["Beach 2024", "x/BEACH.jpg", "x/beaches.jpg"]
    assert len(found(names, "e", 4)) == 4


def test_new_names_are_found(names: NameSearch, home: Home) -> None:
    assert found(names, "new") == []
    store(home, [Picture(50, [Place("/p/new/new.jpg")])])
    assert found(names, "new") == ["new", "new/new.jpg"]
    names.close()
    os.replace(home.catalogue, home.catalogue.with_name("old"))
    store(home, [])
    assert found(names, "new") == []
