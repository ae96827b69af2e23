"""Words are cleaned and made into tokens by the rules of CLIP and of SigLIP2."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from word_models import sha256
from word_tokenizers import CLIP_END, CLIP_START, clip_tokenizer, gemma_tokenizer, saved

from finder.core.models.runtime.tokenizer import TextTokenizer
from finder.core.models.spec import TextSpec
from finder.core.models.text_rules import MOST_CHARACTERS, clean


def tokens_of(tokenizer: Path, text: str, **rules: Any) -> tuple[list[int], list[int]]:
    spec = TextSpec(
        file=Path("text.onnx"),
        sha256="",
        tokenizer=tokenizer,
        tokenizer_sha256=sha256(tokenizer),
        length=8,
        input="ids",
        output="vector",
    )
    ids, mask = TextTokenizer.of_model(replace(spec, **rules))(text)
    return ids[0].tolist(), mask[0].tolist()


# Cleaning


@pytest.mark.parametrize(
    ("rule", "text", "cleaned"),
    [
        ("clip", "  A  Photo\n of a\tCAT!  ", "a photo of a cat!"),
        ("siglip", "  A  Photo, of a\tCAT! (no. 2) ", "a photo of a cat no 2"),
        ("siglip", "snake_case, Ünïcode – “quoted”", "snake case ünïcode – “quoted”"),
        ("siglip", "Кошка, 고양이!", "кошка 고양이"),
        ("none", " As it IS. ", "As it IS."),
        ("siglip", "?!.,", ""),
    ],
)
def test_words_are_cleaned(rule: str, text: str, cleaned: str) -> None:
    assert clean(text, rule) == cleaned


def test_no_more_than_so_many_characters_are_read() -> None:
    assert len(clean("a" * 1_000_000, "none")) == MOST_CHARACTERS


# Tokens


def test_a_short_text_is_filled_up(tmp_path: Path) -> None:
    tokenizer = saved(clip_tokenizer(), tmp_path)
    ids, mask = tokens_of(tokenizer, "cat", cleaning="clip", end=CLIP_END)
    assert ids == [CLIP_START, 513, CLIP_END, 0, 0, 0, 0, 0]
    assert mask == [1, 1, 1, 0, 0, 0, 0, 0]


def test_the_end_stands_last_where_a_text_is_cut(tmp_path: Path) -> None:
    tokenizer = saved(clip_tokenizer(), tmp_path)
    ids, mask = tokens_of(tokenizer, "cat " * 50, cleaning="clip", end=CLIP_END)
    assert ids == [CLIP_START, *[513] * 6, CLIP_END]
    assert mask == [1] * 8
    ids, _ = tokens_of(tokenizer, "cat " * 50, cleaning="clip")
    assert ids == [CLIP_START, *[513] * 7]


def test_the_rules_of_siglip2(tmp_path: Path) -> None:
    """Exactly 64 tokens, the end behind the words or in the last place, filled up with 0."""
    made = gemma_tokenizer()
    tokenizer = saved(made, tmp_path)
    rules: dict[str, Any] = {"cleaning": "siglip", "length": 64, "end": 1, "pad": 0}
    words = made.encode("a red bicycle").ids
    assert words[-1] == 1
    ids, _ = tokens_of(tokenizer, "A red bicycle!", **rules)
    assert ids == words + [0] * (64 - len(words))
    ids, _ = tokens_of(tokenizer, "a red bicycle " * 50, **rules)
    assert (len(ids), ids[-1], ids[:-1]) == (64, 1, made.encode("a red bicycle " * 50).ids[:63])
    ids, _ = tokens_of(tokenizer, "고", **rules)
    parts = [made.token_to_id(f"<0x{byte:02X}>") for byte in "고".encode()]
    assert ids[:4] == [*parts, 1]


def test_rules_of_its_own_in_the_file_do_not_count(tmp_path: Path) -> None:
    made = clip_tokenizer()
    made.enable_truncation(3)
    made.enable_padding(length=6, pad_id=5)
    tokenizer = saved(made, tmp_path)
    ids, _ = tokens_of(tokenizer, "cat cat cat", cleaning="clip", end=CLIP_END)
    assert ids == [CLIP_START, 513, 513, 513, CLIP_END, 0, 0, 0]
