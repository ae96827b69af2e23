"""Graphs with the inputs, outputs and opsets of the two-tower models in use, with random weights
and as few layers as they need: a text's vector depends on its words, their order and their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from importable import node, weights, whole
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

WIDTH = 16
_FLOAT, _INT64 = TensorProto.FLOAT, TensorProto.INT64
Axes = Sequence[int | str]


def clip_pictures() -> ModelProto:
    """Qdrant/clip-ViT-B-32-vision."""
    nodes, constants = _patches("pixel_values", 32)
    nodes += [
        node("ReduceMean", ["last_hidden_state"], ["pooled"], axes=[1], keepdims=0),
        node("MatMul", ["pooled", "visual_projection"], ["image_embeds"]),
    ]
    constants.append(weights("visual_projection", WIDTH, 512))
    return _model(
        nodes,
        constants,
        {"pixel_values": (_FLOAT, ["batch_size", 3, 224, 224])},
        {"image_embeds": ["batch_size", 512], "last_hidden_state": ["batch_size", 49, WIDTH]},
        14,
    )


def clip_words(mask: bool = True) -> ModelProto:
    """Qdrant/clip-ViT-B-32-text: the table of 77 positions is cut to the tokens that are given."""
    nodes, constants = _clip_text(mask)
    inputs: dict[str, tuple[int, Axes]] = {"input_ids": (_INT64, ["batch_size", "sequence_length"])}
    if mask:
        inputs["attention_mask"] = (_INT64, ["batch_size", "sequence_length"])
    outputs: dict[str, Axes] = {
        "text_embeds": ["batch_size", 512],
        "last_hidden_state": ["batch_size", "sequence_length", WIDTH],
    }
    return _model(nodes, constants, inputs, outputs, 14)


def clip_both() -> ModelProto:
    """TinyCLIP's model.onnx: both towers, with lengths of 1, and all similarities."""
    picture, text = clip_pictures(), clip_words()
    nodes = [*picture.graph.node, *text.graph.node]
    for graph_node in nodes:
        for names in (graph_node.input, graph_node.output):
            names[:] = [_renamed(name, graph_node in text.graph.node) for name in names]
    nodes += [*_unit("image"), *_unit("text")]
    nodes += [
        node("Transpose", ["text_embeds"], ["turned"], perm=[1, 0]),
        node("MatMul", ["image_embeds", "turned"], ["logits_per_image"]),
        node("Transpose", ["logits_per_image"], ["logits_per_text"], perm=[1, 0]),
    ]
    return _model(
        nodes,
        [*picture.graph.initializer, *text.graph.initializer],
        {
            "input_ids": (_INT64, ["text_batch_size", "sequence_length"]),
            "pixel_values": (_FLOAT, ["image_batch_size", 3, 224, 224]),
            "attention_mask": (_INT64, ["text_batch_size", "sequence_length"]),
        },
        {
            "logits_per_image": ["image_batch_size", "text_batch_size"],
            "logits_per_text": ["text_batch_size", "image_batch_size"],
            "text_embeds": ["text_batch_size", 512],
            "image_embeds": ["image_batch_size", 512],
        },
        14,
    )


def datacomp_pictures() -> ModelProto:
    """rclip-models' visual.onnx: “input” of 256 pixels, “output”."""
    nodes, constants = _patches("input", 32, hidden="hidden")
    nodes += [
        node("ReduceMean", ["hidden", "second"], ["pooled"], keepdims=0),
        node("MatMul", ["pooled", "projection"], ["output"]),
    ]
    constants += [weights("projection", WIDTH, 512), whole("second", [1])]
    inputs: dict[str, tuple[int, Axes]] = {"input": (_FLOAT, ["batch", 3, 256, 256])}
    return _model(nodes, constants, inputs, {"output": ["batch", 512]}, 18)


def datacomp_words() -> ModelProto:
    """rclip-models' textual.onnx: “input”, “output”, no mask; always 77 tokens."""
    nodes, constants = _embedded("input", 77, _CLIP_TOKENS)
    nodes += [
        node("Mul", ["input", "one"], ["ids"]),
        *_at_greatest("ids"),
        node("MatMul", ["pooled", "text_projection"], ["output"]),
    ]
    constants += [
        weights("text_projection", WIDTH, 512),
        numpy_helper.from_array(np.array(1, np.int64), "one"),
    ]
    return _model(nodes, constants, {"input": (_INT64, ["batch", 77])}, {"output": ["batch", 512]})


def siglip2_pictures() -> ModelProto:
    """onnx-community/siglip2-base-patch16-224-ONNX, vision_model.onnx."""
    nodes, constants = _patches("pixel_values", 16, hidden="narrow")
    nodes += [
        node("MatMul", ["narrow", "widen"], ["last_hidden_state"]),
        node("MatMul", ["last_hidden_state", "probe"], ["attention"]),
        node("Softmax", ["attention"], ["shares"], axis=1),
        node("Mul", ["last_hidden_state", "shares"], ["shared"]),
        node("ReduceSum", ["shared", "second"], ["pooler_output"], keepdims=0),
    ]
    constants += [weights("widen", WIDTH, 768), weights("probe", 768, 1), whole("second", [1])]
    return _model(
        nodes,
        constants,
        {"pixel_values": (_FLOAT, ["batch_size", 3, 224, 224])},
        {"last_hidden_state": ["batch_size", 196, 768], "pooler_output": ["batch_size", 768]},
    )


