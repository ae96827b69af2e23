"""Letting a graph that was exported for one picture at a time take several.

What is changed here is a guess: whoever uses it runs the result (`cutting`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from finder.core.models.graph.traversal import made_from, outer_names

if TYPE_CHECKING:
    import onnx

BATCH = "batch"


def with_dynamic_batch(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy whose image and output have a free first axis; where a Reshape of what comes from
    the image has a fixed size there, it is free, too."""
    import onnx

    freed = onnx.ModelProto()
    freed.CopyFrom(model)
    graph = freed.graph
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = BATCH
    constants = _constants(graph)
    from_image = made_from(graph.node, {graph.input[0].name})
    number = 0
    for node in graph.node:
        if node.op_type != "Reshape" or node.input[0] not in from_image:
            continue
        shape = _freed_shape(constants.get(node.input[1]), node)
        if shape:
            number += 1
            node.input[1] = _add_constant(graph, shape, f"free_shape_{number}")
    return freed


def set_shape(value: onnx.ValueInfoProto, batch: int, rest: Sequence[int]) -> None:
    """Declare [batch, …]; of the rest, what has a name keeps it."""
    shape = value.type.tensor_type.shape
    if not shape.dim:
        for side in (batch, *rest):
            shape.dim.add().dim_value = side
    shape.dim[0].Clear()
    shape.dim[0].dim_value = batch


def _constants(graph: onnx.GraphProto) -> dict[str, list[int]]:
    """The whole numbers of the constants that can be shapes."""
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


def _freed_shape(shape: list[int] | None, node: onnx.NodeProto) -> list[int] | None:
    """The same with a free first axis; None where nothing is to be changed."""
    if not shape or shape[0] < 1:
        return None
    if -1 not in shape:
        return [-1, *shape[1:]]
    as_given = any(a.name == "allowzero" and a.i for a in node.attribute)
    return None if as_given or shape[0] != 1 else [0, *shape[1:]]


def _add_constant(graph: onnx.GraphProto, values: list[int], name: str) -> str:
    from onnx import numpy_helper

    names = outer_names(graph)
    while name in names:
        name += "_"
    graph.initializer.append(numpy_helper.from_array(np.array(values, np.int64), name))
    return name
