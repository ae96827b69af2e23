"""Words for a model: cleaned, made into tokens, embedded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from model_folders import Made, edit_toml, make_model
from shape_pictures import Group, Scene, painted
from word_models import TOKENIZER, make_word_model, sha256

from finder.core.errors import FinderError
from finder.core.models.manifest import load_spec
from finder.core.models.model_folders import write_manifest
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.runtime.text_tower import TextTower
from finder.core.models.runtime.tokenizer import MAX_TOKENIZER_BYTES, TextTokenizer
from finder.core.models.spec import ModelSpec, TextSpec
from finder.core.models.text_rules import clean


@pytest.fixture
def spec(tmp_path: Path) -> ModelSpec:
    return make_word_model(tmp_path)


@pytest.fixture
def pool() -> Iterator[ExtractorPool]:
    with closing(ExtractorPool()) as made:
        yield made


def text_of(spec: ModelSpec) -> TextSpec:
    assert spec.text is not None
    return spec.text


def with_text(spec: ModelSpec, **changes: Any) -> ModelSpec:
    return replace(spec, text=replace(text_of(spec), **changes))


# Its files


@pytest.mark.parametrize("dtype", ["int64", "int32"])
def test_tokens_have_the_graph_s_type(spec: ModelSpec, dtype: str) -> None:
    ids, mask = TextTokenizer.of_model(replace(text_of(spec), dtype=dtype))("red circle")
    assert ids.dtype == mask.dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[" * 100_000, b'{"version":"1.0","model":{"type":"BPE"}}', b"\xff\xfe\x00"],
)
def test_what_is_no_tokenizer_is_refused(spec: ModelSpec, content: bytes) -> None:
    text_of(spec).tokenizer.write_bytes(content)
    changed = with_text(spec, tokenizer_sha256=sha256(text_of(spec).tokenizer))
    with pytest.raises(FinderError, match="tokenizer cannot be used") as refused:
        TextTower(changed)
    assert refused.value.hint


def test_a_tokenizer_that_fails_on_a_text_says_so(spec: ModelSpec) -> None:
    """Its unknown token is not in its vocabulary."""
    table = json.loads(TOKENIZER.read_text(encoding="utf-8"))
    table["model"]["vocab"] = {"a</w>": 0, "<pad>": 1}
    table["model"]["merges"] = []
    table["model"]["unk_token"] = "nothing"
    text_of(spec).tokenizer.write_text(json.dumps(table), encoding="utf-8")
    changed = with_text(spec, tokenizer_sha256=sha256(text_of(spec).tokenizer))
    with pytest.raises(FinderError, match="tokenizer cannot be used"):
        TextTower(changed).embed_text("zebra")


def test_a_huge_tokenizer_is_not_read(spec: ModelSpec) -> None:
    with open(text_of(spec).tokenizer, "r+b") as file:
        file.truncate(MAX_TOKENIZER_BYTES + 1)
    with pytest.raises(FinderError, match="is larger than"):
        TextTower(spec)


@pytest.mark.parametrize("name", ["text.onnx", "tokenizer.json"])
def test_only_the_files_of_model_toml_are_used(spec: ModelSpec, name: str) -> None:
    path = spec.file.parent / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(FinderError, match=r"is not the one its model\.toml describes"):
        TextTower(spec)


# Vectors


def test_words_find_pictures(spec: ModelSpec, pool: ExtractorPool) -> None:
    random = Random(5)
    scenes = [Scene((Group(1, c, s),)) for c in ("red", "blue") for s in ("circle", "star", "ring")]
    pictures = np.stack([pool.get(spec).embed_image(painted(s, random)) for s in scenes])
    for scene, vector in zip(scenes, pictures, strict=True):
        (group,) = scene.groups
        words = pool.text(spec).embed_text(f"a {group.colour} {group.shape}")
        assert words.dtype == np.float32
        assert words.shape == (64,)
        assert np.linalg.norm(words) == pytest.approx(1.0, abs=1e-6)
        assert np.argmax(pictures @ words) == scenes.index(scene)
        assert words @ vector > 0


def test_what_is_not_there_can_be_said(spec: ModelSpec, pool: ExtractorPool) -> None:
    random = Random(6)
    star, ring = (
        pool.get(spec).embed_image(painted(Scene((Group(2, "green", s),)), random))
        for s in ("star", "ring")
    )
    no_star = pool.text(spec).embed_text("no star")
    assert no_star @ ring > no_star @ star


def test_a_text_without_words_is_refused(spec: ModelSpec, pool: ExtractorPool) -> None:
    with pytest.raises(FinderError, match="There is no word in “ ”"):
        pool.text(spec).embed_text(" ")


def test_a_model_for_pictures_only_says_so(tmp_path: Path, pool: ExtractorPool) -> None:
    spec = load_spec(make_model(tmp_path, Made()))
    with pytest.raises(FinderError, match="Mean colour does not understand words"):
        pool.text(spec)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"length": 17}, "cannot be loaded"),
        ({"mask": ""}, "the inputs for its words are"),
        ({"input": "tokens"}, "the inputs for its words are"),
        ({"output": "vector"}, "its outputs are"),
        ({"dtype": "int32"}, r"tensor\(int64\)"),
    ],
)
def test_a_description_that_does_not_fit_is_refused(
    spec: ModelSpec, pool: ExtractorPool, change: dict[str, object], why: str
) -> None:
    with pytest.raises(FinderError, match=why):
        pool.text(with_text(spec, **change)).embed_text("red circle")


def test_a_tower_that_fails_on_some_words_says_so(spec: ModelSpec) -> None:
    """A word whose token is beyond the tower's table; the model need not be installed again."""
    table = json.loads(TOKENIZER.read_text(encoding="utf-8"))
    table["model"]["vocab"]["yellow</w>"] = 5_000
    text_of(spec).tokenizer.write_text(json.dumps(table), encoding="utf-8")
    tower = TextTower(with_text(spec, tokenizer_sha256=sha256(text_of(spec).tokenizer)))
    with pytest.raises(FinderError, match="Shapes failed on these words: ") as failed:
        tower.embed_text("yellow")
    assert failed.value.hint == "Use other words, or another model."
    assert tower.embed_text("red circle").shape == (64,)


