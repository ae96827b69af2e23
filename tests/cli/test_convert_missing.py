"""`image-finder convert` where the frameworks are not installed."""

from __future__ import annotations

import importlib.util

import pytest
from command_line import error_of, output_of

from finder.core.paths import Home


@pytest.mark.skipif(
    importlib.util.find_spec("torch") is not None, reason="the frameworks are installed here"
)
@pytest.mark.parametrize("words", ["keras resnet50", "torchvision resnet18", "module net.py:net"])
def test_it_says_what_to_install(words: str, home: Home) -> None:
    message = error_of("convert", *words.split(), "--output", str(home.root), home=home)
    assert "torch" in message
    assert 'pip install "image-finder[convert]"' in message


@pytest.mark.parametrize("words", ["", "keras", "torchvision", "module"])
def test_help_describes_it(words: str) -> None:
    text = output_of("convert", *words.split(), "--help")
    assert text.startswith(f"usage: image-finder convert {words}".rstrip())


@pytest.mark.parametrize(
    "words",
    [
        "",
        "caffe resnet50 --output x",
        "keras resnet50",
        "keras resnet50 --output x --add",
        "keras resnet50 --output x --pooling min",
        "keras resnet50 --output x --input 8",
        "module net.py:net --output x --preprocess none",
    ],
)
def test_wrong_usage_ends_with_2(words: str) -> None:
    assert error_of("convert", *words.split(), code=2).startswith("usage: image-finder convert")