def siglip2_words() -> ModelProto:
    """The same, text_model.onnx: the vector is that of the last of 64 places."""
    nodes, constants = _embedded("input_ids", 64, 1_000)
    nodes += [
        node("CumSum", ["x", "axis"], ["mixed"]),
        node("MatMul", ["mixed", "widen"], ["last_hidden_state"]),
        node("Gather", ["last_hidden_state", "last"], ["pooler_output"], axis=1),
    ]
    constants += [
        weights("widen", WIDTH, 768),
        numpy_helper.from_array(np.array(1, np.int64), "axis"),
        numpy_helper.from_array(np.array(-1, np.int64), "last"),
    ]
    return _model(
        nodes,
        constants,
        {"input_ids": (_INT64, ["batch_size", 64])},
        {"last_hidden_state": ["batch_size", 64, 768], "pooler_output": ["batch_size", 768]},
    )


_CLIP_TOKENS = 49_408


def _clip_text(mask: bool) -> tuple[list[NodeProto], list[TensorProto]]:
    table = "text_model.embeddings.position_embedding.weight"
    nodes = [
        node("Gather", ["token_table", "input_ids"], ["tokens"]),
        node("Shape", ["input_ids"], ["shape"]),
        node("Slice", ["shape", "from", "to"], ["length"]),
        node("Slice", [table, "zero", "length"], ["places"]),
        node("Add", ["tokens", "places"], ["all"]),
    ]
    if mask:
        nodes += [
            node("Cast", ["attention_mask"], ["kept"], to=_FLOAT),
            node("Unsqueeze", ["kept", "behind"], ["kept_places"]),
            node("Mul", ["all", "kept_places"], ["x"]),
        ]
    else:
        nodes.append(node("Identity", ["all"], ["x"]))
    nodes += [
        node("CumSum", ["x", "axis"], ["last_hidden_state"]),
        *_at_greatest("input_ids", "last_hidden_state"),
        node("MatMul", ["pooled", "text_projection"], ["text_embeds"]),
    ]
    constants = [
        weights("token_table", _CLIP_TOKENS, WIDTH),
        weights(table, 77, WIDTH),
        weights("text_projection", WIDTH, 512),
        *(whole(name, [n]) for name, n in (("from", 1), ("to", 2), ("zero", 0), ("behind", 2))),
        numpy_helper.from_array(np.array(1, np.int64), "axis"),
    ]
    return nodes, constants


def _embedded(tokens: str, length: int, size: int) -> tuple[list[NodeProto], list[TensorProto]]:
    """“x” of tokens: each one's vector, and that of its place."""
    nodes = [
        node("Gather", ["token_table", tokens], ["tokens"]),
        node("Add", ["tokens", "positional_embedding"], ["x"]),
    ]
    return nodes, [
        weights("token_table", size, WIDTH),
        weights("positional_embedding", length, WIDTH),
    ]


def _at_greatest(tokens: str, of: str = "x") -> list[NodeProto]:
    """“pooled”: the vector at the place of the greatest token, which is the first end."""
    return [
        node("ArgMax", [tokens], ["place"], axis=1, keepdims=1),
        node("GatherND", [of, "place"], ["pooled"], batch_dims=1),
    ]


def _patches(
    image: str, side: int, hidden: str = "last_hidden_state"
) -> tuple[list[NodeProto], list[TensorProto]]:
    nodes = [
        node("Conv", [image, "kernel"], ["map"], kernel_shape=[side] * 2, strides=[side] * 2),
        node("Relu", ["map"], ["active"]),
        node("Reshape", ["active", "flat"], ["rows"]),
        node("Transpose", ["rows"], [hidden], perm=[0, 2, 1]),
    ]
    return nodes, [weights("kernel", WIDTH, 3, side, side), whole("flat", [0, WIDTH, -1])]


def _renamed(name: str, is_text: bool) -> str:
    if name in ("image_embeds", "text_embeds"):
        return f"{name}_raw"
    return f"text_{name}" if is_text and name in ("pooled", "last_hidden_state") else name


def _unit(kind: str) -> list[NodeProto]:
    raw = f"{kind}_embeds_raw"
    return [
        node("ReduceL2", [raw], [f"{kind}_norm"], axes=[1], keepdims=1),
        node("Div", [raw, f"{kind}_norm"], [f"{kind}_embeds"]),
    ]


def _model(
    nodes: Sequence[NodeProto],
    constants: Sequence[TensorProto],
    inputs: Mapping[str, tuple[int, Axes]],
    outputs: Mapping[str, Axes],
    opset: int = 18,
) -> ModelProto:
    values = [helper.make_tensor_value_info(n, kind, axes) for n, (kind, axes) in inputs.items()]
    results = [helper.make_tensor_value_info(n, _FLOAT, axes) for n, axes in outputs.items()]
    graph = helper.make_graph(nodes, "main_graph", values, results, constants)
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    onnx.checker.check_model(model)
    return model
