"""Which pictures pass each criterion of a filter, compared with plain Python; and names, in every
script."""

from __future__ import annotations

import os
import unicodedata
from contextlib import closing
from datetime import datetime

import numpy as np
import pytest
from stored_files import Picture, Place, store

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.library.catalogue.folded_text import folded
from finder.core.paths import Home


def passing(home: Home, filter: Filter | str, *offline: str) -> set[int]:
    if isinstance(filter, str):
        filter = parse_filter(filter)
    with closing(Catalogue(home)) as catalogue:
        found = catalogue.pictures.matching(filter, offline).tolist()
    assert found == sorted(set(found))
    return set(found)


def places_passing(home: Home, picture: int, text: str, *offline: str) -> set[str]:
    with closing(Catalogue(home)) as catalogue:
        found = catalogue.pictures.places_passing([picture], parse_filter(text), offline)
    return set(found[picture])


def test_facts_of_the_picture(home: Home) -> None:
    place = [Place("/p/1.jpg")]
    store(
        home,
        [
            Picture(1, place, 4_000, 3_000),
            Picture(2, [Place("/p/2.png")], 3_000, 4_000, "PNG"),
            Picture(3, [Place("/p/3.bmp")], 500, 500, "DIB"),
            Picture(4, [Place("/p/4.jpg")], 1_000, 400, "MPO"),
        ],
    )
    assert passing(home, "format:jpg") == {1, 4}
    assert passing(home, "format:bmp,png") == {2, 3}
    assert passing(home, "orientation:portrait") == {2}
    assert passing(home, "orientation:landscape,square") == {1, 3, 4}
    assert passing(home, "width>=1000") == {1, 2, 4}
    assert passing(home, "width>1000 height<=3000") == {1}
    assert passing(home, "pixels>=12MP") == {1, 2}
    assert passing(home, "pixels:400000") == {4}
    assert passing(home, "pixels>12MP") == set()
    assert passing(home, "format:jpg orientation:landscape width<4000") == {4}


def test_one_file_must_fulfil_all_of_the_files_criteria(home: Home) -> None:
    old, new = datetime(2020, 1, 1), datetime(2024, 1, 1)
    store(
        home,
        [
            Picture(1, [Place("/a/1.jpg", 10, old), Place("/b/one.jpg", 10, new)]),
            Picture(2, [Place("/b/2.jpg", 10_000, old)]),
        ],
    )
    assert passing(home, "folder:/b") == {1, 2}
    assert passing(home, "folder:/b -folder:/a") == {1, 2}
    assert passing(home, "-folder:/b") == {1}
    assert passing(home, "-folder:/a -folder:/b") == set()
    assert passing(home, "folder:/a folder:/b changed<2021") == {1, 2}
    assert passing(home, "folder:/b changed<2021") == {2}
    assert passing(home, "folder:/a changed>2021") == set()
    assert passing(home, "bytes<=1kb") == {1}
    assert passing(home, "size>1kb folder:/b") == {2}
    assert places_passing(home, 1, "changed>2021") == {"/b/one.jpg"}
    assert places_passing(home, 1, "name:1") == {"/a/1.jpg"}


def test_a_file_counts_for_the_day_only_without_a_date_taken(home: Home) -> None:
    early, late = datetime(2020, 1, 1), datetime(2024, 1, 1)
    store(
        home,
        [
            Picture(1, [Place("/a/1.jpg", changed=early), Place("/b/1.jpg", changed=late)]),
            Picture(2, [Place("/a/2.jpg", changed=early)], taken=late),
            Picture(3, [Place("/b/3.jpg", changed=late)], taken=early),
        ],
    )
    assert passing(home, "taken:2024") == {1, 2}
    assert passing(home, "taken:2024 folder:/a") == {2}
    assert passing(home, "changed:2024") == {1, 3}
    assert places_passing(home, 1, "taken:2024") == {"/b/1.jpg"}
    assert places_passing(home, 2, "taken:2024") == {"/a/2.jpg"}


def test_available_here_or_elsewhere(home: Home) -> None:
    store(
        home,
        [
            Picture(1, [Place("/here/1.jpg")]),
            Picture(2, [Place("/away/2.jpg"), Place("/far/2.jpg")]),
            Picture(3, [Place("/away/3.jpg"), Place("/here/3.jpg")]),
        ],
    )
    assert passing(home, "available:here", "/away", "/far") == {1, 3}
    assert passing(home, "available:elsewhere", "/away", "/far") == {2}
    assert passing(home, "available:elsewhere", "/away") == set()
    assert passing(home, "available:here") == {1, 2, 3}
    assert passing(home, "available:elsewhere") == set()
    assert places_passing(home, 3, "available:here", "/away") == {"/here/3.jpg"}


