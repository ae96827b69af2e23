"""A feature that the user names instead of taking a proposed one."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt, prod
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.models.graph.layout import has_channels_last
from finder.core.models.graph.traversal import producers
from finder.core.models.graph.truncation import POOLINGS, Feature, dimension, output_shapes
from finder.core.models.importing.candidates import Candidate

if TYPE_CHECKING:
    import onnx


def named_feature(model: onnx.ModelProto, named: str, size: tuple[int, int]) -> Candidate:
    """The candidate that the user has named: a value or a node, with “:” and a pooling or without.

    size: height and width to run the model with where its own are dynamic. Raises FinderError for a
    name that does not exist, and for a pooling that cannot be applied.
    """
    name, _, pooling = named.rpartition(":")
    if pooling not in POOLINGS or not name:
        name, pooling = named, ""
    tensor = _tensor(model.graph, name)
    shape = output_shapes(model, [tensor], size).get(tensor, ())
    feature = Feature(tensor, pooling or _default_pooling(shape))
    channels_last = has_channels_last(model.graph, tensor)
    numbers = dimension(shape, feature, channels_last)
    return Candidate(feature, numbers, tr("chosen by you"), tr("you chose it"))


def _tensor(graph: onnx.GraphProto, name: str) -> str:
    """The value of this name, or the output of the node of this name."""
    if name in producers(graph):
        return name
    for node in graph.node:
        if node.name == name and node.output:
            return str(node.output[0])
    raise FinderError(
        tr("The model has no value or node called “{name}”.").format(name=name),
        tr("A viewer for ONNX graphs, such as Netron, shows the names."),
    )


def _default_pooling(shape: Sequence[int]) -> str:
    """The pooling that fits a value of this shape best."""
    if not shape or prod(shape) == max(shape) or len(shape) not in (3, 4):
        return "whole"
    if len(shape) == 4 or isqrt(shape[1]) ** 2 == shape[1]:
        return "mean"
    return "first"
