"""Removing from a model everything that given values do not depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.graph.traversal import (
    all_nodes,
    dependencies,
    producers,
    required_inputs,
    subgraphs,
    value_names,
)

if TYPE_CHECKING:
    import onnx

DOMAINS: Final = ("", "ai.onnx", "ai.onnx.ml", "com.microsoft")
"""The operator domains that ONNX Runtime supports."""


def pruned(model: onnx.ModelProto, *tensors: str, inputs: int = 1) -> onnx.ModelProto:
    """A new model with one input, or up to so many, and these values as its outputs.

    Raises FinderError for a value that does not exist, depends on no input or on more of them, or
    needs operators that ONNX Runtime does not have.
    """
    import onnx

    graph = model.graph
    produced = producers(graph)
    for tensor in tensors:
        if tensor not in produced:
            raise _no_feature(tr("The model has no value called “{name}”.").format(name=tensor))
    needed = dependencies(graph, tensors)
    part = onnx.ModelProto(
        producer_name=model.producer_name,
        ir_version=model.ir_version,
        opset_import=model.opset_import,
    )
    part.graph.name = graph.name or "truncated"
    for node in graph.node:
        if not needed.isdisjoint(node.output):
            _copy_node(part.graph, node)
    part.graph.initializer.extend(t for t in graph.initializer if t.name in needed)
    part.graph.sparse_initializer.extend(
        t for t in graph.sparse_initializer if t.values.name in needed
    )
    part.graph.input.extend(_inputs(model, needed, tensors[0], inputs))
    for tensor in tensors:
        part.graph.output.add().name = tensor
    _copy_functions(model, part)
    _check_domains(part)
    return part


def rename_if_taken(graph: onnx.GraphProto, taken: str) -> None:
    """Rename the value that has this name, if there is one."""
    names = value_names(graph)
    if taken not in names:
        return
    unused = next(name for n in range(len(names) + 1) if (name := f"{taken}_{n}") not in names)
    pending = [graph]
    while pending:
        inner = pending.pop()
        for value in (*inner.input, *inner.output, *inner.initializer):
            if value.name == taken:
                value.name = unused
        for sparse in inner.sparse_initializer:
            if sparse.values.name == taken:
                sparse.values.name = unused
        for node in inner.node:
            for names_of in (node.input, node.output):
                names_of[:] = [unused if name == taken else name for name in names_of]
            pending += subgraphs(node)


def _copy_node(graph: onnx.GraphProto, node: onnx.NodeProto) -> None:
    copy = graph.node.add()
    copy.CopyFrom(node)
    copy.ClearField("doc_string")  # exporters put whole stack traces there
    copy.ClearField("metadata_props")


def _inputs(
    model: onnx.ModelProto, needed: set[str], tensor: str, most: int
) -> list[onnx.ValueInfoProto]:
    inputs = [value for value in required_inputs(model.graph) if value.name in needed]
    if not inputs:
        raise _no_feature(
            tr("The value “{name}” does not depend on the picture.").format(name=tensor)
        )
    if len(inputs) > most:
        names = ", ".join(value.name for value in inputs)
        raise _no_feature(
            tr("The value “{name}” depends on more than the picture: {names}.").format(
                name=tensor, names=names
            )
        )
    return inputs


def _copy_functions(model: onnx.ModelProto, part: onnx.ModelProto) -> None:
    """The model's local functions that are used, also by one another."""
    own = {(function.domain, function.name): function for function in model.functions}
    pending = [*part.graph.node]
    while pending:
        node = pending.pop()
        for graph in subgraphs(node):
            pending += graph.node
        function = own.pop((node.domain, node.op_type), None)
        if function is not None:
            part.functions.append(function)
            pending += function.node


def _check_domains(part: onnx.ModelProto) -> None:
    own = {(function.domain, function.name) for function in part.functions}
    for node in all_nodes(part):
        if node.domain not in DOMAINS and (node.domain, node.op_type) not in own:
            raise FinderError(
                tr("The model needs the operator {name}, which ONNX Runtime does not have.").format(
                    name=f"{node.domain}.{node.op_type}"
                ),
                tr("Export it again with ONNX's own operators."),
            )


def _no_feature(sentence: str) -> FinderError:
    return FinderError(sentence, tr("Choose another one as the feature."))
