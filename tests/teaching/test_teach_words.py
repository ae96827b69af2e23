"""A model that understands words can be taught; what is taught finds pictures by pictures only."""

from __future__ import annotations

from pathlib import Path

from command_line import output_of
from word_models import make_word_model

from finder.core.models.manifest import load_spec
from finder.core.paths import Home


def test_a_taught_model_does_not_understand_words(home: Home, samples: Path) -> None:
    make_word_model(home.models)
    folders = samples / "birds", samples / "castles", samples / "cats"
    output_of("index", *folders, "--model", "shapes", home=home)
    output_of("teach", samples, "--name", "taught", "--base", "shapes", home=home)
    assert load_spec(home.models / "shapes").text is not None
    assert load_spec(home.models / "taught").text is None
