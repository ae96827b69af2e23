"""Parts of pictures, orientations, more and less, from the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import error_of, output_of, terminal_output_of
from making import run_index
from PIL import Image

from finder.cli.query_lines import query_name
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.query.query import Query, QueryItem


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory,
    samples: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> Home:
    """Only to be read."""
    home = Home(tmp_path_factory.mktemp("query") / "home")
    run_index(home, [samples / "cats", samples / "birds"], [fast_spec], extractors)
    return home


@pytest.fixture(scope="module")
def collage(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    """A kitten on the left, a kingfisher upside down on the right; 800 × 400."""
    sheet = Image.new("RGB", (800, 400))
    for left, name, turn in ((0, "cats/kitten", 0), (400, "birds/kingfisher", 180)):
        with Image.open(samples / f"{name}.jpg") as image:
            sheet.paste(image.convert("RGB").resize((400, 400)).rotate(turn), (left, 0))
    path = tmp_path_factory.mktemp("pictures") / "1.5:collage.png"
    sheet.save(path)
    return path


def found(home: Home, *words: str | Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(output_of("search", *words, "--json", home=home))
    return answer


def nearest(answer: dict[str, Any]) -> str:
    return Path(answer["combined"][0]["path"]).stem


@pytest.mark.parametrize("crop", ["0,0,400,400", "0%,0%,50%,100%"])
def test_a_part_is_searched_for_in_pixels_or_percent(
    library: Home, collage: Path, crop: str
) -> None:
    answer = found(library, collage, "--crop", crop)
    assert nearest(answer) == "kitten"
    assert answer["examples"] == [
        {"path": str(collage), "weight": 1.0, "crop": [0.0, 0.0, 0.5, 1.0]}
    ]


def test_a_part_is_turned_and_mirrored(library: Home, collage: Path) -> None:
    part = (collage, "--crop", "400,0,400,400")
    upright = found(library, *part, "--rotate", "180")
    assert nearest(upright) == "kingfisher"
    assert upright["examples"][0]["rotate"] == 180
    wrong = found(library, *part)["combined"][0]["distances"]
    best = upright["combined"][0]["distances"]
    assert min(wrong.values()) > min(best.values())
    mirrored = found(library, *part, "--rotate", "180", "--mirror")
    assert mirrored["examples"][0]["mirror"] is True
    assert mirrored["combined"][0]["distances"] != best


def test_any_orientation_says_which(library: Home, collage: Path) -> None:
    answer = found(library, collage, "--crop", "50%,0%,50%,100%", "--any-orientation")
    assert answer["any_orientation"] is True
    (matches,) = answer["models"].values()
    for best in (answer["combined"][0], matches[0]):
        assert Path(best["path"]).stem == "kingfisher"
        assert best["orientation"] == {"rotate": 180, "mirror": False}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_a_terminal_says_how_a_match_is_turned(library: Home, collage: Path) -> None:
    words = ("--crop", "50%,0%,50%,100%", "--any-orientation")
    printed = terminal_output_of("search", collage, *words, home=library)
    assert "(a part)" in printed.splitlines()[0]
    assert "Rank 1 is like the query turned by 180°: " in printed


def test_without_these_options_json_has_no_new_entries(library: Home, collage: Path) -> None:
    answer = found(library, collage)
    assert not answer.keys() & {"queries", "examples", "any_orientation"}
    assert "orientation" not in answer["combined"][0]


def test_more_and_less(library: Home, samples: Path) -> None:
    cats = samples / "cats"
    tabby, kitten, cheetah = (cats / f"{n}.jpg" for n in ("tabby-cat", "kitten", "cheetah"))
    answer = found(library, tabby, "--more", kitten, "--less", cheetah, "--top", "20")
    assert [(Path(e["path"]).stem, e["weight"]) for e in answer["examples"]] == [
        ("tabby-cat", 1.0),
        ("kitten", 1.0),
        ("cheetah", -0.5),
    ]
    assert answer["queries"] == [str(tabby), str(kitten)]
    names = [Path(match["path"]).stem for match in answer["combined"]]
    assert set(names[:2]) == {"tabby-cat", "kitten"}
    assert names.index("cheetah") >= len(names) - 2


@pytest.mark.parametrize(
    ("weights", "name"),
    [
        ((1,), "/q/0.jpg"),
        ((1, 2, 1), "/q/0.jpg and 2 more"),
        ((1, -0.5), "/q/0.jpg, less like 1 picture"),
        ((-1, 1, 1, -1), "/q/1.jpg and 1 more, less like 2 pictures"),
    ],
)
def test_a_query_is_named(weights: tuple[float, ...], name: str) -> None:
    items = [QueryItem(f"/q/{n}.jpg", b"", weight=weight) for n, weight in enumerate(weights)]
    assert query_name(Query(tuple(items))) == name


def test_a_weight_belongs_to_the_example_before_it(
    library: Home, samples: Path, collage: Path
) -> None:
    cats = samples / "cats"
    words = ("--more", collage, "--weight", "1.5", "--less", cats / "cheetah.jpg", "--weight", "2")
    answer = found(library, *words, "--less", cats / "kitten.jpg", cats / "tabby-cat.jpg")
    assert [example["weight"] for example in answer["examples"]] == [1.0, 1.5, -2.0, -0.5]


def test_examples_are_not_cropped(library: Home, samples: Path, collage: Path) -> None:
    kitten = samples / "cats" / "kitten.jpg"
    answer = found(library, collage, "--crop", "0,0,400,400", "--more", kitten, "--mirror")
    assert ["crop" in example for example in answer["examples"]] == [True, False]
    assert ["mirror" in example for example in answer["examples"]] == [True, False]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--crop", "0,0,10"), 2, "is not a part of a picture"),
        (("--crop", "900,0,10,10"), 1, "which has 800 × 400 pixels"),
        (("--rotate", "45"), 2, "is none of these: 0, 90, 180, 270"),
        (("--weight", "1"), 2, "belongs behind --text"),
        (("--more", "x.jpg", "--weight", "3"), 2, "not a number above 0, up to 2"),
        (("--more", "/nowhere/x.jpg"), 1, "There is no file /nowhere/x.jpg"),
    ],
)
def test_mistakes_are_explained(
    library: Home, collage: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    assert message in error_of("search", collage, *words, home=library, code=code)
