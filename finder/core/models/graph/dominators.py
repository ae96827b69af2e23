"""Dominators of a graph's values: the values that all of the picture's information passes through
on its way to an output, and so the only ones that can contain all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.models.graph.traversal import node_inputs

if TYPE_CHECKING:
    import onnx


def immediate_dominators(graph: onnx.GraphProto, image: str) -> dict[str, str]:
    """For each value that depends on the image, the nearest value that every path from the image
    to it leads through: the graph's dominator tree (Cooper, Harvey and Kennedy, A simple, fast
    dominance algorithm, 2001; one pass is enough in a graph without cycles)."""
    dominators = {image: image}
    depth = {image: 0}
    for node in graph.node:
        inputs = [name for name in node_inputs(node, dominators) if name in dominators]
        if not inputs:
            continue
        nearest = inputs[0]
        for name in inputs[1:]:
            nearest = _common_dominator(dominators, depth, nearest, name)
        for name in node.output:
            if name:
                dominators[name], depth[name] = nearest, depth[nearest] + 1
    return dominators


def dominator_chain(dominators: dict[str, str], output: str) -> list[str]:
    """The values that dominate an output, from itself back to the image."""
    chain = [output]
    while dominators[chain[-1]] != chain[-1]:
        chain.append(dominators[chain[-1]])
    return chain


def _common_dominator(
    dominators: dict[str, str], depth: dict[str, int], one: str, other: str
) -> str:
    while one != other:
        if depth[one] >= depth[other]:
            one = dominators[one]
        else:
            other = dominators[other]
    return one
