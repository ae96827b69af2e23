"""`search --fold`: near-duplicates are folded behind the best match of each list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import output_of, terminal_output_of
from making import copied, run_index
from PIL import Image

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home

COPIES = {"kingfisher-saved.jpg", "kingfisher-small.png"}


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory,
    samples: Path,
    specs: list[ModelSpec],
    extractors: ExtractorPool,
) -> Home:
    """Birds, two of them resaved and smaller near-duplicates of one: only to be read."""
    folder = tmp_path_factory.mktemp("fold")
    copied(sorted((samples / "birds").glob("*.jpg"))[:5], folder / "birds")
    with Image.open(samples / "birds" / "kingfisher.jpg") as opened:
        picture = opened.convert("RGB")
    picture.save(folder / "birds" / "kingfisher-saved.jpg", quality=70)
    smaller = picture.resize((picture.width * 2 // 3, picture.height * 2 // 3))
    smaller.save(folder / "birds" / "kingfisher-small.png")
    home = Home(folder / "home")
    run_index(home, [folder / "birds"], specs[:2], extractors)
    return home


def _json(home: Home, *words: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output_of("search", *words, "--json", home=home))
    return found


def test_json_lists_what_is_folded_behind_each_match(library: Home, samples: Path) -> None:
    query = samples / "birds" / "kingfisher.jpg"
    plain = _json(library, query, "--no-verify")
    folded = _json(library, query, "--no-verify", "--fold")
    assert "near_duplicates" not in json.dumps(plain)
    assert folded["agreement"] == plain["agreement"], "of the rankings as they are"
    for before, after in (
        (plain["combined"], folded["combined"]),
        *((plain["models"][name], folded["models"][name]) for name in plain["models"]),
    ):
        assert (len(before), len(after)) == (7, 5)
        near = after[0].pop("near_duplicates")
        assert {Path(one["path"]).name for one in near} == COPIES
        assert [one["rank"] for one in near] == [2, 3]
        assert after == [before[0], *before[3:]], "the others are as they were, with their ranks"


def test_what_is_proven_is_not_folded_behind_the_query_itself(library: Home, samples: Path) -> None:
    """Its two copies are, one behind the other."""
    found = _json(library, samples / "birds" / "kingfisher.jpg", "--fold")
    for matches in (found["combined"], *found["models"].values()):
        own, proven, *others = matches
        assert Path(own["path"]).name == "kingfisher.jpg"
        assert "near_duplicates" not in own
        assert proven["same"]["kind"] == "whole"
        (behind,) = proven["near_duplicates"]
        assert {Path(one["path"]).name for one in (proven, behind)} == COPIES
        assert behind["same"]["kind"] == "whole"
        assert len(others) == 4


def test_a_line_says_how_many_are_folded(library: Home, samples: Path) -> None:
    query = samples / "birds" / "kingfisher.jpg"
    rows = [
        line.split("\t")
        for line in output_of("search", query, "--fold", "--no-verify", home=library).splitlines()
    ]
    combined = [row for row in rows if row[0] == "combined"]
    assert [row[1] for row in combined] == ["1", "4", "5", "6", "7"]
    assert [row[4:] for row in combined] == [["+2"], [], [], [], []]


@pytest.mark.parametrize("columns", [200, 60])
def test_a_table_has_true_ranks_beside_what_is_folded(
    library: Home, samples: Path, columns: int
) -> None:
    """A column for each model, and a row for each picture."""
    query = samples / "birds" / "kingfisher.jpg"
    words = ("search", query, "--fold", "--no-verify")
    shown = terminal_output_of(*words, home=library, columns=columns)
    lines = shown.splitlines()
    first = next(line for line in lines if "+2" in line)
    assert "kingfisher.jpg" in first
    assert first.split()[0] == "1"
    listed = [line for line in lines if not line.startswith(("Like ", "Most alike"))]
    assert not any("kingfisher-s" in line for line in listed)
    after = lines[lines.index(first) + 1]
    assert after.split()[0] == "4"
    assert max(map(len, listed)) <= columns
