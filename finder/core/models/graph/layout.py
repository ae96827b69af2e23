"""The layout of a graph's images and feature maps: which axis holds the channels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.graph.traversal import consumers, dimensions, producers

if TYPE_CHECKING:
    import onnx

_LARGEST_SIDE = 4_096
_TO_CHANNELS_LAST, _TO_CHANNELS_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
_CHANNELS_FIRST = frozenset(
    {
        *("Conv", "ConvTranspose", "QLinearConv", "ConvInteger", "FusedConv"),
        *("MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool"),
        *("BatchNormalization", "InstanceNormalization", "GroupNormalization", "LRN"),
        *("DepthToSpace", "SpaceToDepth"),
    }
)
"""Operators whose result is [N, C, H, W] by definition."""


def input_layout(graph: onnx.GraphProto, value: onnx.ValueInfoProto) -> str:
    """“NCHW” or “NHWC”, from which axis has length 3; else from the first operators."""
    shape = dimensions(value) or [None] * 4
    if len(shape) == 4 and (shape[1] == 3) != (shape[3] == 3):
        return "NCHW" if shape[1] == 3 else "NHWC"
    return "NHWC" if _is_transposed_first(graph, value.name) else "NCHW"


def has_channels_last(graph: onnx.GraphProto, tensor: str) -> bool:
    """Whether a feature map of four axes is [N, H, W, C]: found by going back to an operator with
    a layout of its own, or to the image."""
    producer = producers(graph)
    seen: set[str] = set()
    while tensor in producer and tensor not in seen:
        seen.add(tensor)
        node = producer[tensor]
        if node.op_type in _CHANNELS_FIRST:
            return False
        if node.op_type == "Transpose":
            return permutation(node) == _TO_CHANNELS_LAST
        # Of several operands, the one that is not constant.
        variable = [n for n in node.input if n in producer and not _is_constant(producer[n])]
        tensor = (variable or list(node.input) or [""])[0]
    for value in graph.input:
        if value.name == tensor:
            return input_layout(graph, value) == "NHWC"
    return False


def permutation(node: onnx.NodeProto) -> list[int]:
    return next((list(a.ints) for a in node.attribute if a.name == "perm"), [])


def image_shape(
    graph: onnx.GraphProto, value: onnx.ValueInfoProto, size: tuple[int, int]
) -> tuple[int, int, int]:
    """The shape of one image, [3, H, W] or [H, W, 3]. size: height and width where they are
    dynamic.

    Raises FinderError for an input that is not a colour image.
    """
    shape = dimensions(value)
    nchw = input_layout(graph, value) == "NCHW"
    default = (3, *size) if nchw else (*size, 3)
    declared = [None] * 4 if shape is None else shape
    if len(declared) != 4:
        raise _not_an_image(value.name, tr("it has {n} axes instead of 4").format(n=len(declared)))
    one, two, three = (have or want for have, want in zip(declared[1:], default, strict=True))
    channels, sides = (one, (two, three)) if nchw else (three, (one, two))
    if channels != 3:
        raise _not_an_image(
            value.name, tr("it has {n} colour channels instead of 3").format(n=channels)
        )
    if max(sides) > _LARGEST_SIDE:
        raise _not_an_image(value.name, tr("its sides are longer than {n}").format(n=_LARGEST_SIDE))
    return one, two, three


def image_type(value: onnx.ValueInfoProto) -> str:
    """The input's type as in model.toml. Raises FinderError for another one."""
    import onnx

    known: dict[int, str] = {
        onnx.TensorProto.FLOAT: "float32",
        onnx.TensorProto.FLOAT16: "float16",
        onnx.TensorProto.UINT8: "uint8",
    }
    kind = value.type.tensor_type.elem_type
    if kind not in known:
        raise _not_an_image(value.name, tr("it is neither float32, float16 nor uint8"))
    return known[kind]


def synthetic_batch(
    graph: onnx.GraphProto, value: onnx.ValueInfoProto, size: tuple[int, int]
) -> NDArray[Any]:
    """A batch of two different pictures for an input: noise and a gradient. 0 … 255 for uint8, else
    −1 … 1."""
    shape, kind = image_shape(graph, value, size), image_type(value)
    noise = np.random.default_rng(1).uniform(-1.0, 1.0, shape)
    gradient = np.linspace(-1.0, 1.0, noise.size).reshape(shape)
    pictures = np.stack([noise, gradient])
    if kind == "uint8":
        pictures = (pictures + 1.0) * 127.5
    return pictures.astype(kind)


def _not_an_image(name: str, why: str) -> FinderError:
    return FinderError(
        tr("The model's input “{name}” is not a colour image: {why}.").format(name=name, why=why),
        tr("Only models that take one colour picture can be used."),
    )


def _is_transposed_first(graph: onnx.GraphProto, name: str) -> bool:
    """Whether the image is transposed to [N, C, H, W] first, apart from arithmetic."""
    consumer = consumers(graph)
    for _ in range(8):
        nodes = consumer.get(name, [])
        if any(_is_transpose(node, _TO_CHANNELS_FIRST) for node in nodes):
            return True
        if not nodes or nodes[0].op_type in _CHANNELS_FIRST or not nodes[0].output:
            return False
        name = nodes[0].output[0]
    return False


def _is_transpose(node: onnx.NodeProto, order: list[int]) -> bool:
    return node.op_type == "Transpose" and permutation(node) == order


def _is_constant(node: onnx.NodeProto) -> bool:
    return not any(node.input)