NFC, NFD = "Café Ångström", unicodedata.normalize("NFD", "Café Ångström")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/p/BEACH.JPG", "beach"),
        ("/p/beach.jpg", "EACH.J"),
        (f"/p/{NFC}.jpg", NFD.upper()),
        (f"/p/{NFD}.jpg", NFC.lower()),
        ("/p/Straße.jpg", "STRASSE"),
        ("/p/STRASSE.jpg", "straße"),
        ("/p/ΟΔΟΣ.jpg", "οδος"),
        ("/p/Москва.jpg", "МОСКВА"),
        ("/p/İstanbul.jpg", "istanbul"),
        (f"/p/{unicodedata.normalize('NFD', '고양이')}.jpg", "고양"),
        ("/p/Tiếng Việt.jpg", unicodedata.normalize("NFD", "TIẾNG")),
        ("/p/100% _sure_.jpg", "% _"),
        ("/p/not text \udcff.jpg", "text \udcff"),
        ("/p/猫 🐈.jpg", "🐈"),
    ],
)
def test_a_name_is_found_in_every_script(home: Home, path: str, text: str) -> None:
    store(home, [Picture(1, [Place(path)]), Picture(2, [Place("/p/other.png")])])
    assert passing(home, Filter(name=(text,))) == {1}
    assert passing(home, Filter(path=(text,))) == {1}


def test_a_name_is_not_a_folders_name(home: Home) -> None:
    store(
        home,
        [
            Picture(1, [Place("/Beach/1.jpg")]),
            Picture(2, [Place("/p/Beach 2.jpg"), Place("/p/copy.jpg")]),
            Picture(3, [Place("/p/3.jpg")]),
        ],
    )
    assert passing(home, "name:beach") == {2}
    assert passing(home, "path:beach") == {1, 2}
    assert passing(home, "path:beach/1") == {1}
    assert passing(home, "name:/") == set()
    assert passing(home, "name:beach name:2") == {2}
    assert passing(home, "name:beach name:copy") == set(), "of two files"
    assert places_passing(home, 2, "name:beach") == {"/p/Beach 2.jpg"}


def test_a_name_of_another_machine_has_its_separators(home: Home) -> None:
    places = (
        "win:C:\\Photos\\Trip\\sea.jpg",
        "nas-2:/mnt/photos/a\\b.jpg",
        "win:\\\\nas\\x\\sun.png",
    )
    store(home, [Picture(n, [Place(path)]) for n, path in enumerate(places)])
    for text, found in (
        ("name:sea", {0}),
        ("name:trip", set()),
        ("name:win", set()),
        ("name:photos", set()),
        ("name:'a\\b'", {1}),
        ("name:nas", set()),
        ("path:win:", {0, 2}),
        ("path:photos/trip/", {0}),
        ("path:'photos\\trip'", {0}),
        ("path:photos/a", {1}),
    ):
        assert passing(home, text) == found, text


def _random_pictures(random: np.random.Generator) -> list[Picture]:
    made = []
    for n in range(150):
        places = [
            Place(
                f"/p/{random.choice(['a', 'b', 'Beach'])}/{random.choice(['Sea', 'sky'])} {n}.{i}",
                int(random.integers(0, 3_000)),
                datetime(2024, int(random.integers(1, 13)), int(random.integers(1, 28)), 12),
            )
            for i in range(int(random.integers(1, 3)))
        ]
        dated = random.random() < 0.5
        taken = (
            datetime(2024, int(random.integers(1, 13)), int(random.integers(1, 28)))
            if dated
            else None
        )
        width, height = (int(side) for side in random.integers(1, 4, 2) * 1_000)
        made.append(
            Picture(
                int(random.integers(1, 2**62)),
                places,
                width,
                height,
                str(random.choice(["PNG", "JPEG"])),
                taken,
            )
        )
    return made


def _plainly(filter: Filter, one: Picture) -> bool:
    """Whether a picture passes."""

    def days(moment: datetime, first: str | None, last: str | None) -> bool:
        return (first or "0") <= moment.date().isoformat() <= (last or "9")

    def fulfils(place: Place) -> bool:
        return (
            (not filter.folders or place.path.startswith(tuple(f"{f}/" for f in filter.folders)))
            and not place.path.startswith(tuple(f"{f}/" for f in filter.not_folders))
            and days(one.taken or place.changed, filter.taken_from, filter.taken_until)
            and days(place.changed, filter.changed_from, filter.changed_until)
            and place.size >= (filter.bytes.least or 0)
            and all(folded(text) in folded(os.path.basename(place.path)) for text in filter.name)
            and all(folded(text) in folded(place.path) for text in filter.path)
        )

    shape = ("landscape", "square", "portrait")[
        1 + (one.height > one.width) - (one.height < one.width)
    ]
    return (
        (not filter.formats or one.format in filter.formats)
        and one.width >= (filter.width.least or 0)
        and one.width * one.height <= (filter.pixels.most or 10**9)
        and (not filter.orientations or shape in filter.orientations)
        and any(map(fulfils, one.places))
    )


CONDITIONS = [
    "folder:/p/a",
    "folder:/p/b",
    "-folder:/p/Beach",
    "taken>=2024-04",
    "taken<2024-10",
    "changed>2024-03",
    "changed<=2024-11",
    "format:png",
    "width>=2000",
    "pixels<=4MP",
    "bytes>=500",
    "orientation:portrait,square",
    "name:sea",
    "path:beach",
    "path:/P/",
]


def test_all_criteria_together_against_plain_python(home: Home) -> None:
    random = np.random.default_rng(3)
    pictures = _random_pictures(random)
    store(home, pictures)
    found = 0
    for _ in range(150):
        text = " ".join(random.choice(CONDITIONS, int(random.integers(1, 5)), replace=False))
        expected = {one.id for one in pictures if _plainly(parse_filter(text), one)}
        assert passing(home, text) == expected, text
        found += len(expected)
    assert found > 1_000
