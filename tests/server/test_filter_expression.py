"""Filters as a server's expressions: the same pictures as the catalogue's SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from expression_evaluator import Row, fulfils
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_up_places import FOLDERS, HOSTILE, MadeUpPicture, filters, offline_folders, pictures

from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.filter.picture_filter import (
    NO_FILTER,
    Availability,
    Filter,
    Orientation,
    Span,
)
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.catalogue.schema import migrate
from finder.core.library.catalogue.tables.file_table import FileTable
from finder.core.library.catalogue.tables.model_table import ModelTable
from finder.core.library.catalogue.tables.picture_table import PictureTable
from finder.core.library.server.expression import (
    EVERYTHING,
    NOTHING,
    all_of,
    any_of,
    begins_with,
    compare,
    negated,
    one_of,
)
from finder.core.library.server.filter_expression import (
    Place,
    needs_places,
    passes,
    passing_places,
    picture_expression,
    place_expression,
    restricts_places,
)
from finder.core.library.server.folder_scope import Here
from finder.core.library.server.path_mappings import path_here
from finder.core.library.server.path_text import path_of, path_text
from finder.core.pictures.facts import PictureFacts

HERE = Here("here")
FACTS = PictureFacts(40, 30, "JPEG", "2024-01-15 12:00:00", 1)


@pytest.fixture(scope="module")
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        migrate(db)
        yield db


def _by_sql(
    db: sqlite3.Connection, shown: Iterable[MadeUpPicture], filter: Filter, here: Here
) -> tuple[set[int], dict[int, set[str]]]:
    """The pictures that pass, and of each the files that fulfil the filter."""
    table, offline = PictureTable(db, replace(here, offline=())), here.offline
    files = FileTable(db, ModelTable(db), table)
    db.execute("DELETE FROM file")
    db.execute("DELETE FROM picture")
    for one in shown:
        table.put(one.id, one.facts)
        for place in one.places:
            path = _as_in_the_catalogue(place)
            files.put(FileRecord(path, place.size, place.mtime_ns, one.id))
    ids = table.matching(filter, offline).tolist()
    return set(ids), {k: set(v) for k, v in table.places_passing(ids, filter, offline).items()}


def _as_in_the_catalogue(place: Place) -> str:
    return place.path if place.machine == "here" else f"{place.machine}:{place.path}"


def _path_here(place: Place, here: Here) -> str:
    return path_here(_as_in_the_catalogue(place), here.mappings)


@settings(max_examples=150)
@given(pictures(("here", "there", '" or id > 0 or "')), filters(), offline_folders())
def test_expressions_lose_nothing_that_passes(
    shown: list[MadeUpPicture], filter: Filter, offline: frozenset[str]
) -> None:
    here = Here("here", offline)
    by_picture = picture_expression(filter)
    by_place = place_expression(filter, here)
    for one in shown:
        passing = passing_places(filter, one.facts, one.places, here)
        fulfilled = fulfils(by_picture, one.picture_row())
        assert fulfilled or not passing
        assert needs_places(filter) or fulfilled == bool(passing)
        for place, row in zip(one.places, one.place_rows(), strict=True):
            assert fulfils(by_place, row) or place not in passing


def _with_machines(data: st.DataObject, filter: Filter) -> Filter:
    """The same with some folders of another machine."""
    before = st.sampled_from(("", "", "nas-2:"))
    folders, not_folders = (
        tuple(data.draw(before) + folder for folder in some)
        for some in (filter.folders, filter.not_folders)
    )
    return replace(filter, folders=folders, not_folders=not_folders)


_MACHINES = ("here", "nas-2", "nas-20")


@st.composite
def _heres(draw: st.DrawFn) -> Here:
    """Machines whose folders may be mapped into each other's, and to what is offline."""
    theirs = st.builds("{}:{}".format, st.sampled_from(_MACHINES), st.sampled_from(FOLDERS))
    mappings = draw(st.dictionaries(theirs, st.sampled_from(FOLDERS), max_size=3))
    return Here("here", draw(offline_folders()), mappings)


