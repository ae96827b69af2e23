"""Image models as users import them, with a few layers and random weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, helper, numpy_helper

EXPORTED = Path(__file__).parent / "models" / "exported"
LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
"""Well-known classifiers without their weights."""
SIDE = 16
WIDTH = 12

node = helper.make_node


def weights(name: str, *shape: int, element: int = TensorProto.FLOAT) -> TensorProto:
    """Always the same for a name."""
    random = np.random.default_rng(sum(name.encode()))
    values = random.normal(size=shape).astype(helper.tensor_dtype_to_np_dtype(element))
    return numpy_helper.from_array(values, name)


def whole(name: str, values: Sequence[int]) -> TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def model_of(
    nodes: Sequence[NodeProto],
    constants: Sequence[TensorProto] = (),
    *,
    image: str = "image",
    shape: Sequence[int | str | None] | None = (1, 3, SIDE, SIDE),
    outputs: Sequence[str] = ("scores",),
    element: int = TensorProto.FLOAT,
    opset: int = 20,
    ir_version: int = 10,
) -> ModelProto:
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info(image, element, shape)],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        constants,
    )
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version
    )


def classifier(
    *,
    opset: int = 20,
    ir_version: int = 10,
    shape: Sequence[int | str | None] | None = (1, 3, SIDE, SIDE),
    element: int = TensorProto.FLOAT,
    first: Sequence[NodeProto] = (),
    constants: Sequence[TensorProto] = (),
    image: str = "image",
) -> ModelProto:
    """Convolution, pooling to “pooled”, a Reshape with batch 1 written into it, ten classes.

    first: what makes “begin” of the image, if not itself.
    """
    begin = "begin" if first else image
    inner = TensorProto.FLOAT if first else element
    nodes = [
        *first,
        node("Conv", [begin, "kernel"], ["map"], kernel_shape=[3, 3]),
        node("Relu", ["map"], ["active"]),
        node("GlobalAveragePool", ["active"], ["pooled"], name="pool"),
        node("Reshape", ["pooled", "flat"], ["feature"]),
        node("Gemm", ["feature", "dense"], ["logits"]),
        node("Softmax", ["logits"], ["scores"]),
    ]
    own = [
        weights("kernel", WIDTH, 3, 3, 3, element=inner),
        weights("dense", WIDTH, 10, element=inner),
        whole("flat", [1, WIDTH]),
    ]
    return model_of(
        nodes,
        [*own, *constants],
        shape=shape,
        element=element,
        opset=opset,
        ir_version=ir_version,
        image=image,
    )


def saved(model: ModelProto, folder: Path, name: str = "made.onnx") -> Path:
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


def body(nodes: Sequence[NodeProto], outputs: Sequence[str]) -> GraphProto:
    """A subgraph that uses values of the graph around it."""
    made = [helper.make_empty_tensor_value_info(name) for name in outputs]
    return helper.make_graph(nodes, "body", [], made)


def endless(folder: Path) -> Path:
    """It never finishes a picture."""
    nodes, constants = endless_nodes("image")
    return saved(model_of(nodes, constants, outputs=["feature"]), folder)


def endless_nodes(
    image: str, while_dark: bool = False
) -> tuple[list[NodeProto], list[TensorProto]]:
    """What makes “feature” of an image [N, 3, height, width], and never ends; and its constants.
    while_dark: it ends for an image with a channel whose mean is not below 0."""
    body = helper.make_graph(
        [node("Identity", ["go"], ["go_on"]), node("Identity", ["kept"], ["kept_on"])],
        "body",
        [
            helper.make_tensor_value_info("turn", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("kept", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("kept_on", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        node("ReduceMean", [image, "axes"], ["mean"], keepdims=0),
        node("Loop", ["", "is_dark" if while_dark else "yes", "mean"], ["feature"], body=body),
    ]
    if while_dark:
        nodes[1:1] = [
            node("ReduceMax", ["mean"], ["most"], keepdims=0),
            node("Less", ["most", "zero"], ["is_dark"]),
        ]
    yes = helper.make_tensor("yes", TensorProto.BOOL, [], [True])
    zero = helper.make_tensor("zero", TensorProto.FLOAT, [], [0.0])
    return nodes, [whole("axes", [2, 3]), zero if while_dark else yes]


def speechless(folder: Path, factor: float = 1.0) -> Path:
    """Its feature is the same for every picture: nothing of it, and ones, by this factor."""
    nodes = [
        node("GlobalAveragePool", ["image"], ["colour"]),
        node("Mul", ["colour", "nothing"], ["none"]),
        node("Flatten", ["none"], ["flat"]),
        node("MatMul", ["flat", "wide"], ["width"]),
        node("Add", ["width", "ones"], ["embedding"]),
    ]
    constants = [
        numpy_helper.from_array(np.zeros(1, np.float32), "nothing"),
        numpy_helper.from_array(np.full(WIDTH, factor, np.float32), "ones"),
        weights("wide", 3, WIDTH),
    ]
    return saved(model_of(nodes, constants, outputs=["embedding"]), folder)
