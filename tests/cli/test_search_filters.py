"""Searching in a folder and a span of days, from the command line."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from command_line import error_of, output_of, run
from making import copied, run_index
from PIL import Image
from PIL.ExifTags import IFD, Base

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home

DAYS = {
    "cats/kitten.jpg": "2024-03-01",
    "cats/cheetah.jpg": "2024-03-02",
    "birds/kingfisher.jpg": "2024-03-03",
}


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """Three pictures in three folders, without a time taken; the files' times count. One of them
    has a copy."""
    album = tmp_path_factory.mktemp("album")
    for name, day in DAYS.items():
        (picture,) = copied([samples / name], album / Path(name).parent)
        noon = datetime.fromisoformat(f"{day} 12:00:00").timestamp()
        os.utime(picture, (noon, noon))
    shutil.copytree(album / "birds", album / "birdsong")
    return album


@pytest.fixture(scope="module")
def library(
    album: Path,
    tmp_path_factory: pytest.TempPathFactory,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> Home:
    """Only to be read."""
    home = Home(tmp_path_factory.mktemp("filters") / "home")
    assert run_index(home, [album], [fast_spec], extractors).done == 4
    return home


def _found(home: Home, picture: Path, *words: str | Path) -> list[str]:
    """The names of the combined matches, the nearest first."""
    text = output_of("search", picture, *words, "--json", home=home)
    return [Path(match["path"]).name for match in json.loads(text)["combined"]]


def test_a_folder_limits_the_matches(library: Home, album: Path, samples: Path) -> None:
    kitten = samples / "cats" / "kitten.jpg"
    assert _found(library, kitten)[0] == "kitten.jpg"
    assert len(_found(library, kitten)) == 3
    assert _found(library, kitten, "--folder", album / "cats") == ["kitten.jpg", "cheetah.jpg"]
    assert _found(library, kitten, "--folder", album / "birds") == ["kingfisher.jpg"]
    assert _found(library, kitten, "--folder", album / "birdsong") == ["kingfisher.jpg"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--since 2024-03-02", {"cheetah.jpg", "kingfisher.jpg"}),
        ("--until 2024-03-02", {"kitten.jpg", "cheetah.jpg"}),
        ("--since 2024-03-02 --until 2024-03-02", {"cheetah.jpg"}),
        ("--since 2000-01-01", {"kitten.jpg", "cheetah.jpg", "kingfisher.jpg"}),
    ],
)
def test_days_limit_the_matches(library: Home, samples: Path, words: str, found: set[str]) -> None:
    names = _found(library, samples / "cats" / "kitten.jpg", *words.split())
    assert set(names) == found
    assert len(names) == len(found)


def test_folder_and_days_limit_together(library: Home, album: Path, samples: Path) -> None:
    kitten = samples / "cats" / "kitten.jpg"
    words = ("--folder", album / "cats", "--since", "2024-03-02", "--until", "2024-03-03")
    assert _found(library, kitten, *words) == ["cheetah.jpg"]


def test_a_typed_folder_may_be_relative(library: Home, album: Path, samples: Path) -> None:
    folder = os.path.relpath(album / "cats" / ".." / "birds") + os.sep
    kitten = samples / "cats" / "kitten.jpg"
    assert _found(library, kitten, "--folder", folder) == ["kingfisher.jpg"]


def test_ranks_are_those_within_the_folder(library: Home, album: Path, samples: Path) -> None:
    text = output_of(
        "search", samples / "cats" / "kitten.jpg", "--folder", album / "birds", home=library
    )
    rows = [line.split("\t") for line in text.splitlines()]
    assert [(row[1], row[3]) for row in rows] == [("1", str(album / "birds" / "kingfisher.jpg"))]


@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize("day", ["yesterday", "2024-02-30", "30.6.2024"])
def test_an_invalid_day_is_refused_with_a_hint(
    library: Home, samples: Path, option: str, day: str
) -> None:
    text = error_of("search", samples / "cats" / "kitten.jpg", option, day, home=library)
    assert (
        text == f"image-finder: “{day}” is not a day. Write it like 2024-06-30, 2024-06 or 2024.\n"
    )


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("--folder", "/nowhere/at/all", "folder:/nowhere/at/all"),
        ("--since", "2030", "taken>=2030-01-01"),
        ("--filter", "name:'a b' format:png", "format:png name:'a b'"),
    ],
)
def test_an_empty_filter_is_reported_with_a_hint(
    library: Home, samples: Path, option: str, value: str, named: str
) -> None:
    text = error_of("search", samples / "cats" / "kitten.jpg", option, value, home=library)
    assert text == (
        f"image-finder: No indexed picture passes the filter: {named}"
        " Remove one of its conditions, or write another one.\n"
    )


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ("name:king", {"kingfisher.jpg"}),
        ("path:CATS", {"kitten.jpg", "cheetah.jpg"}),
        ("taken:2024-03-02..2024-03-03 format:jpg", {"cheetah.jpg", "kingfisher.jpg"}),
        ("available:here size<50MB", {"kitten.jpg", "cheetah.jpg", "kingfisher.jpg"}),
    ],
)
def test_conditions_limit_the_matches(
    library: Home, samples: Path, conditions: str, found: set[str]
) -> None:
    kitten = samples / "cats" / "kitten.jpg"
    assert set(_found(library, kitten, "--filter", conditions)) == found


def test_a_condition_that_is_not_understood_is_named(library: Home, samples: Path) -> None:
    kitten = samples / "cats" / "kitten.jpg"
    text = error_of("search", kitten, "--filter", "nam:king", home=library)
    assert text.startswith("image-finder: The filter's condition “nam:king” is not understood.")
    assert "orientation, name, path" in text


def test_a_folder_whose_name_begins_alike_is_another_one(
    library: Home, album: Path, samples: Path
) -> None:
    error_of("search", samples / "cats" / "kitten.jpg", "--folder", album / "bird", home=library)


def test_days_in_the_wrong_order_are_reported(library: Home, samples: Path) -> None:
    words = ("--since", "2024-03-03", "--until", "2024-03-01")
    text = error_of("search", samples / "cats" / "kitten.jpg", *words, home=library)
    assert text == (
        "image-finder: No day is both after 2024-03-03 and before 2024-03-01. Swap the two days.\n"
    )


def test_several_pictures_are_one_query(library: Home, samples: Path) -> None:
    pictures = [samples / "cats" / "kitten.jpg", samples / "birds" / "kingfisher.jpg"]
    found = json.loads(output_of("search", *pictures, "--json", home=library))
    assert found["query"] == str(pictures[0])
    assert found["queries"] == list(map(str, pictures))
    assert {Path(match["path"]).name for match in found["combined"][:2]} == {
        "kitten.jpg",
        "kingfisher.jpg",
    }


def test_a_picture_without_a_date_counts_by_its_files_time(
    tmp_path: Path, fast_spec: ModelSpec, extractors: ExtractorPool, samples: Path
) -> None:
    """Two pictures of different days; one has a date taken."""
    home = Home(tmp_path / "home")
    exif = Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "2024:03:05 10:11:12"
    Image.new("RGB", (64, 64), "tan").save(tmp_path / "taken.jpg", exif=exif)
    folder = tmp_path / "pictures"
    copied([tmp_path / "taken.jpg"], folder)
    (kitten,) = copied([samples / "cats" / "kitten.jpg"], folder)
    noon = datetime.fromisoformat("2024-03-01 12:00:00").timestamp()
    os.utime(kitten, (noon, noon))
    run_index(home, [folder], [fast_spec], extractors)
    words = ("search", kitten, "--since", "2024-03-01", "--until", "2024-03-31")
    found = json.loads(output_of(*words, "--json", home=home))
    for matches in (found["combined"], *found["models"].values()):
        assert {Path(m["path"]).name: (m.get("taken"), m.get("file_time")) for m in matches} == {
            "kitten.jpg": (None, "2024-03-01 12:00:00"),
            "taken.jpg": ("2024-03-05 10:11:12", None),
        }
    note = "Where no date taken is known, the file's time counts.\n"
    assert run(*words, home=home).stderr == note
    assert run(*words[:2], home=home).stderr == "", "no days were asked for"
    (found_one,) = json.loads(output_of(*words[:2], "--json", home=home))["models"].values()
    assert not any({"taken", "file_time"} & set(match) for match in found_one)
