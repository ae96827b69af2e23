"""Saved searches on the command line: save, run, list, rename, delete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import error_of, output_of, run
from making import copied, run_index

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.query.query_spec import (
    BytesSource,
    LibrarySource,
    QueryExample,
    QuerySpec,
    WebSource,
)
from finder.core.search.saved_search import SavedSearch
from finder.use_cases.search.saved_searches import read_search, save_search, search_names


@pytest.fixture
def library(
    home: Home, samples: Path, tmp_path: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> Home:
    """Six birds and cats; `photo.jpg` beside them is one of the birds."""
    for name in ("birds", "cats"):
        copied(sorted((samples / name).glob("*.jpg"))[:3], tmp_path / "album" / name)
    run_index(home, [tmp_path / "album"], [fast_spec], extractors)
    return home


@pytest.fixture
def photo(samples: Path, tmp_path: Path) -> Path:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes((samples / "cats" / "cheetah.jpg").read_bytes())
    return photo


def found(home: Home, *words: str | Path) -> dict[str, Any]:
    answer = json.loads(output_of("search", *words, "--json", home=home))
    assert isinstance(answer, dict)
    return answer


def paths(answer: dict[str, Any]) -> list[str]:
    return [match["path"] for match in answer["combined"]]


def test_a_saved_search_gives_the_same_answer_again(
    library: Home, photo: Path, tmp_path: Path
) -> None:
    birds = tmp_path / "album" / "birds"
    words = ("--folder", birds, "--top", "2", "--metric", "cosine", "--crop", "10%,10%,80%,80%")
    first = found(library, photo, *words, "--rotate", "90", "--save", "Spotted birds")
    assert len(paths(first)) == 2
    assert found(library, "--saved", "spotted BIRDS") == first


def test_other_options_replace_what_was_saved(library: Home, photo: Path, tmp_path: Path) -> None:
    birds, cats = (tmp_path / "album" / name for name in ("birds", "cats"))
    found(library, photo, "--folder", birds, "--top", "1", "--mirror", "--save", "Birds")
    answer = found(library, "--saved", "Birds", "--folder", cats, "--top", "3", "--rotate", "180")
    assert {Path(path).parent for path in paths(answer)} == {cats}
    assert len(paths(answer)) == 3
    assert answer["examples"] == [
        {"path": str(photo), "weight": 1.0, "rotate": 180, "mirror": True}
    ]
    assert len(paths(found(library, "--saved", "Birds", "--filter", "", "--top", "6"))) == 6
    crop = found(library, "--saved", "Birds", "--crop", "0%,0%,50%,50%")["examples"]
    assert crop == [
        {"path": str(photo), "weight": 1.0, "crop": [0.0, 0.0, 0.5, 0.5], "mirror": True}
    ]
    more = found(library, "--saved", "Birds", "--less", photo, "--any-orientation")
    assert [one["weight"] for one in more["examples"]] == [1.0, -0.5]
    assert more["any_orientation"] is True


def test_saving_over_a_name_needs_to_be_asked_for(library: Home, photo: Path) -> None:
    assert run("search", photo, "--save", "Cats", home=library).stderr == "Saved as “Cats”.\n"
    error = error_of("search", photo, "--top", "3", "--save", "cats", home=library)
    assert error == (
        "image-finder: There is a saved search “Cats” already. "
        "Choose another name, or add --replace.\n"
    )
    assert read_search(library, "Cats").top == 10
    output_of("search", photo, "--top", "3", "--save", "cats", "--replace", home=library)
    assert search_names(library) == ["cats"]
    assert read_search(library, "cats").top == 3
    output_of("search", "--saved", "cats", "--top", "4", "--save", "More cats", home=library)
    assert read_search(library, "More cats").top == 4


def test_listing_renaming_and_deleting(library: Home, photo: Path) -> None:
    ended = run("searches", home=library)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert "No search has been saved yet" in ended.stderr
    assert output_of("searches", "--json", home=library) == "[]\n"
    output_of("search", photo, "--filter", "format:jpeg", "--save", "Cats", home=library)
    output_of("search", photo, photo, "--model", "efficientnet-lite0", "--save", "B", home=library)
    assert output_of("searches", home=library) == (
        f"B\t{photo} and 1 more\t\nCats\t{photo}\tformat:jpeg\n"
    )
    listed = json.loads(output_of("searches", "--json", home=library))
    assert listed[1] == {
        "name": "Cats",
        "examples": [{"path": str(photo), "exists": True, "weight": 1.0}],
        "any_orientation": False,
        "filter": "format:jpeg",
        "models": None,
        "top": 10,
        "metric": "euclidean",
    }
    assert listed[0]["models"] == ["efficientnet-lite0"]
    assert output_of("searches", "--rename", "cats", "Lions", home=library) == (
        "The saved search “cats” is “Lions” now.\n"
    )
    assert output_of("searches", "--delete", "lions", home=library) == (
        "The saved search “Lions” was deleted.\n"
    )
    assert search_names(library) == ["B"]


def test_every_kind_of_picture_is_listed_without_its_bytes(library: Home) -> None:
    sources = (
        BytesSource("Pasted picture", b"abc"),
        LibrarySource(7, "a.jpg"),
        WebSource("https://pictures.example/a.jpg", "a.jpg"),
    )
    items = tuple(QueryExample(source) for source in sources)
    save_search(library, SavedSearch("All", QuerySpec(items)))
    (listed,) = json.loads(output_of("searches", "--json", home=library))
    assert listed["examples"] == [
        {"name": "Pasted picture", "bytes": 3, "weight": 1.0},
        {"name": "a.jpg", "picture": 7, "weight": 1.0},
        {"name": "a.jpg", "url": "https://pictures.example/a.jpg", "weight": 1.0},
    ]
    error = error_of("search", "--saved", "All", home=library)
    assert "which asks before it downloads" in error


def test_a_pasted_picture_is_searched_for(library: Home, photo: Path, tmp_path: Path) -> None:
    source = BytesSource("Pasted picture", photo.read_bytes())
    save_search(library, SavedSearch("Pasted", QuerySpec((QueryExample(source),)), top=1))
    photo.unlink()
    cheetah = str(tmp_path / "album" / "cats" / "cheetah.jpg")
    assert paths(found(library, "--saved", "Pasted")) == [cheetah]


def test_a_query_whose_file_is_gone_is_found_by_its_vectors(
    library: Home, photo: Path, tmp_path: Path
) -> None:
    cheetah = str(tmp_path / "album" / "cats" / "cheetah.jpg")
    before = paths(found(library, photo, "--save", "Cats"))
    photo.unlink()
    assert paths(found(library, "--saved", "Cats")) == before
    Path(cheetah).unlink()
    assert paths(found(library, "--saved", "Cats")) == before


def test_a_query_that_is_lost_is_said(library: Home, samples: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jpg"
    other.write_bytes((samples / "castles" / "chambord.jpg").read_bytes())
    output_of("search", other, "--save", "Castles", home=library)
    other.unlink()
    error = error_of("search", "--saved", "Castles", home=library)
    assert f"The picture of the saved search “Castles” is missing: {other}." in error
    assert "save the search again with another picture" in error


def test_wrong_usage_is_said(library: Home, photo: Path) -> None:
    error = error_of("search", home=library, code=2)
    assert "give a picture to search for, --text WORDS, or --saved NAME" in error
    error = error_of("search", photo, "--saved", "Cats", home=library, code=2)
    assert "give a picture to search for, or --saved NAME" in error
    output_of("search", photo, "--save", "Cats", home=library)
    assert "Did you mean “Cats”?" in error_of("search", "--saved", "Catz", home=library)
    assert "Did you mean “Cats”?" in error_of("searches", "--delete", "Catz", home=library)
    assert "Did you mean “Cats”?" in error_of("searches", "--rename", "Cat", "A", home=library)
    assert "needs a name" in error_of("search", photo, "--save", " ", home=library)


def test_without_a_library_nothing_is_made(home: Home) -> None:
    assert "There is no library" in error_of("searches", home=home)
    assert "There is no library" in error_of("search", "--saved", "Cats", home=home)
    assert not home.root.exists()
