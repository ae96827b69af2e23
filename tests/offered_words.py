"""Small text towers and tokenizers with the names of those in the catalogue."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import onnx
from offered_graphs import graph_of
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

from finder.core.models.downloads.offered_files import TextFiles
from finder.core.models.downloads.offers import Offer
from finder.core.models.spec import TextSpec
from finder.core.web.remote_file import RemoteFile

WORDS = ("a", "photo", "of", "cat", "castle", "red")
_END = "<end>"


def text_graph(text: TextSpec, dimension: int) -> onnx.GraphProto:
    """The mean of the tokens' vectors, of those that the mask leaves if there is one."""
    table = np.random.default_rng(3).normal(0, 1, (50_000, dimension)).astype(np.float32)[:64]
    nodes = [
        helper.make_node("Clip", [text.input, "first", "last"], ["t_token"]),
        helper.make_node("Gather", ["t_table", "t_token"], ["t_vectors"], axis=0),
    ]
    vectors = "t_vectors"
    if text.mask:
        nodes += [
            helper.make_node("Cast", [text.mask], ["t_numbers"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["t_numbers", "t_axis"], ["t_weights"]),
            helper.make_node("Mul", [vectors, "t_weights"], ["t_masked"]),
        ]
        vectors = "t_masked"
    nodes.append(helper.make_node("ReduceMean", [vectors], [text.output], axes=[1], keepdims=0))
    inputs = [name for name in (text.input, text.mask) if name]
    kind = TensorProto.INT64
    return helper.make_graph(
        nodes,
        "text",
        [helper.make_tensor_value_info(name, kind, ["batch", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info(text.output, TensorProto.FLOAT, ["batch", dimension])],
        [
            numpy_helper.from_array(table, "t_table"),
            numpy_helper.from_array(np.array(0), "first"),
            numpy_helper.from_array(np.array(63), "last"),
            numpy_helper.from_array(np.array([2]), "t_axis"),
        ],
    )


def tokenizer_bytes() -> bytes:
    vocabulary = {"[UNK]": 0, _END: 1} | {word: n for n, word in enumerate(WORDS, 2)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single=f"$A {_END}", special_tokens=[(_END, 1)])
    content: bytes = tokenizer.to_str().encode()
    return content


@cache
def files_like(offer: Offer) -> tuple[bytes, ...]:
    """Files like those that are offered, in the order of `Offer.files`; always the same ones."""
    picture, _ = graph_of(offer)
    text = offer.spec.text
    if text is None or offer.text is None:
        return (picture.SerializeToString(),)
    words = text_graph(text, offer.spec.dimension)
    if offer.text.tower is None:
        model = onnx.ModelProto.FromString(picture.SerializeToString())
        for name in ("node", "input", "output", "initializer"):
            getattr(model.graph, name).extend(getattr(words, name))
        del model.opset_import[:]
        model.opset_import.append(helper.make_opsetid("", 13))
        return (model.SerializeToString(), tokenizer_bytes())
    tower = helper.make_model(words, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return (picture.SerializeToString(), tower.SerializeToString(), tokenizer_bytes())


def offered_with(offer: Offer, contents: Sequence[bytes], root: str) -> Offer:
    """The offer, of these files instead, under an address that ends with their number."""
    files = [
        replace(
            file,
            urls=(f"{root}/{number}",),
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            max_size=len(content),
        )
        for number, (file, content) in enumerate(zip(offer.files, contents, strict=True))
    ]
    assert offer.text is not None
    assert offer.spec.text is not None
    tower: RemoteFile | None = files[1] if offer.text.tower else None
    text = replace(
        offer.spec.text, sha256=(tower or files[0]).sha256, tokenizer_sha256=files[-1].sha256
    )
    return replace(
        offer,
        file=files[0],
        text=TextFiles(tower, files[-1]),
        spec=replace(offer.spec, text=text),
    )
