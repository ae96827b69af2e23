"""Which models a search uses: those that are switched on, the named ones, or all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line import output_of, run

from finder.core.paths import Home
from finder.use_cases.library.library_overview import change_settings

LITE0, LITE2, VGG = NAMES = ("efficientnet-lite0", "efficientnet-lite2", "vgg16")


@pytest.fixture
def library(indexed_samples: Home, tmp_path: Path) -> Home:
    """Also a baseline, which is off, has indexed the pictures."""
    home = Home(Path(shutil.copytree(indexed_samples.root, tmp_path / "library")))
    output_of("index", "--model", "pixels", home=home)
    return home


def searched(home: Home, samples: Path, *words: str) -> list[str]:
    text = output_of("search", samples / "cats" / "kitten.jpg", "--json", *words, home=home)
    return list(json.loads(text)["models"])


def test_a_search_uses_the_models_that_are_switched_on(library: Home, samples: Path) -> None:
    assert searched(library, samples) == list(NAMES), "no baseline"
    change_settings(library, {"models_on": (LITE2, VGG)})
    assert searched(library, samples) == [LITE2, VGG]
    change_settings(library, {"models_on": (LITE0, "pixels")})
    assert searched(library, samples) == [LITE0, "pixels"]


def test_a_search_can_name_models_or_use_all(library: Home, samples: Path) -> None:
    change_settings(library, {"models_on": (LITE0,)})
    assert searched(library, samples, "--model", "pixels") == ["pixels"]
    assert searched(library, samples, "--model", "all") == [*NAMES, "pixels"]
    assert searched(library, samples, "--model", "all", "--model", VGG) == [*NAMES, "pixels"]


def test_a_model_that_is_on_but_has_indexed_nothing_is_left_out(
    library: Home, samples: Path
) -> None:
    change_settings(library, {"models_on": (LITE0, "phash-64")})
    assert searched(library, samples) == [LITE0]
    change_settings(library, {"models_on": ("phash-64",)})
    assert searched(library, samples) == list(NAMES), "what can answer, answers"
    named = run("search", samples / "cats" / "kitten.jpg", "--model", "phash-64", home=library)
    assert "has not indexed any picture yet" in named.stderr
