"""The values that all of a picture passes through on its way to an output: the only ones that can
say everything the model knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.models.graph.traversal import node_inputs

if TYPE_CHECKING:
    import onnx


def bottlenecks(graph: onnx.GraphProto, image: str) -> dict[str, str]:
    """For each value made from the image, the nearest value that every way from the image to it
    leads through: the graph's dominator tree (Cooper, Harvey and Kennedy, A simple, fast dominance
    algorithm, 2001; one pass is enough where nothing goes in a circle)."""
    above = {image: image}
    depth = {image: 0}
    for node in graph.node:
        ways = [name for name in node_inputs(node, above) if name in above]
        if not ways:
            continue
        nearest = ways[0]
        for way in ways[1:]:
            nearest = _meeting(above, depth, nearest, way)
        for name in node.output:
            if name:
                above[name], depth[name] = nearest, depth[nearest] + 1
    return above


def way_back(above: dict[str, str], output: str) -> list[str]:
    """The bottlenecks from an output back to the image, both among them."""
    way = [output]
    while above[way[-1]] != way[-1]:
        way.append(above[way[-1]])
    return way


def _meeting(above: dict[str, str], depth: dict[str, int], one: str, other: str) -> str:
    while one != other:
        if depth[one] >= depth[other]:
            one = above[one]
        else:
            other = above[other]
    return one
