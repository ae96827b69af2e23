"""Walking an ONNX graph: tensors and nodes, producers and consumers, dependencies and dependents.
Nothing is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx


def all_tensors(model: onnx.ModelProto) -> Iterator[onnx.TensorProto]:
    """All constants of a model, also those in subgraphs, attributes and functions."""
    yield from _own_tensors(model.graph)
    for function in model.functions:
        for attribute in function.attribute_proto:
            yield from _tensors_of(attribute)
    for node in all_nodes(model):
        for attribute in node.attribute:
            yield from _tensors_of(attribute)
            for graph in _attribute_graphs(attribute):
                yield from _own_tensors(graph)


def all_nodes(model: onnx.ModelProto) -> Iterator[onnx.NodeProto]:
    """All nodes of a model, also those of subgraphs and functions."""
    pending = [*model.graph.node, *(node for own in model.functions for node in own.node)]
    while pending:
        node = pending.pop()
        yield node
        for graph in subgraphs(node):
            pending += graph.node


def _attribute_graphs(attribute: onnx.AttributeProto) -> list[onnx.GraphProto]:
    return [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def subgraphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    for attribute in node.attribute:
        yield from _attribute_graphs(attribute)


def node_inputs(node: onnx.NodeProto, outer: Collection[str] = ()) -> set[str]:
    """The names that a node depends on: its inputs, and the names in `outer` that its subgraphs use
    (all others are the subgraphs' own)."""
    needed = {name for name in node.input if name}
    pending = [*subgraphs(node)]
    while pending:
        graph = pending.pop()
        used = {value.name for value in graph.output}
        for inner in graph.node:
            used.update(inner.input)
            pending += subgraphs(inner)
        needed.update(name for name in used if name in outer)
    return needed


def producers(graph: onnx.GraphProto) -> dict[str, onnx.NodeProto]:
    """By a value's name, the node that produces it."""
    return {name: node for node in graph.node for name in node.output if name}


def consumers(graph: onnx.GraphProto) -> dict[str, list[onnx.NodeProto]]:
    """By a value's name, the nodes that have it as an input."""
    found: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            found.setdefault(name, []).append(node)
    return found


def value_names(graph: onnx.GraphProto) -> set[str]:
    """The names of a graph's values, without those inside subgraphs."""
    names = {value.name for value in graph.input}
    names.update(tensor.name for tensor in graph.initializer)
    names.update(tensor.values.name for tensor in graph.sparse_initializer)
    names.update(name for node in graph.node for name in node.output if name)
    return names


def dependencies(graph: onnx.GraphProto, tensors: Iterable[str]) -> set[str]:
    """The names of all values that these depend on, and their own."""
    producer, outer = producers(graph), value_names(graph)
    needed: set[str] = set()
    pending = [*tensors]
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            if name in producer:
                pending += node_inputs(producer[name], outer)
    return needed


def dependents(nodes: Iterable[onnx.NodeProto], names: Collection[str]) -> set[str]:
    """These names and those of all values that depend on them. nodes: in topological order."""
    found = set(names)
    for node in nodes:
        if not node_inputs(node, found).isdisjoint(found):
            found.update(name for name in node.output if name)
    return found


def required_inputs(graph: onnx.GraphProto) -> list[onnx.ValueInfoProto]:
    """The inputs without a default: before IR version 4 the initializers are inputs, too."""
    fixed = {tensor.name for tensor in graph.initializer}
    fixed.update(tensor.values.name for tensor in graph.sparse_initializer)
    return [value for value in graph.input if value.name not in fixed]


def dimensions(value: onnx.ValueInfoProto) -> list[int | None] | None:
    """A value's declared shape, with None for a dynamic axis; None if the rank is not declared."""
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
