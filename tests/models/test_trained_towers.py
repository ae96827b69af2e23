"""The committed model with two towers really finds by words; it is imported, as a user would, with
the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from command_line import error_of, output_of, run
from import_children import no_children
from word_models import PICTURE_TOWER, TEXT_TOWER, TOKENIZER, TRAINED, make_word_model
from word_quality import ShapeLibrary

from finder.core.models.manifest import load_spec
from finder.core.models.model_folders import add_model
from finder.core.models.registry import list_models
from finder.core.optimising.precision import FLOAT16, as_float16, variant_of
from finder.core.paths import Home
from finder.workers.models import model_import_process

WORDS = "--tokenizer", str(TOKENIZER), "--preprocess", "siglip", "--yes"


def test_its_words_fit_pictures_that_it_has_never_seen(tmp_path: Path) -> None:
    found = ShapeLibrary(make_word_model(tmp_path)).quality()
    assert found.coloured > 0.8
    assert found.shapes > 0.97
    assert found.denied > 0.99
    assert found.likely > 0.8
    assert found.unlikely < 0.01


def test_its_files_are_small() -> None:
    assert sum(file.stat().st_size for file in TRAINED.iterdir()) < 1_500_000


def test_both_towers_are_imported(home: Home) -> None:
    text = str(TEXT_TOWER)
    shown = output_of(
        "models",
        "import",
        str(PICTURE_TOWER),
        "--text",
        text,
        *WORDS,
        "--name",
        "shapes",
        home=home,
    )
    assert "image_embeds: 64 numbers, output" in shown
    assert "input_ids + attention_mask (int64, 16 tokens, cleaned: clip) → text_embeds" in shown
    assert "of 67 sample pictures are nearest to the right one of 12 descriptions" in shown
    assert "Added the model “shapes”." in shown
    spec = load_spec(home.models / "shapes")
    assert spec.text is not None
    assert (spec.text.length, spec.text.end, spec.text.pad) == (16, 2, 0)
    listed = output_of("models", "list", home=home)
    assert "0.6 MB · 0.4 MB more for words" in listed


@no_children
def test_words_come_later(home: Home) -> None:
    picture = str(PICTURE_TOWER)
    output_of(
        *("models", "import", picture, "--preprocess", "siglip", "--yes", "--name", "shapes"),
        *("--feature", "image_embeds"),
        home=home,
    )
    before = load_spec(home.models / "shapes")
    towers = str(TEXT_TOWER), str(TOKENIZER)
    shown = output_of("models", "add-text", "shapes", *towers, "--yes", home=home)
    assert "shapes understands words now." in shown
    after = load_spec(home.models / "shapes")
    assert after.text is not None
    assert (after.sha256, after.version) == (before.sha256, before.version)
    said = error_of("models", "add-text", "shapes", *towers, "--yes", home=home)
    assert "understands words already" in said


@no_children
def test_words_of_another_model_are_refused(home: Home, tmp_path: Path) -> None:
    """The right numbers in the wrong order: what is left is chance."""
    model = onnx.load(TEXT_TOWER)
    (output,) = model.graph.output
    model.graph.node[-1].output[0] = "straight"
    order = onnx.numpy_helper.from_array(np.arange(64)[::-1].copy(), "order")
    model.graph.initializer.append(order)
    model.graph.node.append(
        onnx.helper.make_node("Gather", ["straight", "order"], [output.name], axis=1)
    )
    onnx.save(model, tmp_path / "other.onnx")
    command = "models", "import", str(PICTURE_TOWER), "--text", str(tmp_path / "other.onnx")
    ended = run(*command, *WORDS, home=home)
    assert ended.returncode == 1
    assert "The words do not fit the pictures" in ended.stderr
    assert "“--force” adds it anyway" in ended.stderr
    assert list_models([home.models]) == ([], [])
    assert "Added the model" in output_of(*command, *WORDS, "--force", home=home)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--text", str(TEXT_TOWER)), "A text tower needs its tokenizer."),
        (("--tokenizer", str(TOKENIZER)), "it has no input for the tokens of a text"),
        (
            ("--text", str(TEXT_TOWER), "--tokenizer", str(TOKENIZER), "--scale", "3"),
            "--scale and --bias belong together.",
        ),
    ],
)
@no_children
def test_what_does_not_go_together_is_said(home: Home, options: tuple[str, ...], why: str) -> None:
    assert why in error_of("models", "import", str(PICTURE_TOWER), *options, "--yes", home=home)


def test_a_shipped_model_is_not_changed(home: Home) -> None:
    towers = str(TEXT_TOWER), str(TOKENIZER)
    said = error_of("models", "add-text", "vgg16", *towers, "--yes", home=home)
    assert "VGG16 comes with Image Finder and cannot be changed." in said


def test_a_variant_keeps_the_words(home: Home) -> None:
    spec = make_word_model(home.models)
    content = as_float16(spec.file.read_bytes())
    variant = add_model(home, variant_of(spec, FLOAT16), content)
    assert variant.text is not None and spec.text is not None
    assert variant.text.file.parent == home.models / "shapes-float16"
    assert variant.text.sha256 == spec.text.sha256
    assert variant.text.file.read_bytes() == spec.text.file.read_bytes()


@no_children
def test_words_that_could_not_be_tried_are_said(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_import_process, "samples_dir", lambda: tmp_path / "none")
    picture = "models", "import", str(PICTURE_TOWER)
    shown = output_of(*picture, "--text", str(TEXT_TOWER), *WORDS, "--name", "shapes", home=home)
    assert "Whether the words fit the pictures could not be tried" in shown
    assert "Added the model “shapes”." in shown
    alone = "--preprocess", "siglip", "--yes", "--name", "alone", "--feature", "image_embeds"
    assert "could not be tried" not in output_of(*picture, *alone, home=home)
