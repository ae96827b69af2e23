"""A dynamic batch axis for a graph that was exported for one picture at a time.

The edits are heuristic, so the result is verified by running it (`truncation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from finder.core.models.graph.traversal import dependents, value_names

if TYPE_CHECKING:
    import onnx

BATCH = "batch"


def with_dynamic_batch(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy whose image and output have a dynamic first axis, and so has every Reshape of a value
    that depends on the image."""
    import onnx

    dynamic = onnx.ModelProto()
    dynamic.CopyFrom(model)
    graph = dynamic.graph
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = BATCH
    constants = _constants(graph)
    from_image = dependents(graph.node, {graph.input[0].name})
    changed = 0
    for node in graph.node:
        if node.op_type != "Reshape" or node.input[0] not in from_image:
            continue
        shape = _dynamic_shape(constants.get(node.input[1]), node)
        if shape:
            changed += 1
            node.input[1] = _add_constant(graph, shape, f"dynamic_shape_{changed}")
    return dynamic


def set_shape(value: onnx.ValueInfoProto, batch: int, rest: Sequence[int]) -> None:
    """Declare [batch, …]; the other axes are declared only where the value had no shape."""
    shape = value.type.tensor_type.shape
    if not shape.dim:
        for side in (batch, *rest):
            shape.dim.add().dim_value = side
    shape.dim[0].Clear()
    shape.dim[0].dim_value = batch


def _constants(graph: onnx.GraphProto) -> dict[str, list[int]]:
    """The values of the constants that can be shapes."""
    from onnx import numpy_helper

    found = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if _is_shape(tensor)
    }
    for node in graph.node:
        if node.op_type == "Constant" and node.output:
            for attribute in node.attribute:
                if attribute.name == "value" and _is_shape(attribute.t):
                    found[node.output[0]] = numpy_helper.to_array(attribute.t)
                elif attribute.name == "value_ints":
                    found[node.output[0]] = np.array(attribute.ints)
    return {name: values.ravel().tolist() for name, values in found.items()}


def _is_shape(tensor: onnx.TensorProto) -> bool:
    import onnx

    few = len(tensor.dims) == 1 and tensor.dims[0] <= 8
    return few and tensor.data_type == onnx.TensorProto.INT64


def _dynamic_shape(shape: list[int] | None, node: onnx.NodeProto) -> list[int] | None:
    """The same with a dynamic first axis; None where nothing needs to change."""
    if not shape or shape[0] < 1:
        return None
    if -1 not in shape:
        return [-1, *shape[1:]]
    zero_is_literal = any(a.name == "allowzero" and a.i for a in node.attribute)
    return None if zero_is_literal or shape[0] != 1 else [0, *shape[1:]]


def _add_constant(graph: onnx.GraphProto, values: list[int], name: str) -> str:
    from onnx import numpy_helper

    names = value_names(graph)
    while name in names:
        name += "_"
    graph.initializer.append(numpy_helper.from_array(np.array(values, np.int64), name))
    return name