@settings(max_examples=300)
@given(pictures(_MACHINES), filters(), _heres(), st.data())
def test_the_same_pictures_and_places_pass_as_in_a_mirror(
    db: sqlite3.Connection,
    shown: list[MadeUpPicture],
    filter: Filter,
    here: Here,
    data: st.DataObject,
) -> None:
    filter = _with_machines(data, filter)
    expected, expected_places = _by_sql(db, shown, filter, here)
    by_place = place_expression(filter, here)
    for one in shown:
        passing = passing_places(filter, one.facts, one.places, here)
        assert bool(passing) == (one.id in expected)
        found = {_path_here(place, here) for place in passing}
        assert found == expected_places.get(one.id, set())
        for place, row in zip(one.places, one.place_rows(), strict=True):
            assert fulfils(by_place, row) or place not in passing


@settings(max_examples=150)
@given(pictures(_MACHINES), _heres(), st.sampled_from(FOLDERS))
def test_a_file_is_where_its_path_here_says(
    shown: list[MadeUpPicture], here: Here, folder: str
) -> None:
    """By the innermost mapped folder, as for opening it."""
    for one in shown:
        for place in one.places:
            path = _path_here(place, here)
            lies = path.startswith(f"{folder}/")
            assert passes(Filter((folder,)), FACTS, [place], here) == lies
            is_away = not path.startswith("/") or any(
                path.startswith(f"{f}/") for f in here.offline
            )
            assert passes(Filter(available=Availability.ELSEWHERE), FACTS, [place], here) == is_away
            assert passes(Filter(available=Availability.HERE), FACTS, [place], here) != is_away


_MAPPED = {
    "nas-2:/mnt/photos": "/here/photos",
    "nas-2:/": "/here/root",
    "office:D:\\Pictures": "/here/office",
}


@pytest.mark.parametrize(
    ("folder", "machine", "path", "lies"),
    [
        ("/mnt/photos", "here", "/mnt/photos/a.jpg", True),
        ("/mnt/photos", "nas-2", "/mnt/photos/a.jpg", False),
        ("nas-2:/mnt/photos", "nas-2", "/mnt/photos/a.jpg", True),
        ("nas-2:/mnt/photos/", "nas-2", "/mnt/photos/sub/a.jpg", True),
        ("nas-2:/mnt/photos", "nas-2", "/mnt/photos2/a.jpg", False),
        ("nas-2:/mnt/photos", "nas-20", "/mnt/photos/a.jpg", False),
        ("nas-2:/mnt/photos", "here", "/mnt/photos/a.jpg", False),
        ("nas-2:/", "nas-2", "/mnt/a.jpg", True),
        ("nas-2:", "nas-2", "/mnt/a.jpg", True),
        ("/here/photos", "nas-2", "/mnt/photos/2024/a.jpg", True),
        ("/here/photos/2024", "nas-2", "/mnt/photos/2024/a.jpg", True),
        ("/here/photos/2024", "nas-2", "/mnt/photos/2023/a.jpg", False),
        ("/here/photo", "nas-2", "/mnt/photos/a.jpg", False),
        ("/here", "nas-2", "/mnt/photos/a.jpg", True),
        ("/", "nas-2", "/mnt/photos/a.jpg", True),
        ("/here/root/mnt", "nas-2", "/mnt/a.jpg", True),
        ("/here/root/mnt", "nas-2", "/mnt/photos/a.jpg", False),  # which is /here/photos/a.jpg
        ("/here/root/mnt/photos/2024", "nas-2", "/mnt/photos/2024/a.jpg", False),
        ("/here/photos", "nas-20", "/mnt/photos/a.jpg", False),
        ("here:/mnt/photos", "here", "/mnt/photos/a.jpg", True),
        ("/here/photos", "nas-2", "/here/photos/a.jpg", False),
        ("/here/photos", "here", "/here/photos/a.jpg", True),
        ("office:D:\\Pictures", "office", "D:\\Pictures\\a.jpg", True),
        ("office:D:/Pictures/", "office", "D:\\Pictures\\a.jpg", True),
        ("office:", "office", "D:\\Pictures\\a.jpg", True),
        ("/here/office/2024", "office", "D:\\Pictures\\2024\\a.jpg", True),
        ("/here/office/2024", "office", "D:\\Pictures\\20245.jpg", False),
        ("/here/office/20\\24", "office", "D:\\Pictures\\20\\24\\a.jpg", False),
    ],
)
def test_a_folder_is_one_of_a_machine(folder: str, machine: str, path: str, lies: bool) -> None:
    here = Here("here", mappings=_MAPPED)
    one = MadeUpPicture(1, 5, FACTS, [Place(machine, path, 5, 0)])
    for filter, expected in (
        (Filter((folder,)), lies),
        (Filter(not_folders=(folder,)), not lies),
    ):
        assert passes(filter, FACTS, one.places, here) == expected
        assert fulfils(place_expression(filter, here), one.place_rows()[0]) == expected


