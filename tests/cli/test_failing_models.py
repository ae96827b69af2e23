"""What the command line says about a model that fails on pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import output_of, run
from failing_models import finds_nothing, paint
from making import assert_in_step

from finder.core.paths import Home

BOTH = ("--model", "pixels", "--model", "picky")


@pytest.fixture
def picky(home: Home) -> str:
    return finds_nothing(home.models).name


def test_a_few_failures_are_reported_with_their_reason(
    home: Home, tmp_path: Path, picky: str
) -> None:
    folder = paint(tmp_path / "pictures", light=2, dark=1)
    ended = run("index", *BOTH, folder, home=home)
    assert ended.stdout == "3 pictures indexed.\n"
    assert "Picky could not use 1 picture. “image-finder skipped” shows why." in ended.stderr
    why = "Picky found nothing in this picture that it could describe."
    assert output_of("skipped", home=home) == f"{folder}/dark-0.png\t{why}\n"
    for words in ("status", "models"):
        sentence = "It could not use 1 picture; “image-finder skipped” shows why."
        assert sentence in output_of(words, home=home)
    assert "Contents  3 pictures, " in output_of("status", home=home)


def test_a_model_that_fails_mostly_is_switched_off_and_named(
    home: Home, tmp_path: Path, picky: str
) -> None:
    networks = ("efficientnet-lite0", "efficientnet-lite2", "vgg16")
    off = [word for name in networks for word in ("--off", name)]
    output_of("models", *off, "--on", "pixels", home=home)
    folder = paint(tmp_path / "pictures", light=0, dark=30)
    ended = run("index", folder, home=home)
    assert ended.stdout == "30 pictures indexed.\n"
    assert "Picky failed on" in ended.stderr
    assert "It is switched off for new pictures." in ended.stderr
    listed = output_of("models", home=home)
    assert "Switched off because it could not use" in listed
    assert f"image-finder models --on {picky} switches it on again." in listed
    paint(folder, light=2, dark=0)
    assert output_of("index", folder, home=home) == "2 pictures indexed.\n"
    assert len(assert_in_step(home, "pixels")) == 32
    assert "Switched off" not in output_of("models", "--on", picky, home=home)


def test_reindexing_tries_again(home: Home, tmp_path: Path, picky: str) -> None:
    folder = paint(tmp_path / "pictures", light=1, dark=2)
    output_of("index", *BOTH, folder, home=home)
    again = output_of("models", "reindex", picky, home=home)
    assert again == "1 picture indexed, 2 failed.\n"


def test_removing_the_model_leaves_nothing_behind(home: Home, tmp_path: Path, picky: str) -> None:
    folder = paint(tmp_path / "pictures", light=0, dark=3)
    output_of("index", "--model", picky, folder, home=home)
    output_of("models", "remove", picky, "--yes", home=home)
    assert output_of("skipped", home=home) == ""
    words = "index", "--model", "pixels", folder
    assert output_of(*words, home=home) == "3 pictures indexed.\n"
