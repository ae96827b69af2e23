"""`image-finder search --text`: what is found by words, and in which form it is printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import error_of, output_of, run
from made_up_towers import MadeUpTowers, word_spec
from making import FACTS, Vectors, outcome, tiny_spec, unit_vectors
from PIL import Image
from word_library import BOTH, MORE, query, search

from finder.cli.query_lines import query_line
from finder.cli.search_names import name_lines
from finder.cli.search_table import result_lines
from finder.core.library.catalogue.records import PictureRecord
from finder.core.library.words.name_match import NameMatch, Where
from finder.core.library.writer import LibraryWriter
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.content_id import content_id
from finder.core.search.distance import Metric
from finder.core.search.matches import Result
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.query.query_words import QueryWords

PLAIN, WORDED = tiny_spec("plain", 12), word_spec("worded", 16, "b", scale=40.0, bias=-20.0)
RANDOM = np.random.default_rng(4)
NAMES = ("red bicycle.jpg", "bridge.jpg", "kitten.jpg", "castle.jpg", "lake.jpg")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photos") / "kitten.jpg"
    Image.new("RGB", (40, 30), (200, 80, 10)).save(path)
    return path


@pytest.fixture(scope="module")
def vectors() -> dict[str, Vectors]:
    return {spec.name: unit_vectors(RANDOM, len(NAMES), spec.dimension) for spec in (PLAIN, WORDED)}


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory, photo: Path, vectors: dict[str, Vectors]
) -> Home:
    """Its third picture is the photo."""
    home = Home(tmp_path_factory.mktemp("library") / "home")
    pictures = [1, 2, content_id(photo.read_bytes()), 4, 5]
    with LibraryWriter(home) as writer:
        writer.register_models([PLAIN, WORDED])
        writer.write(
            [
                outcome(one, {name: rows[n] for name, rows in vectors.items()}, f"/p/{NAMES[n]}")
                for n, one in enumerate(pictures)
            ]
        )
    return home


@pytest.fixture
def installed(
    monkeypatch: pytest.MonkeyPatch, vectors: dict[str, Vectors]
) -> Iterator[list[ModelSpec]]:
    """What is installed, to be changed. “a lake” is the vector of the lake, “people” of the bridge;
    of all else there are other words."""
    models = [PLAIN, WORDED]
    others = unit_vectors(RANDOM, 1, WORDED.dimension)[0]
    of_words = dict.fromkeys(("red bicycle", "blue"), others)
    of_words |= {"a lake": vectors["worded"][4], "people": vectors["worded"][1]}
    towers = MadeUpTowers({"worded": of_words})
    monkeypatch.setattr("finder.cli.models.installed.installed_models", lambda home: models)
    monkeypatch.setattr(
        "finder.workers.extractor_pools.open_extractors", lambda home: towers.pool()
    )
    yield models


def found(home: Home, *words: str | Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(output_of("search", *words, "--json", home=home))
    return answer


def names_of(matches: Sequence[dict[str, Any]]) -> list[str]:
    return [Path(match["path"]).name for match in matches]


@pytest.mark.usefixtures("installed")
def test_json_has_the_matches_the_names_and_who_is_left_out(library: Home) -> None:
    answer = found(library, "--text", "a  lake")
    assert (answer["query"], answer["text"]) == (None, "a lake")
    assert "examples" not in answer
    assert list(answer["models"]) == ["worded"]
    first, second, *_ = answer["models"]["worded"]
    assert (first["path"], first["rank"]) == ("/p/lake.jpg", 1)
    assert (first["word"], first["likelihood"]) == ("likely", 1.0)
    assert 0 < first["closeness"] <= 99.9
    assert (second["word"], second["likelihood"] < 0.1) == (None, True)
    assert answer["names"] == [
        {"rank": 1, "path": "/p/lake.jpg", "where": "name", "words": "lake.jpg"}
    ]
    assert answer["left_out"] == {"plain": "Plain does not understand words."}
    assert answer["looked_twice"] is False


@pytest.mark.usefixtures("installed")
def test_what_is_loaded_and_left_out_is_said_beside_the_result(library: Home) -> None:
    ended = run("search", "--text", "red bicycle", home=library)
    assert ended.returncode == 0
    assert ended.stderr.splitlines() == [
        "Loading the words of Worded…",
        "Plain does not understand words.",
    ]
    rows = [line.split("\t") for line in ended.stdout.splitlines()]
    assert [row[0] for row in rows[:5]] == ["worded"] * 5
    assert rows[5] == ["names", "1", "name", "/p/red bicycle.jpg", "red bicycle.jpg"]
    assert "Loading" not in run("search", "--text", "blue", "--model", "plain", home=library).stderr


@pytest.mark.usefixtures("installed")
def test_words_join_a_picture(library: Home, photo: Path) -> None:
    answer = found(library, photo, "--text", "a lake", "--weight", "2", "--without", "people")
    assert (answer["query"], answer["text"]) == (str(photo), "a lake")
    assert answer["examples"] == [
        {"path": str(photo), "weight": 1.0},
        {"text": "a lake", "weight": 2.0},
        {"text": "people", "weight": -0.5},
    ]
    assert list(answer["models"]) == ["plain", "worded"]
    assert names_of(answer["models"]["plain"])[0] == "kitten.jpg"
    assert names_of(answer["models"]["worded"])[0] == "lake.jpg"
    assert names_of(answer["models"]["worded"])[-1] == "bridge.jpg"
    assert "left_out" not in answer
    assert {match["word"] for match in answer["combined"]} == {None}


@pytest.mark.usefixtures("installed")
def test_a_picture_without_a_word_of_the_query_is_as_before(library: Home, photo: Path) -> None:
    answer = found(library, photo)
    assert {"text", "texts", "names", "left_out"}.isdisjoint(answer)
    assert answer["models"]["plain"][0]["word"] == "same_picture"
    without = found(library, photo, "--without", "people")
    assert (without["text"], without["names"]) == (None, [])


@pytest.mark.usefixtures("installed")
def test_names_are_without_what_is_not_wanted(library: Home) -> None:
    wanted = ("search", "--model", "plain", "--json", "--text", "red bicycle", "--text", "lake")
    assert names_of(json.loads(output_of(*wanted, home=library))["names"]) == ["red bicycle.jpg"]
    assert "can search by words" in error_of(*wanted, "--without", "bicycle", home=library)
    literal = ("search", "--model", "plain", "--json", "--text", "bicycle -red")
    answer = json.loads(output_of(*literal, home=library))
    assert (answer["text"], names_of(answer["names"])) == ("bicycle -red", ["red bicycle.jpg"])


@pytest.mark.usefixtures("installed")
def test_several_texts_are_listed(library: Home) -> None:
    answer = found(library, "--text", "a lake", "--text", "red bicycle")
    assert answer["text"] == "a lake, red bicycle"
    assert answer["texts"] == ["a lake", "red bicycle"]
    assert "likelihood" not in answer["combined"][0]


def test_without_a_model_for_words_names_are_found(
    library: Home, installed: list[ModelSpec]
) -> None:
    installed[:] = [PLAIN]
    ended = run("search", "--text", "bicycle", "--fold", "--json", home=library)
    answer = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert (answer["models"], answer["combined"], answer["agreement"]) == ({}, [], [])
    assert names_of(answer["names"]) == ["red bicycle.jpg"]
    assert answer["left_out"] == {"plain": "Plain does not understand words."}
    assert "install SigLIP2" in ended.stderr
    rows = output_of("search", "--text", "bicycle", home=library)
    assert rows == "names\t1\tname\t/p/red bicycle.jpg\tred bicycle.jpg\n"
    error = error_of("search", "--text", "aeroplane", "--json", home=library)
    assert "None of these models can search by words. Choose one that can;" in error


def test_where_models_fail_on_words_names_are_found(
    library: Home, installed: list[ModelSpec], photo: Path
) -> None:
    ended = run("search", "--text", "bridge", "--json", home=library)
    answer = json.loads(ended.stdout)
    assert (ended.returncode, answer["models"], answer["combined"]) == (0, {}, [])
    assert names_of(answer["names"]) == ["bridge.jpg"]
    assert list(answer["left_out"]) == ["plain"]
    assert "Worded cannot read this. Ask otherwise." in ended.stderr
    assert "Worded cannot read this." in error_of("search", "--text", "aeroplane", home=library)
    installed.append(word_spec("unused", 16, "d"))
    unused = ("search", "--text", "bridge", "--model", "unused")
    assert output_of(*unused, home=library) == "names\t1\tname\t/p/bridge.jpg\tbridge.jpg\n"
    installed[:] = [WORDED]
    assert "cannot read this" in error_of("search", photo, "--text", "bridge", home=library)


@pytest.mark.usefixtures("installed")
def test_names_pass_the_filter_too(library: Home) -> None:
    answer = found(library, "--text", "a lake", "--filter", "name:bridge")
    assert names_of(answer["combined"]) == ["bridge.jpg"]
    assert answer["names"] == []


@pytest.mark.usefixtures("installed")
def test_a_search_for_words_is_saved_and_run_again(library: Home, photo: Path) -> None:
    words = ("--text", "a lake", "--without", "people")
    first = found(library, *words, "--save", "Lakes")
    assert found(library, "--saved", "Lakes") == first
    listed = json.loads(output_of("searches", "--json", home=library))
    assert [example["text"] for example in listed[0]["examples"]] == ["a lake", "people"]
    assert "a lake" in output_of("searches", home=library)
    both = found(library, "--saved", "Lakes", "--more", photo)
    assert (both["query"], both["text"]) == (str(photo), "a lake")


@pytest.mark.usefixtures("installed")
def test_mistakes_are_explained(library: Home) -> None:
    assert "needs something to start from" in error_of("search", "--without", "x", home=library)
    assert "There are no words" in error_of("search", "--text", " ", home=library)
    crop = ("search", "--text", "a lake", "--crop", "0,0,5,5")
    assert "are for a picture" in error_of(*crop, home=library, code=2)
    long = ("search", "--text", "lake " * 300)
    assert "at most 1000 characters" in error_of(*long, home=library)


def test_the_line_above_the_matches_says_what_was_asked() -> None:
    item, words = QueryItem("/q/cat.jpg", b""), QueryWords("at night")
    people = QueryWords("people", -0.5)
    assert query_line(Query((item,))) == "Like /q/cat.jpg"
    assert query_line(Query((), words=(words,))) == "For “at night”"
    mixed = Query((item,), words=(words, people))
    assert query_line(mixed) == "Like /q/cat.jpg + “at night”, without “people”"
    less = Query((QueryItem("/q/cat.jpg", b"", weight=-0.5),), words=(words,))
    assert query_line(less) == "For “at night”, less like 1 picture"
    assert list(result_lines(Result.without_matches(less, Metric.COSINE), [], 80)) == [
        "For “at night”, less like 1 picture"
    ]


def test_the_table_says_what_its_numbers_mean(word_library: Home) -> None:
    """BOTH has probabilities, MORE has none."""
    alone = search(word_library, query(words=[("at night", 1)]), [BOTH])
    title, legend, *_ = result_lines(alone, [BOTH], 100)
    assert (title, legend) == ("For “at night”", "Cosine similarity: larger is nearer.")
    together = search(word_library, query([(3, 1)], [("at night", 1)]), [BOTH, MORE])
    lines = list(result_lines(together, [BOTH, MORE], 160))
    assert lines[0] == "Like q + “at night”"
    assert lines[1].endswith("Combined: how far a picture stands out, up to 100.")
    assert lines[-1].startswith("Fits best: ")
    assert not any("the same" in line or "distant" in line for line in lines)


def test_names_fit_the_terminal() -> None:
    record = PictureRecord(1, FACTS, ("/home/anna/Pictures/a long folder/bridge.jpg",))
    matches = [
        NameMatch(record, Where.NAME, "bridge.jpg"),
        NameMatch(record, Where.PICTURE, "Kettenbrücke\nover the Danube"),
    ]
    wide = list(name_lines(matches, 100))
    assert wide[2] == "  1 name   /home/anna/Pictures/a long folder/bridge.jpg"
    assert wide[3].endswith("bridge.jpg  Kettenbrücke over the Danube")
    assert max(map(len, name_lines(matches, 40))) <= 40
    some = [matches[0], replace(matches[1], has_all=False)]
    lines = list(name_lines(some, 100))
    assert [lines[1], lines[4]] == ["With these words:", "With some of these words:"]
    assert list(name_lines([], 80)) == []