@pytest.mark.parametrize(
    ("offline", "away"),
    [
        ((), {"nas-2:/srv/x", "office:D:\\x"}),
        (("/here/photos",), {"nas-2:/srv/x", "office:D:\\x", "nas-2:/mnt/photos/x"}),
        (("/here/photos/2024",), {"nas-2:/srv/x", "office:D:\\x"}),
        (
            ("/here",),
            {"nas-2:/srv/x", "office:D:\\x", "nas-2:/mnt/photos/x", "office:D:\\Pictures\\x"},
        ),
    ],
)
def test_what_is_in_a_mapped_folder_can_be_opened_here(
    offline: tuple[str, ...], away: set[str]
) -> None:
    """away: what is mapped, and away."""
    mappings = {folder: _MAPPED[folder] for folder in _MAPPED if folder != "nas-2:/"}
    away = {"nas-2:/srv/x", "office:D:\\x", *away}
    here = Here("here", offline, mappings)
    paths = ("nas-2:/srv/x", "nas-2:/mnt/photos/x", "office:D:\\x", "office:D:\\Pictures\\x")
    for path in paths:
        machine, _, there = path.partition(":")
        one = MadeUpPicture(1, 5, FACTS, [Place(machine, there, 5, 0)])
        for available, expected in (("here", path not in away), ("elsewhere", path in away)):
            filter = Filter(available=Availability(available))
            assert passes(filter, FACTS, one.places, here) == expected
            assert fulfils(place_expression(filter, here), one.place_rows()[0]) == expected


_OF_PLACES = ("folders", "not_folders", "changed_from", "changed_until", "bytes")


@settings(max_examples=100)
@given(pictures(("here", "nas-2")), filters(), offline_folders(), st.data())
def test_expressions_are_exact_where_they_can_be(
    shown: list[MadeUpPicture], filter: Filter, offline: frozenset[str], data: st.DataObject
) -> None:
    """Over pictures: all that is of the picture itself. Over places: folders, days, sizes."""
    of_places = Filter(**{name: getattr(filter, name) for name in _OF_PLACES})
    of_places = _with_machines(data, of_places)
    here = Here("here", offline)
    machine = data.draw(st.sampled_from((None, "here", "nas-2")))
    expression = place_expression(of_places, here, machine)
    for one in shown:
        passing = passing_places(of_places, one.facts, one.places, here)
        for place, row in zip(one.places, one.place_rows(), strict=True):
            expected = place in passing and machine in (None, place.machine)
            assert fulfils(expression, row) == expected
            assert not fulfils(expression, {**row, "picture": -1})


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_folder_is_only_itself(name: str) -> None:
    folder = f"/p/{name}"
    expression = place_expression(Filter((folder,)), HERE)
    for path, is_inside in (
        (f"{folder}/x.jpg", True),
        (f"{folder}/sub/x.jpg", True),
        (f"{folder}x/x.jpg", False),
        (f"{folder}0", False),
        (folder, False),
        ("/p/x.jpg", False),
    ):
        one = MadeUpPicture(1, 5, FACTS, [Place("here", path, 5, 0)])
        assert fulfils(expression, one.place_rows()[0]) == is_inside, path
        assert passes(Filter((folder,)), FACTS, one.places, HERE) == is_inside, path


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
@example('" or id > 0 or "', "")
@example("\\", '"')
def test_a_text_is_equal_to_itself_only(text: str, other: str) -> None:
    assert fulfils(compare("path", "==", text), {"path": text})
    assert fulfils(one_of("path", [other, text]), {"path": text})
    assert fulfils(compare("path", "==", text), {"path": other}) == (text == other)
    assert fulfils(begins_with("path", text), {"path": text + other}), "it begins with itself"
    assert fulfils(begins_with("path", text), {"path": other}) == other.startswith(text)