def test_another_dimension_than_the_pictures_is_refused(
    spec: ModelSpec, pool: ExtractorPool
) -> None:
    with pytest.raises(FinderError, match="its dimension is 64 instead of 65"):
        pool.text(replace(spec, dimension=65))


def test_half_a_character_is_a_question_mark(spec: ModelSpec) -> None:
    assert clean("cat \ud83d", "none") == "cat ?"
    vector = TextTower(spec).embed_text("red circle \udcff")
    np.testing.assert_array_equal(vector, TextTower(spec).embed_text("red circle ?"))


# model.toml


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('input = "input_ids"\n', "", "'input' is missing"),
        ("length = 16", "length = 0", "length must be a whole number from 1 to"),
        ("pad = 0", "pad = -1", "pad must be the number of a token"),
        ("end = 2", "end = true", "end must be the number of a token"),
        ('cleaning = "clip"', 'cleaning = "soap"', "cleaning must be one of clip, siglip, none"),
        ('dtype = "int64"', 'dtype = "int8"', "dtype must be one of int64, int32"),
        ('file = "text.onnx"', 'file = "../text.onnx"', "must be in its own folder"),
        ('file = "text.onnx"', 'file = "words.onnx"', "words.onnx is missing"),
        ('tokenizer = "tokenizer.json"', 'tokenizer = "no.json"', "no.json is missing"),
        ("bias = ", "bia = ", "scale and bias belong together"),
        ("scale = ", "scale = nan #", "scale must be a number"),
    ],
)
def test_faults_of_the_text_part_are_named(spec: ModelSpec, old: str, new: str, fault: str) -> None:
    edit_toml(spec.file.parent, old, new)
    with pytest.raises(FinderError, match=fault):
        load_spec(spec.file.parent)


def test_a_replaced_model_toml_leaves_nothing_behind(spec: ModelSpec) -> None:
    folder = spec.file.parent
    files = set(folder.iterdir())
    write_manifest(folder, replace(spec, text=None))
    assert set(folder.iterdir()) == files
    assert load_spec(folder) == replace(spec, text=None)


def test_the_committed_tokenizer_is_small() -> None:
    assert len(json.loads(TOKENIZER.read_text(encoding="utf-8"))["model"]["vocab"]) == 320
