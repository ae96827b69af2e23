"""A model that understands words can be taught; what is taught finds pictures by pictures only."""

from __future__ import annotations

from pathlib import Path

from command_line import run_process
from word_models import make_word_model

from finder.core.models.manifest import load_spec
from finder.core.paths import Home


def test_a_taught_model_does_not_understand_words(home: Home, samples: Path) -> None:
    make_word_model(home.models)
    folders = samples / "birds", samples / "castles", samples / "cats"
    # In processes of their own, which end the model's.
    indexed = run_process("index", *folders, "--model", "shapes", home=home)
    assert indexed.returncode == 0, indexed.stderr
    taught = run_process("teach", samples, "--name", "taught", "--base", "shapes", home=home)
    assert taught.returncode == 0, taught.stderr
    assert load_spec(home.models / "shapes").text is not None
    assert load_spec(home.models / "taught").text is None
