"""Words find pictures, with a small model with two towers that was trained for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest
from command_line import output_of
from making import run_index
from shape_pictures import COLOURS, SHAPES, Group, Scene, painted
from word_models import make_word_model

from finder.core.models.registry import list_models, pick_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir
from finder.core.search.closeness.likelihood import LikelihoodWord, likelihood_word
from finder.core.search.matches import Match
from finder.core.search.query.query_spec import FileSource, QueryExample, QuerySpec, TextSource
from finder.use_cases.search.search_session import SearchSession

PLAIN = "dhash-64"
EACH = 3


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pictures of each shape in each colour."""
    folder, random = tmp_path_factory.mktemp("shapes"), Random(3)
    for colour in COLOURS:
        for shape in SHAPES:
            for number in range(EACH):
                scene = Scene((Group(1, colour, shape),))
                painted(scene, random).save(folder / f"{colour}-{shape}-{number}.png")
    return folder


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> list[ModelSpec]:
    found, _ = list_models([shipped_models_dir()])
    return [*pick_models(found, [PLAIN]), make_word_model(tmp_path_factory.mktemp("models"))]


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory, shapes: Path, specs: list[ModelSpec]) -> Home:
    home = Home(tmp_path_factory.mktemp("indexed") / "home")
    with closing(ExtractorPool()) as extractors:
        run_index(home, [shapes], specs, extractors)
    return home


@pytest.fixture
def session(indexed: Home) -> Iterator[SearchSession]:
    with closing(ExtractorPool()) as pool, closing(SearchSession(indexed, lambda: pool)) as session:
        yield session


def text(words: str, weight: float = 1.0) -> QueryExample:
    return QueryExample(TextSource(words), weight)


RED_STAR = text("red star", -0.5)


def found(session: SearchSession, specs: list[ModelSpec], *items: QueryExample) -> list[Match]:
    session.set_query(QuerySpec(items))
    return session.search(specs, 30, "cosine").combined


def names(matches: list[Match]) -> list[str]:
    return [Path(match.picture.paths[0]).stem.rsplit("-", 1)[0] for match in matches]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("colour", ["red", "green", "blue"])
def test_a_description_finds_its_pictures_first(
    session: SearchSession, specs: list[ModelSpec], colour: str, shape: str
) -> None:
    matches = found(session, specs, text(f"a {colour} {shape}"))
    assert names(matches)[:EACH] == [f"{colour}-{shape}"] * EACH
    assert likelihood_word(matches[0].likelihood) is LikelihoodWord.LIKELY
    assert likelihood_word(matches[-1].likelihood) is None
    others = [match.likelihood or 0.0 for match in matches[EACH:]]
    assert max(others) < 0.5, "no other picture is likely"


def test_a_minus_leaves_out_what_it_says(session: SearchSession, specs: list[ModelSpec]) -> None:
    stars, others = (
        names(found(session, specs, text("star"), *more))[:12] for more in ((), (RED_STAR,))
    )
    assert "red-star" in stars
    assert {name.split("-")[1] for name in others} == {"star"}
    assert "red-star" not in others


def test_words_change_what_a_picture_finds(
    session: SearchSession, specs: list[ModelSpec], shapes: Path
) -> None:
    ring = QueryExample(FileSource(str(shapes / "red-ring-0.png")))
    alone = names(found(session, specs[1:], ring))[:EACH]
    assert alone == ["red-ring"] * EACH
    blue = names(found(session, specs[1:], ring, text("blue")))
    assert blue[:EACH] == ["blue-ring"] * EACH
    two_models = names(found(session, specs, ring, text("blue", 2.0)))
    assert "blue-ring" in two_models[:EACH]
    assert all(name.startswith(("blue", "red-ring")) for name in two_models[:EACH])


def test_the_command_line_finds_them_with_an_added_model(
    tmp_path: Path, shapes: Path, indexed: Home, specs: list[ModelSpec]
) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(indexed.root, home.root)
    shutil.copytree(specs[1].file.parent, home.models / "shapes")
    words = ("--text", "a green cross", "--model", "all", "--top", "3", "--json")
    answer: dict[str, Any] = json.loads(output_of("search", *words, home=home))
    assert list(answer["models"]) == ["shapes"]
    for matches in (answer["models"]["shapes"], answer["combined"]):
        assert [Path(match["path"]).stem for match in matches] != []
        assert {Path(match["path"]).stem[:11] for match in matches} == {"green-cross"}
        assert {match["word"] for match in matches} == {"likely"}
    assert list(answer["left_out"]) == [PLAIN]
    assert {Path(name["path"]).stem[:11] for name in answer["names"]} >= {"green-cross"}
