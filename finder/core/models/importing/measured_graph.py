"""A graph with the shapes that its values had in a run: what kind of value each one is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import TYPE_CHECKING, Final

from finder.core.models.graph.layout import has_channels_last
from finder.core.models.graph.traversal import producers

if TYPE_CHECKING:
    import onnx

    from finder.core.models.graph.truncation import Feature

Shapes = Mapping[str, tuple[int, ...]]

SAME_NUMBERS: Final = frozenset(
    {
        *("Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast"),
        *("QuantizeLinear", "DequantizeLinear"),
    }
)
"""Operators that leave the numbers as they are, or nearly."""
POOLING_OPERATORS: Final = {
    **dict.fromkeys(("GlobalAveragePool", "AveragePool", "ReduceMean"), "mean"),
    **dict.fromkeys(("GlobalMaxPool", "MaxPool", "ReduceMax"), "max"),
}
"""Operators that can pool a feature map, and the `Feature.pooling` that does the same."""
_DENSE = frozenset({"Gemm", "MatMul", "MatMulInteger", "QLinearMatMul"})
_MAX_STEPS_BACK = 4


class MeasuredGraph:
    """dominators: as `immediate_dominators`; shapes: of the floating-point values, for one
    picture."""

    def __init__(
        self, graph: onnx.GraphProto, dominators: Mapping[str, str], shapes: Shapes
    ) -> None:
        self._graph = graph
        self._producers = producers(graph)
        self._dominators = dominators
        self._shapes = shapes

    def node(self, name: str) -> onnx.NodeProto:
        """The node that produces a value."""
        return self._producers[name]

    def shape(self, name: str) -> tuple[int, ...]:
        """Empty if it was not measured."""
        return self._shapes.get(name, ())

    def is_vector(self, name: str) -> bool:
        shape = self.shape(name)
        return bool(shape) and prod(shape) == max(shape)

    def dimension(self, name: str, pooling: str) -> int:
        """The length of the embedding that a pooling gives; 0 for a value that was not measured."""
        shape = self._shapes.get(name, (0,))
        if pooling == "whole":
            return prod(shape)
        if len(shape) == 3:
            return shape[2]
        return shape[3 if has_channels_last(self._graph, name) else 1]

    def global_pooling(self, name: str) -> str:
        """“mean” or “max” if a value is the global pooling of a feature map, else nothing."""
        node = self._producers[name]
        pooling = POOLING_OPERATORS.get(node.op_type, "")
        before = self.shape(node.input[0] if node.input else "")
        if not pooling or len(before) not in (3, 4) or not self.is_vector(name):
            return ""
        return pooling if prod(before) > self.dimension(name, "whole") else ""

    def is_dense_layer(self, node: onnx.NodeProto) -> bool:
        """Whether a node is a fully connected layer over one value that depends on the picture."""
        if node.op_type == "Conv":
            return self.is_vector(node.input[0])
        variable = sum(name in self._dominators for name in node.input[:2])
        return node.op_type in _DENSE and variable == 1

    def divides_by_norm(self, node: onnx.NodeProto) -> bool:
        name = node.input[1]
        for _ in range(_MAX_STEPS_BACK):
            if name not in self._producers or not self._producers[name].input:
                return False
            if self._producers[name].op_type in ("ReduceL2", "Sqrt"):
                return True
            name = self._producers[name].input[0]
        return False

    def measured_dominator(self, names: Iterable[str]) -> str:
        """The nearest floating-point value that dominates the first of these that depends on the
        picture, itself among them; empty if there is none."""
        name = next((name for name in names if name in self._dominators), "")
        for _ in range(_MAX_STEPS_BACK):
            if name in self._shapes:
                return name
            name = self._dominators.get(name, "")
        return ""

    def identity(self, feature: Feature) -> tuple[str, str]:
        """The same for two features that have the same numbers: a pooling, and a value."""
        name, pooling = self._origin(feature.tensor), feature.pooling
        if pooling == "whole" and name in self._producers:
            node = self._producers[name]
            if of_map := self.global_pooling(name):
                return of_map, self._origin(node.input[0])
            if node.op_type == "Gather" and len(self.shape(node.input[0])) == 3:
                return "first", self._origin(node.input[0])
        return pooling, name

    def _origin(self, name: str) -> str:
        """The earliest value that has the same numbers."""
        while name in self._producers and self._producers[name].op_type in SAME_NUMBERS:
            name = self._producers[name].input[0]
        return name