@given(st.lists(st.integers(-(2**70), 2**70), max_size=3), st.integers(-(2**63) + 1, 2**63 - 1))
def test_no_number_is_refused(numbers: list[int], value: int) -> None:
    for number in numbers:
        assert fulfils(compare("size", ">=", number), {"size": value}) or value < number
    assert fulfils(one_of("size", [*numbers, value]), {"size": value})


def test_conditions_are_joined() -> None:
    first, second = compare("width", ">", 1), compare("format", "==", "PNG")
    row: Row = {"id": 5, "width": 2, "format": "JPEG"}
    assert all_of([]) == all_of([EVERYTHING]) == EVERYTHING
    assert any_of([]) == negated(EVERYTHING) == one_of("id", []) == NOTHING
    assert any_of([first, EVERYTHING]) == EVERYTHING
    assert all_of([EVERYTHING, first]) == any_of([first]) == first
    assert not fulfils(NOTHING, row)
    assert fulfils(any_of([first, second]), row)
    assert not fulfils(all_of([first, second]), row)
    assert fulfils(all_of([first, negated(second)]), row)
    assert fulfils(all_of([any_of([second, first]), first]), row)
    assert not fulfils(negated(any_of([first, second])), row)


@pytest.mark.parametrize("path", [f"/p/{name}/x" for name in HOSTILE])
def test_a_path_comes_back_from_its_text(path: str) -> None:
    text = path_text(path)
    text.encode()
    assert path_of(text) == path


def test_paths_have_different_texts() -> None:
    paths = ("/%FF", "/\udcff", "/%25FF", "/%", "/%%", "/%25", "/é", "/\udcc3\udca9")
    texts = {path_text(path) for path in paths}
    assert len(texts) == len(paths)
    assert path_text("/\udcff%") == "/%FF%25"


def test_no_filter_says_nothing_about_pictures() -> None:
    assert picture_expression(NO_FILTER) == EVERYTHING
    assert not needs_places(NO_FILTER)
    assert place_expression(NO_FILTER, HERE) == "picture >= 0"


def test_a_filter_reads_well() -> None:
    filter = parse_filter("width>2000 format:bmp orientation:portrait taken:2024")
    assert picture_expression(filter) == (
        '(format in ["BMP", "DIB"]) and (width >= 2001) and (width < height)'
        ' and ((taken == "") or ((taken >= "2024-01-01") and (taken < "2024-12-31 ~")))'
    )
    assert needs_places(filter)
    assert not restricts_places(filter), "dates taken are in the first half"
    assert not needs_places(Filter(formats=("PNG",), bytes=Span(1)))
    for one in (Filter(("/p",)), Filter(name=("x",)), Filter(changed_until="2024-01-01")):
        assert restricts_places(one)
        assert needs_places(one)


@pytest.mark.parametrize(
    ("available", "offline", "expected"),
    [
        (Availability.HERE, (), {"both", "here"}),
        (Availability.ELSEWHERE, (), {"there"}),
        (Availability.HERE, ("/p",), set()),
        (Availability.ELSEWHERE, ("/p",), {"both", "here", "there"}),
    ],
)
def test_what_other_machines_have_is_elsewhere(
    available: Availability, offline: tuple[str, ...], expected: set[str]
) -> None:
    here, there = Place("nas-1", "/p/x.jpg", 5, 0), Place("nas-2", "/p/x.jpg", 5, 0)
    shown = {"both": [here, there], "here": [here], "there": [there]}
    filter = Filter(available=available)
    this = Here("nas-1", offline)
    assert {name for name, p in shown.items() if passes(filter, FACTS, p, this)} == expected
    expression = place_expression(filter, this)
    for name in expected:
        rows = MadeUpPicture(1, 5, FACTS, shown[name]).place_rows()
        assert any(fulfils(expression, row) for row in rows)


def test_a_picture_without_a_place_does_not_pass() -> None:
    assert not passes(NO_FILTER, FACTS, [], HERE)
    assert not passes(
        Filter(orientations=(Orientation.PORTRAIT,)), FACTS, [Place("here", "/x", 5, 0)], HERE
    )
