"""The classifier of a trained model: what it proposes, and files of it that cannot be used."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finder.core.errors import FinderError
from finder.core.models.label_head import FILE, LabelHead, has_head, load_head
from finder.core.models.spec import ModelSpec


def model_in(folder: Path, like: ModelSpec, dimension: int) -> ModelSpec:
    return replace(like, file=folder / "model.onnx", dimension=dimension)


def head_of(weights: list[list[float]], bias: list[float], *names: str) -> LabelHead:
    return LabelHead(np.array(weights, np.float32), np.array(bias, np.float32), names)


def test_it_proposes_the_likeliest_label_and_its_share() -> None:
    head = head_of([[2, 0], [0, 2], [0, 0]], [0, 0, 1], "cat", "dog", "other")
    vectors = np.array([[1, 0], [0, 1], [-1, 0]], np.float32)
    labels, confidences = head.propose(vectors)
    assert [head.names[label] for label in labels] == ["cat", "dog", "other"]
    of_first = math.exp(2) / (math.exp(2) + 1 + math.e)
    of_last = math.e / (math.exp(-2) + 1 + math.e)
    assert confidences == pytest.approx([of_first, of_first, of_last])


def test_what_was_kept_is_read(tmp_path: Path, fast_spec: ModelSpec) -> None:
    spec = model_in(tmp_path, fast_spec, 2)
    assert not has_head(spec)
    with pytest.raises(FinderError, match="has learned no labels"):
        load_head(spec)
    kept = head_of([[1, 2], [3, 4]], [5, 6], "Katzen – groß", "犬")
    (tmp_path / FILE).write_bytes(kept.as_bytes())
    assert has_head(spec)
    found = load_head(spec)
    assert found.names == kept.names
    assert np.array_equal(found.weights, kept.weights)
    assert np.array_equal(found.bias, kept.bias)


@pytest.mark.parametrize("damage", ["empty", "cut", "other", "size", "pickle"])
def test_a_damaged_file_is_one_sentence(damage: str, tmp_path: Path, fast_spec: ModelSpec) -> None:
    content = head_of([[1, 2], [3, 4]], [5, 6], "a", "b").as_bytes()
    if damage == "pickle":
        with (tmp_path / "x.npz").open("wb") as file:
            array = np.array([{}], dtype=object)
            np.savez(file, weights=array, bias=array, names=array)
        content = (tmp_path / "x.npz").read_bytes()
    damaged = {"empty": b"", "cut": content[:200], "other": b"PK\3\4 no", "size": content}
    (tmp_path / FILE).write_bytes(damaged.get(damage, content))
    spec = model_in(tmp_path, fast_spec, 3 if damage == "size" else 2)
    with pytest.raises(FinderError, match="cannot be read"):
        load_head(spec)
