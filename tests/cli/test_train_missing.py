"""`image-finder train` where PyTorch is not installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from command_line import error_of, output_of

from finder.core.paths import Home


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is here")
def test_it_says_what_to_install(home: Home, samples: Path) -> None:
    message = error_of("train", str(samples), "--name", "mine", home=home)
    assert "torch" in message
    assert 'pip install "image-finder[train]"' in message
    assert not home.root.exists()


def test_help_describes_it() -> None:
    text = output_of("train", "--help")
    assert text.startswith("usage: image-finder train")
    assert "after a crash" in " ".join(text.split())


@pytest.mark.parametrize(
    "words",
    [
        "",
        "pictures",
        "pictures --name mine --method none",
        "pictures --name mine --epochs 0",
        "pictures --name mine --rate 0",
        "pictures --name mine --rate x",
        "pictures --name mine --input 8",
    ],
)
def test_wrong_usage_ends_with_2(words: str) -> None:
    assert error_of("train", *words.split(), code=2).startswith("usage: image-finder train")
