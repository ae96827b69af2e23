"""A model that understands the words for the sample pictures: the picture tower is a shipped one,
the text tower a table of the mean picture for each word, made in seconds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from finder.core.models.manifest import load_spec
from finder.core.models.model_folders import add_model
from finder.core.models.runtime.known_files import note_known
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec, TextSpec
from finder.core.paths import Home, samples_dir, shipped_models_dir
from finder.core.pictures.decode import decode

Vectors = NDArray[np.float32]
NAME, TITLE = "words-lite", "Words Lite"
_BASE = "efficientnet-lite0"
_WORDS = {
    "birds": ["bird", "birds", "feathers"],
    "castles": ["castle", "castles", "tower", "towers"],
    "cats": ["cat", "cats", "kitten"],
    "city-nights": ["city", "night", "lights"],
    "farm-animals": ["farm", "animal", "animals", "cow", "horse"],
    "fish": ["fish"],
    "flowers": ["flower", "flowers", "blossom"],
    "lakes": ["lake", "lakes", "water", "mountains"],
    "night-sky": ["sky", "stars", "galaxy"],
    "primates": ["monkey", "ape", "primate"],
    "pyramids": ["pyramid", "pyramids", "desert"],
    "windmills": ["windmill", "windmills"],
}
_PAD, _UNKNOWN, _LENGTH = 0, 1, 16
_SCALE, _BIAS = 24.0, -12.0


def add_sample_words(home: Home, extractors: ExtractorPool | None = None) -> ModelSpec:
    """Add it to the library's models; nothing is indexed with it yet."""
    base = load_spec(shipped_models_dir() / _BASE)
    vocabulary, table = _table(base, extractors or ExtractorPool())
    folder = home.root / "words"
    folder.mkdir(parents=True, exist_ok=True)
    text = _text_tower(folder, vocabulary, table)
    spec = replace(base, name=NAME, title=TITLE, version="1", text=text, description="For tests.")
    added = add_model(home, spec, base.file.read_bytes())
    note_known(home, added)
    return added


def _table(base: ModelSpec, extractors: ExtractorPool) -> tuple[dict[str, int], Vectors]:
    """The words with their numbers, and the vector for each number: [V, D]."""
    embedder = extractors.get(base)
    groups = {
        group: np.stack(
            [
                embedder.embed_image(decode(path.read_bytes(), base.decode_side, 10**8).image)
                for path in sorted((samples_dir() / group).glob("*.jpg"))
            ]
        )
        for group in _WORDS
    }
    everything = np.concatenate(list(groups.values())).mean(axis=0)
    vocabulary, rows = {"[PAD]": _PAD, "[UNK]": _UNKNOWN}, [np.zeros_like(everything)]
    rows.append(0.1 * everything)
    for group, words in _WORDS.items():
        mean = groups[group].mean(axis=0) - everything
        for word in words:
            vocabulary[word] = len(rows)
            rows.append(mean / np.linalg.norm(mean))
    return vocabulary, np.stack(rows).astype(np.float32)


def _text_tower(folder: Path, vocabulary: dict[str, int], table: Vectors) -> TextSpec:
    tower, tokenizer = folder / "text.onnx", folder / "tokenizer.json"
    tower.write_bytes(_graph(table).SerializeToString())
    tokenizer.write_text(json.dumps(_tokenizer(vocabulary)))
    return TextSpec(
        file=tower,
        sha256=_sha256(tower),
        tokenizer=tokenizer,
        tokenizer_sha256=_sha256(tokenizer),
        length=_LENGTH,
        input="input_ids",
        output="text_embeds",
        cleaning="clip",
        pad=_PAD,
        scale=_SCALE,
        bias=_BIAS,
    )


def _graph(table: Vectors) -> onnx.ModelProto:
    """The sum of the words' vectors."""
    ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, _LENGTH])
    out = helper.make_tensor_value_info("text_embeds", TensorProto.FLOAT, [1, table.shape[1]])
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["each"]),
        helper.make_node("ReduceSum", ["each", "axis"], ["text_embeds"], keepdims=0),
    ]
    values = [
        numpy_helper.from_array(table, "table"),
        numpy_helper.from_array(np.array([1], np.int64), "axis"),
    ]
    graph = helper.make_graph(nodes, "words", [ids], [out], values)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def _tokenizer(vocabulary: dict[str, int]) -> dict[str, object]:
    """As the library `tokenizers` writes it: a number for each word."""
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"},
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
