"""Walking an ONNX graph: what is in it, what makes what, what needs what. Nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx


def every_tensor(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """All constants of a model, wherever one can be: in subgraphs, attributes and functions."""
    yield from _own_tensors(model.graph)
    for function in model.functions:
        for attribute in function.attribute_proto:
            yield from _tensors_of(attribute)
    for node in every_node(model):
        for attribute in node.attribute:
            yield from _tensors_of(attribute)
            for graph in graphs_of(attribute):
                yield from _own_tensors(graph)


def every_node(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """All nodes of a model, those of subgraphs and functions, too."""
    waiting = [*model.graph.node, *(node for own in model.functions for node in own.node)]
    while waiting:
        node = waiting.pop()
        yield node
        for graph in subgraphs(node):
            waiting += graph.node


def graphs_of(attribute: onnx.AttributeProto) -> list[onnx.GraphProto]:
    return [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def subgraphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    for attribute in node.attribute:
        yield from graphs_of(attribute)


def node_inputs(node: onnx.NodeProto, outer: Collection[str] = ()) -> set[str]:
    """The names that a node needs: its inputs, and of what its subgraphs use, the names in outer
    (the others are their own)."""
    needed = {name for name in node.input if name}
    waiting = [*subgraphs(node)]
    while waiting:
        graph = waiting.pop()
        used = {value.name for value in graph.output}
        for inner in graph.node:
            used.update(inner.input)
            waiting += subgraphs(inner)
        needed.update(name for name in used if name in outer)
    return needed


def producers(graph: onnx.GraphProto) -> dict[str, onnx.NodeProto]:
    """Which node makes a value."""
    return {name: node for node in graph.node for name in node.output if name}


def consumers(graph: onnx.GraphProto) -> dict[str, list[onnx.NodeProto]]:
    """Which nodes take a value as their input."""
    found: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            found.setdefault(name, []).append(node)
    return found


def outer_names(graph: onnx.GraphProto) -> set[str]:
    """Every name that a graph's values have, subgraphs' own left out."""
    names = {value.name for value in graph.input}
    names.update(tensor.name for tensor in graph.initializer)
    names.update(tensor.values.name for tensor in graph.sparse_initializer)
    names.update(name for node in graph.node for name in node.output if name)
    return names


def needed_for(graph: onnx.GraphProto, tensors: Iterable[str]) -> set[str]:
    """The names of all values that these are made from, themselves among them."""
    makes, outer = producers(graph), outer_names(graph)
    needed: set[str] = set()
    waiting = [*tensors]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            if name in makes:
                waiting += node_inputs(makes[name], outer)
    return needed


def made_from(nodes: Iterable[onnx.NodeProto], names: Collection[str]) -> set[str]:
    """These names and those of all values that change with them; nodes in their order."""
    found = set(names)
    for node in nodes:
        if not node_inputs(node, found).isdisjoint(found):
            found.update(name for name in node.output if name)
    return found


def free_inputs(graph: onnx.GraphProto) -> list[onnx.ValueInfoProto]:
    """The inputs that must be given: before IR version 4 the constants are inputs, too."""
    fixed = {tensor.name for tensor in graph.initializer}
    fixed.update(tensor.values.name for tensor in graph.sparse_initializer)
    return [value for value in graph.input if value.name not in fixed]


def dimensions(value: onnx.ValueInfoProto) -> list[int | None] | None:
    """A value's declared shape, None for what is free; None if not even the number of axes is
    told."""
    kind = value.type.tensor_type
    if not kind.HasField("shape"):
        return None
    return [dim.dim_value if dim.dim_value > 0 else None for dim in kind.shape.dim]


def _own_tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)


def _tensors_of(attribute: onnx.AttributeProto) -> Iterator[onnx.TensorProto]:
    if attribute.HasField("t"):
        yield attribute.t
    yield from attribute.tensors
    sparse = [attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []
    for tensor in (*sparse, *attribute.sparse_tensors):
        yield from (tensor.values, tensor.indices)
