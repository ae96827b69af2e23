"""Precision of a model's weights: which one a file has, and conversion to float16.

A variant is a model of its own, with its own file, name and vectors.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from finder.core.i18n import tr
from finder.core.models.descriptions import IN_8_BITS, IN_16_BITS

if TYPE_CHECKING:
    import onnx

    from finder.core.models.spec import ModelSpec

FLOAT32, FLOAT16, INT8 = "float32", "float16", "int8"
PRECISIONS: Final = (INT8, FLOAT16)
"""Of variants."""

_QUANTISED = frozenset({"QuantizeLinear", "DequantizeLinear", "QLinearConv", "ConvInteger"})
_MIN_SIZE = 256
"""Numbers of a tensor that is worth storing as float16."""
_MAX_ERROR = 1e-3
"""Relative to the tensor's L2 norm. Rounding to float16 changes a number by 2⁻¹¹ of it at most, but
by more above 65,504 (overflow) and below 6.1e-5 (subnormal numbers)."""


def variant_of(spec: ModelSpec, precision: str, how: str = "") -> ModelSpec:
    """The variant's description; its file is yet to be made. how: how it was made, for the field
    `source`."""
    return replace(
        spec,
        name=f"{spec.name}-{precision}",
        title=f"{spec.title}, {precision}",
        description=(IN_8_BITS if precision == INT8 else IN_16_BITS).format(title=spec.title),
        source=f"{spec.source}; {how or precision}",
    )


def precision_of(content: bytes) -> str:
    """The precision of most weights in an ONNX file: one of PRECISIONS, or float32."""
    import onnx

    graph = onnx.load_model_from_string(content).graph
    if any(node.op_type in _QUANTISED for node in graph.node):
        return INT8
    sizes = dict.fromkeys((onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16), 0)
    for tensor in graph.initializer:
        if tensor.data_type in sizes:
            sizes[tensor.data_type] += int(np.prod(tensor.dims))
    single, half = sizes.values()
    return FLOAT16 if half > single else FLOAT32


def as_float16(content: bytes) -> bytes:
    """The same model with its weights stored as float16 and cast to float32 where they are used.

    A tensor stays as it is if it has fewer than 256 numbers, or if rounding changes it by more
    than a thousandth of its L2 norm. Raises ValueError if all do.
    """
    import onnx

    model = onnx.load_model_from_string(content)
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        half = _halved(tensor)
        if half is None:
            continue
        name = tensor.name
        casts.append(onnx.helper.make_node("Cast", [half.name], [name], to=onnx.TensorProto.FLOAT))
        tensor.CopyFrom(half)
        _remove_input(graph, name)
    if not casts:
        raise ValueError(tr("it has no weights that float16 could hold"))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    converted: bytes = model.SerializeToString()
    return converted


def _halved(tensor: onnx.TensorProto) -> onnx.TensorProto | None:
    """The tensor as float16 under another name; None if it stays as it is."""
    import onnx

    if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < _MIN_SIZE:
        return None
    values = onnx.numpy_helper.to_array(tensor)
    with np.errstate(over="ignore"):
        half = values.astype(np.float16)
        error = np.linalg.norm(values.astype(np.float64) - half)
    if not error <= _MAX_ERROR * np.linalg.norm(values.astype(np.float64)):
        return None
    return onnx.numpy_helper.from_array(half, f"{tensor.name}_half")


def _remove_input(graph: onnx.GraphProto, name: str) -> None:
    """Old files list their weights among the inputs, too; a name must not be defined twice."""
    for at, value in enumerate(graph.input):
        if value.name == name:
            del graph.input[at]
            return
