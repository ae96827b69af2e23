"""The second look of `search`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import run

from finder.core.paths import Home


@pytest.fixture
def kitten(samples: Path) -> Path:
    return samples / "cats" / "kitten.jpg"


def found(home: Home, picture: Path, *options: str) -> dict[str, Any]:
    ended = run("search", picture, "--json", "--no-verify", "--top", "40", *options, home=home)
    assert ended.returncode == 0, ended.stderr
    answer: dict[str, Any] = json.loads(ended.stdout)
    return answer


def names(matches: list[dict[str, Any]]) -> list[str]:
    return [Path(match["path"]).name for match in matches]


@pytest.mark.parametrize("models", [(), ("--model", "vgg16")])
def test_the_second_look_can_be_left_out(
    indexed_samples: Home, kitten: Path, models: tuple[str, ...]
) -> None:
    twice = found(indexed_samples, kitten, *models)
    once = found(indexed_samples, kitten, "--no-look-twice", *models)
    assert (twice["looked_twice"], once["looked_twice"]) == (True, False)
    assert twice["models"] == once["models"]
    assert names(twice["combined"]) != names(once["combined"])
    for answer in (twice, once):
        scores = [match["score"] for match in answer["combined"]]
        assert scores == sorted(scores, reverse=True)


def test_a_model_alone_is_listed_in_that_order_with_its_own_distances(
    indexed_samples: Home, kitten: Path
) -> None:
    one = ("--model", "vgg16", "--top", "40", "--no-verify")
    lines = run("search", kitten, *one, home=indexed_samples).stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    answer = found(indexed_samples, kitten, "--model", "vgg16")
    assert {row[0] for row in rows} == {"vgg16"}
    assert [Path(row[3]).name for row in rows] == names(answer["combined"])
    distances = {match["path"]: match["distances"]["vgg16"] for match in answer["combined"]}
    for row in rows:
        assert float(row[2]) == pytest.approx(distances[row[3]], abs=1e-3)
    plain = run("search", kitten, *one, "--no-look-twice", home=indexed_samples).stdout
    numbers = [float(line.split("\t")[2]) for line in plain.splitlines()]
    assert numbers == sorted(numbers)
