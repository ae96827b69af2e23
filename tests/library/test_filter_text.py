"""Filters as the user types them, and written back."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from finder.core.errors import FinderError
from finder.core.library.catalogue.filter.filter_text import (
    EXAMPLE,
    filter_conditions,
    filter_text,
    parse_filter,
)
from finder.core.library.catalogue.filter.picture_filter import (
    NO_FILTER,
    Availability,
    Filter,
    Orientation,
    Span,
)


def test_a_filter_of_nothing_is_everything() -> None:
    assert parse_filter() == parse_filter("", "", "", "") == parse_filter("  ") == NO_FILTER
    assert NO_FILTER.is_everything
    assert not parse_filter(taken_until="2024-06-30").is_everything


def test_a_typed_folder_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", os.fspath(tmp_path / "me"))
    monkeypatch.setenv("USERPROFILE", os.fspath(tmp_path / "me"))
    assert parse_filter(folder="cats/../dogs/").folders == (str(tmp_path / "dogs"),)
    assert parse_filter(folder="~/cats").folders == (str(tmp_path / "me" / "cats"),)
    assert parse_filter("folder:~/cats").folders == (str(tmp_path / "me" / "cats"),)
    assert parse_filter("-folder:'~/my cats'").not_folders == (str(tmp_path / "me" / "my cats"),)


@pytest.mark.parametrize("day", ["yesterday", "2024-13-01", "2024-02-30", "30.6.2024", "2024-6-1"])
@pytest.mark.parametrize("at", ["taken_from", "taken_until", "text"])
def test_an_invalid_day_is_refused(day: str, at: str) -> None:
    with pytest.raises(FinderError) as caught:
        parse_filter(**{at: f"taken<{day}" if at == "text" else day})
    assert day in caught.value.sentence
    assert "2024-06-30" in caught.value.hint


@pytest.mark.parametrize("day", ["2024-06-30", "20240630", "2024-W26-7"])
def test_a_day_may_be_in_any_iso_notation(day: str) -> None:
    expected = Filter((), "2024-06-30", "2024-06-30")
    assert parse_filter(taken_from=day, taken_until=day) == expected
    assert parse_filter(f"taken:{day}") == expected


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("taken>=2024", "2024-01-01", None),
        ("taken>2024", "2025-01-01", None),
        ("taken<2024", None, "2023-12-31"),
        ("taken<=2024", None, "2024-12-31"),
        ("taken:2024", "2024-01-01", "2024-12-31"),
        ("taken=2024-02", "2024-02-01", "2024-02-29"),
        ("taken>2024-02", "2024-03-01", None),
        ("TAKEN<2024-03-01", None, "2024-02-29"),
        ("taken:2023..2024-06", "2023-01-01", "2024-06-30"),
        ("taken>=2023 taken<2024-06 taken>=2022", "2023-01-01", "2024-05-31"),
    ],
)
def test_years_months_and_days(text: str, first: str | None, last: str | None) -> None:
    assert parse_filter(text) == Filter((), first, last)
    changed = text.lower().replace("taken", "changed")
    assert parse_filter(changed) == Filter(changed_from=first, changed_until=last)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("width>2000", Filter(width=Span(2001))),
        ("width>=2000px height<500", Filter(width=Span(2000), height=Span(None, 499))),
        ("height:1080", Filter(height=Span(1080, 1080))),
        ("width:1..5", Filter(width=Span(1, 5))),
        ("pixels>=20MP", Filter(pixels=Span(20_000_000))),
        ("pixels>=1.5mp", Filter(pixels=Span(1_500_000))),
        ("bytes<=2MB", Filter(bytes=Span(None, 2_000_000))),
        ("bytes<=500kb bytes>10", Filter(bytes=Span(11, 500_000))),
        ("size>=2MB size<=20MP", Filter(bytes=Span(2_000_000), pixels=Span(None, 20_000_000))),
        ("size>=99999999999999999999", Filter(bytes=Span(2**63 - 2))),
        ("format:png,jpg format:.JPEG", Filter(formats=("PNG", "JPEG"))),
        ("orientation:Portrait", Filter(orientations=(Orientation.PORTRAIT,))),
        (
            "orientation:square,landscape",
            Filter(orientations=(Orientation.SQUARE, Orientation.LANDSCAPE)),
        ),
        ("name:beach name:'a b'", Filter(name=("beach", "a b"))),
        ('name:"it\'s" path:x>y', Filter(name=("it's",), path=("x>y",))),
        ("available:here", Filter(available=Availability.HERE)),
        ("available:elsewhere", Filter(available=Availability.ELSEWHERE)),
    ],
)
def test_conditions(text: str, expected: Filter) -> None:
    assert parse_filter(text) == expected


@pytest.mark.parametrize(
    ("text", "named", "hint"),
    [
        ("beach", "“beach”", "orientation, name, path"),
        ("colour:red", "“colour:red”", "Possible are: folder, taken, changed, format"),
        ("wdth>2000", "“wdth>2000”", "Did you mean “width”? Possible are: folder"),
        ("-name:x", "“-name:x”", "-folder:"),
        ("name>x", "“name>x”", "name:beach"),
        ("name:", "“name:”", "value is missing"),
        ("-folder:", "“-folder:”", "value is missing"),
        ("-folder>x", "“-folder>x”", "-folder:"),
        ("format:psd", "“psd”", "jpg, jpeg"),
        ("orientation:tall", "“tall”", "landscape, portrait, square"),
        ("available:no", "“no”", "here, elsewhere"),
        ("width>big", "“big”", "2000"),
        ("width>2MB", "“2MB”", "2000"),
        ("bytes>2MP", "“2MP”", "2MB"),
        ("pixels:1..x", "“x”", "20MP"),
        ("taken:9999 taken>9999", "“9999” is not a day", "2024-06-30"),
        ("name:'x", "name:'x", "'two words'"),
        ("width>5 width<5", "6", "Swap"),
    ],
)
def test_what_is_not_understood_is_named_with_what_is_possible(
    text: str, named: str, hint: str
) -> None:
    with pytest.raises(FinderError) as caught:
        parse_filter(text)
    assert named in caught.value.sentence
    assert hint in caught.value.hint


ROUND_TRIPS = [
    *(
        Filter((), first, last)
        for first in (None, "2024-01-01", "2024-06-01", "2024-06-30")
        for last in (None, "2024-06-30", "2024-12-31", "2025-12-31")
    ),
    Filter(
        ("/p", "/p/a b", '/p/it\'s "so"'), not_folders=("/p/'", "/p/x'y", "/p/猫\u00a0", "/p/\\n")
    ),
    Filter(changed_from="2024-02-01", changed_until="2024-02-29"),
    Filter(formats=("JPEG", "HEIF", "TIFF"), width=Span(7), height=Span(None, 8)),
    Filter(pixels=Span(20_000_000, 20_000_000), bytes=Span(1_500_000, 99_999_900_000)),
    Filter(pixels=Span(1_234_567), bytes=Span(0, 123_456_700_000)),
    Filter(orientations=(Orientation.SQUARE, Orientation.PORTRAIT)),
    Filter(name=("-a", "b c", "x:y", "é", "'", '"', "#1", "a,b"), path=("/", "\n", "\udcff")),
    Filter(available=Availability.ELSEWHERE),
]


@pytest.mark.parametrize("filter", ROUND_TRIPS, ids=str)
def test_what_is_written_is_read_as_the_same_filter(filter: Filter) -> None:
    assert parse_filter(filter_text(filter)) == filter
    read = NO_FILTER
    for condition in filter_conditions(filter):
        one = parse_filter(condition)
        assert filter_conditions(one) == [condition]
        read = parse_filter(f"{filter_text(read)} {condition}")
    assert read == filter


def test_written_texts_are_short() -> None:
    text = "taken:2024 changed>=2024-06-02 width>=2001 pixels>=20MP bytes<=1.5MB name:beach"
    assert filter_text(parse_filter(text)) == text
    assert filter_text(parse_filter("taken:2024-02-01..2024-02-29")) == "taken:2024-02"
    assert filter_text(parse_filter("taken:2024-02-03..2024-02-03")) == "taken:2024-02-03"


def test_the_example_is_understood() -> None:
    assert len(filter_conditions(parse_filter(EXAMPLE))) == 6


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("folder:nas-2:/mnt/photos/", "nas-2:/mnt/photos"),
        ("folder:nas-2:/", "nas-2:"),
        ("folder:nas-2:", "nas-2:"),
        ("folder:office:D:/Pictures", "office:D:/Pictures"),
        (r"folder:'office:D:\Pictures'", r"office:D:\Pictures"),
        ("folder:pictures", os.path.abspath("pictures")),
        ("folder:a:b", os.path.abspath("a:b")),
    ],
)
def test_a_folder_of_another_machine_is_no_path_here(text: str, folder: str) -> None:
    read = parse_filter(text)
    assert read.folders == (folder,)
    assert parse_filter(filter_text(read)) == read
