"""Words and pictures are prepared as the reference programs do it (`make_reference`)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from reference import PIXELS, REFERENCE, SENTENCES, SIZES, STEP, clip_rules, reference_picture
from word_tokenizers import CLIP_END, clip_tokenizer, saved

from finder.core.models.preprocess import to_input
from finder.core.models.presets import PRESETS
from finder.core.models.runtime.tokenizer import TextTokenizer

KNOWN = json.loads(REFERENCE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> TextTokenizer:
    """With those of CLIP's 48,894 merges that the sentences need."""
    merges = {int(number): tuple(pair.split(" ")) for number, pair in KNOWN["merges"].items()}
    file = saved(clip_tokenizer(merges), tmp_path_factory.mktemp("tokenizer"))
    return TextTokenizer.of_model(clip_rules(file))


@pytest.mark.parametrize("text", SENTENCES)
def test_clip_s_tokens_are_those_of_open_clip_and_transformers(
    tokenizer: TextTokenizer, text: str
) -> None:
    ids, mask = tokenizer(text)
    expected = KNOWN["tokens"][text]
    assert ids[0, : len(expected)].tolist() == expected
    assert (int(mask.sum()), ids.shape) == (len(expected), (1, 77))
    assert not ids[0, len(expected) :].any()


def test_long_sentences_are_among_them() -> None:
    cut = [tokens for tokens in KNOWN["tokens"].values() if len(tokens) == 77]
    assert len(cut) >= 2
    assert all(tokens[-1] == CLIP_END for tokens in cut)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("processor", ["clip", "siglip"])
def test_pixels_are_those_of_the_processors_of_transformers(
    processor: str, size: tuple[int, int]
) -> None:
    with np.load(PIXELS) as known:
        expected = known[f"{processor} {size[0]} {size[1]}"]
    spec = PRESETS[processor].input_spec("pixel_values", "NCHW", "float32", 224, 224)
    given = to_input(reference_picture(*size), spec)[0][:, ::STEP, ::STEP]
    assert given.shape == expected.shape
    assert np.abs(given - expected).max() <= 1e-3


def test_the_files_are_small() -> None:
    assert sum(Path(file).stat().st_size for file in (REFERENCE, PIXELS)) < 100_000
