"""`search` verifies what it prints: what is proven to be the same picture comes first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import output_of, run_process, terminal_output_of
from making import copied, run_index
from PIL import Image, ImageOps

from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory,
    samples: Path,
    specs: list[ModelSpec],
    extractors: ExtractorPool,
) -> Home:
    """Birds, and a mirrored copy of one of them: only to be read."""
    folder = tmp_path_factory.mktemp("verify")
    copied(sorted((samples / "birds").glob("*.jpg")), folder / "birds")
    with Image.open(samples / "birds" / "kingfisher.jpg") as opened:
        picture = opened.convert("RGB")
    ImageOps.mirror(picture).save(folder / "birds" / "mirrored.png")
    part = picture.crop((picture.width // 5, 0, picture.width, picture.height * 4 // 5))
    part.save(folder / "query.png")
    home = Home(folder / "home")
    run_index(home, [folder / "birds"], specs[:2], extractors)
    return home


@pytest.fixture
def query(library: Home) -> Path:
    """Four fifths of the kingfisher, across and down."""
    return library.root.parent / "query.png"


def _json(home: Home, *words: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output_of("search", *words, "--json", home=home))
    return found


def _name(match: dict[str, Any]) -> str:
    return Path(match["path"]).name


def test_json_says_how_a_match_is_the_same_picture(library: Home, query: Path) -> None:
    found = _json(library, query)
    first, second, *others = found["combined"]
    assert [_name(first), _name(second)] == ["kingfisher.jpg", "mirrored.png"]
    assert (first["same"]["kind"], second["same"]["kind"]) == ("part", "mirrored")
    assert 0.8 <= first["same"]["share"] <= 1
    outline = [(0.2, 0), (1, 0), (1, 0.8), (0.2, 0.8)]
    assert np.allclose(first["same"]["outline"], outline, atol=0.02)
    assert not any("same" in match for match in others)
    for matches in found["models"].values():
        proven = {_name(match): match["same"]["kind"] for match in matches if "same" in match}
        assert proven == {"kingfisher.jpg": "part", "mirrored.png": "mirrored"}
    scores = [match["score"] for match in found["combined"]]
    assert scores == sorted(scores, reverse=True)
    assert all(match["closeness"] >= 80 for match in (first, second))


def test_what_is_proven_comes_first_however_few_are_asked_for(library: Home, query: Path) -> None:
    (match,) = _json(library, query, "--top", "1")["combined"]
    assert (match["rank"], _name(match), match["same"]["kind"]) == (1, "kingfisher.jpg", "part")


def test_without_verification_nothing_is_proven(library: Home, query: Path) -> None:
    found = _json(library, query, "--no-verify")
    assert "same" not in json.dumps(found).replace("same_picture", "").replace(
        "nearly_the_same", ""
    )
    assert len(found["combined"]) == len(_json(library, query)["combined"])


def test_agreement_is_that_of_the_rankings_as_they_are(library: Home, query: Path) -> None:
    lines = output_of("search", query, "--agreement", home=library)
    assert lines == output_of("search", query, "--agreement", "--no-verify", home=library)


def test_json_and_lines_say_the_same_of_agreement(library: Home, query: Path) -> None:
    rows = [
        line.split("\t")
        for line in output_of(
            "search", query, "--agreement", "--top", "5", home=library
        ).splitlines()
    ]
    found = _json(library, query, "--top", "5")
    assert any("same" in match for match in found["combined"])
    assert [[*one["rankings"], str(one["rank_biased_overlap"])] for one in found["agreement"]] == [
        [*row[:2], row[4]] for row in rows
    ]


def test_without_opencv_the_matches_are_printed_as_the_models_rank_them(
    library: Home, query: Path, tmp_path: Path
) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('libGL is missing')")
    words = ("search", query, "--json")
    found = run_process(*words, home=library, env={"PYTHONPATH": str(tmp_path)})
    assert found.returncode == 0
    assert found.stdout == output_of(*words, "--no-verify", home=library)
    assert found.stderr == (
        "Which matches are the same picture cannot be checked: libGL is missing. Install Image "
        "Finder again if this is so for every picture.\n"
    )


def test_a_line_ends_with_how_it_is_the_same(library: Home, query: Path) -> None:
    lines = output_of("search", query, home=library).splitlines()
    rows = [line.split("\t") for line in lines]
    for first, marks in (("kingfisher.jpg", ["contains"]), ("mirrored.png", ["mirrored"])):
        assert [row[4:] for row in rows if row[3].endswith(first)] == [marks] * 3
    assert {len(row) for row in rows} == {4, 5}


@pytest.mark.parametrize("columns", [200, 60])
def test_a_table_marks_what_is_the_same(library: Home, query: Path, columns: int) -> None:
    shown = terminal_output_of("search", query, home=library, columns=columns)
    marked = [line for line in shown.splitlines() if "(contains) " in line]
    assert marked
    assert all("kingfisher.jpg" in line for line in marked)
