"""Graphs with the names, shapes and opsets of the two-tower models in use are imported, loaded and
asked for words. Their weights are random: only `--force` adds them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from import_children import no_children
from importable import saved as saved_graph
from onnx import ModelProto
from tower_graphs import (
    clip_both,
    clip_pictures,
    clip_words,
    datacomp_pictures,
    datacomp_words,
    siglip2_pictures,
    siglip2_words,
)
from word_tokenizers import CLIP_END, SENTENCES, clip_tokenizer, gemma_tokenizer, saved

from finder.core.errors import FinderError
from finder.core.models.importing.model_import import proposal
from finder.core.models.importing.text_inspection import TextRequest
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec, TextSpec
from finder.core.paths import Home
from finder.use_cases.models.add_words import inspect_words, model_without_words, try_words
from finder.use_cases.models.import_model import Proposal, inspect_model, try_import

pytestmark = no_children

Make = Callable[[], ModelProto]


def inspected(
    home: Home, folder: Path, pictures: ModelProto, words: ModelProto | None, tokenizer: Path
) -> Proposal:
    file = saved_graph(pictures, folder, "pictures.onnx")
    text = saved_graph(words, folder, "words.onnx") if words else file
    return inspect_model(home, file, words=TextRequest(text, tokenizer))


def imported(home: Home, found: Proposal, force: bool = True) -> ModelSpec:
    choice = replace(proposal(home, found.findings), text=found.text)
    *_, last = try_import(home, choice, lambda: choice.name, force=force)
    assert last.added is not None
    return last.added


def text_of(spec: ModelSpec) -> TextSpec:
    assert spec.text is not None
    return spec.text


def assert_understands_words(spec: ModelSpec) -> None:
    embedder = ExtractorPool().text(spec)
    vectors = np.stack([embedder.embed_text(text) for text in SENTENCES])
    assert vectors.shape == (len(SENTENCES), spec.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    cosines = vectors @ vectors.T - np.eye(len(vectors))
    assert cosines.max() < 0.999
    long = embedder.embed_text("cat " * 300)
    assert not np.allclose(long, embedder.embed_text("cat"), atol=1e-3)


def test_clip(home: Home, tmp_path: Path) -> None:
    tokenizer = saved(clip_tokenizer(), tmp_path)
    found = inspected(home, tmp_path, clip_pictures(), clip_words(), tokenizer)
    assert found.findings.candidates[0].feature.tensor == "image_embeds"
    spec = imported(home, found)
    text = text_of(spec)
    assert (spec.dimension, spec.input.name) == (512, "pixel_values")
    assert spec.input.resize == "crop-rounded"
    assert (text.input, text.mask, text.output) == ("input_ids", "attention_mask", "text_embeds")
    assert (text.length, text.pad, text.end, text.dtype) == (77, 0, CLIP_END, "int64")
    assert text.cleaning == "clip"
    assert_understands_words(spec)


def test_clip_with_256_pixels(home: Home, tmp_path: Path) -> None:
    tokenizer = saved(clip_tokenizer(), tmp_path)
    found = inspected(home, tmp_path, datacomp_pictures(), datacomp_words(), tokenizer)
    spec = imported(home, found)
    text = text_of(spec)
    assert (spec.dimension, spec.input.name, spec.input.width) == (512, "input", 256)
    assert (text.input, text.mask, text.output) == ("input", "", "output")
    assert (text.length, text.pad, text.end) == (77, 0, CLIP_END)
    assert found.findings.preset == "clip"
    assert_understands_words(spec)


def test_siglip2(home: Home, tmp_path: Path) -> None:
    tokenizer = saved(gemma_tokenizer(), tmp_path)
    found = inspected(home, tmp_path, siglip2_pictures(), siglip2_words(), tokenizer)
    assert found.findings.candidates[0].feature.tensor == "pooler_output"
    spec = imported(home, found)
    text = text_of(spec)
    assert (spec.dimension, spec.input.resize, spec.input.mean[0]) == (768, "squash", 127.5)
    assert (text.input, text.mask, text.output) == ("input_ids", "", "pooler_output")
    assert (text.length, text.pad, text.end, text.cleaning) == (64, 0, 1, "siglip")
    assert_understands_words(spec)


def test_one_file_with_both_towers(home: Home, tmp_path: Path) -> None:
    tokenizer = saved(clip_tokenizer(), tmp_path)
    found = inspected(home, tmp_path, clip_both(), None, tokenizer)
    assert found.findings.candidates[0].feature.tensor == "image_embeds"
    spec = imported(home, found)
    assert text_of(spec).output == "text_embeds"
    whole = (tmp_path / "pictures.onnx").stat().st_size
    assert spec.file.stat().st_size + text_of(spec).file.stat().st_size < whole * 1.01
    assert_understands_words(spec)


def test_words_are_added_to_an_installed_model(home: Home, tmp_path: Path) -> None:
    before = imported_pictures(home, saved_graph(clip_pictures(), tmp_path, "pictures.onnx"))
    tokenizer = saved(clip_tokenizer(), tmp_path)
    words = saved_graph(clip_words(), tmp_path, "words.onnx")
    choice = inspect_words(before, TextRequest(words, tokenizer))
    spec = model_without_words(home, before.name)
    *_, last = try_words(spec, choice, lambda: True, force=True)
    after = last.added
    assert after is not None
    assert (after.sha256, after.version, after.input) == (
        before.sha256,
        before.version,
        before.input,
    )
    assert replace(after, text=None) == before
    assert_understands_words(after)
    with pytest.raises(FinderError, match="understands words already"):
        model_without_words(home, before.name)


def imported_pictures(home: Home, file: Path) -> ModelSpec:
    return imported(home, inspect_model(home, file))


def test_words_that_mean_nothing_are_refused(home: Home, tmp_path: Path) -> None:
    tokenizer = saved(clip_tokenizer(), tmp_path)
    found = inspected(home, tmp_path, clip_pictures(), clip_words(), tokenizer)
    with pytest.raises(FinderError, match="The words do not fit the pictures") as refused:
        imported(home, found, force=False)
    assert "--force" in refused.value.hint
    assert not list(home.models.glob("*"))


def test_towers_of_different_lengths_are_refused(home: Home, tmp_path: Path) -> None:
    tokenizer = saved(gemma_tokenizer(), tmp_path)
    with pytest.raises(FinderError, match="The text tower gives 768 numbers"):
        inspected(home, tmp_path, clip_pictures(), siglip2_words(), tokenizer)


def test_a_picture_tower_in_the_place_of_a_text_tower_is_refused(
    home: Home, tmp_path: Path
) -> None:
    tokenizer = saved(clip_tokenizer(), tmp_path)
    with pytest.raises(FinderError, match="it has no input for the tokens of a text"):
        inspected(home, tmp_path, clip_pictures(), clip_pictures(), tokenizer)


def test_a_file_that_is_no_tokenizer_is_refused(home: Home, tmp_path: Path) -> None:
    tokenizer = tmp_path / "tokenizer.json"
    tokenizer.write_text("[" * 500)
    with pytest.raises(FinderError, match="tokenizer cannot be used"):
        inspected(home, tmp_path, clip_pictures(), clip_words(), tokenizer)
