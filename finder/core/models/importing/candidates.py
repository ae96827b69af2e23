"""Which values of a graph can serve as a feature, the best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt, prod
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.core.models.graph.bottlenecks import way_back
from finder.core.models.graph.layout import has_channels_last
from finder.core.models.graph.traversal import producers
from finder.core.models.graph.truncation import Feature

if TYPE_CHECKING:
    import onnx

Shapes = Mapping[str, tuple[int, ...]]
_Found = tuple[int, str, str, str, str]
"""Place, value, what is taken of it, what it is, why it would be proposed."""

_FEWEST, _MOST = 8, 32_768
"""Numbers of an embedding: below, it is a decision and no description; the most of model.toml."""
_CLASS_COUNTS = frozenset({10, 100, 101, 200, 365, 1000, 1001, 11221, 11821, 18291, 21841, 21843})
"""Of the usual sets of classes: CIFAR, Food, Places, ImageNet."""
_EMBEDDING_NAMES = ("embed", "feature", "pooler", "descriptor", "encod", "represent")
_SCORES = frozenset({"Softmax", "LogSoftmax", "Sigmoid", "HardSigmoid", "ArgMax", "TopK"})
_SAME = frozenset(
    {
        *("Identity", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast"),
        *("QuantizeLinear", "DequantizeLinear"),
    }
)
"""Operators that leave the numbers as they are, or nearly."""
_ACTIVATIONS = frozenset({"Relu", "Clip", "LeakyRelu", "HardSwish", "Gelu"})
_DENSE = frozenset({"Gemm", "MatMul", "MatMulInteger", "QLinearMatMul"})
_POOLS = {
    **dict.fromkeys(("GlobalAveragePool", "AveragePool", "ReduceMean"), "mean"),
    **dict.fromkeys(("GlobalMaxPool", "MaxPool", "ReduceMax"), "max"),
}


@dataclass(frozen=True)
class Candidate:
    """A feature with its dimension; what it is, in a few words, and why it would be proposed."""

    feature: Feature
    dimension: int
    what: str
    reason: str


def find_candidates(
    graph: onnx.GraphProto, above: Mapping[str, str], outputs: Sequence[str], shapes: Shapes
) -> list[Candidate]:
    """The candidates, each once, the proposal first; empty if there are none.

    above: the graph's bottlenecks; shapes: of the values that are made of numbers with fractions,
    for one picture.
    """
    found: list[tuple[int, Candidate, tuple[str, str]]] = []
    for output in outputs:
        found += _Way(graph, dict(above), output, shapes).candidates()
    seen: set[tuple[str, str]] = set()
    chosen = []
    for _, candidate, key in sorted(found, key=lambda entry: entry[0]):
        if key not in seen and _FEWEST <= candidate.dimension <= _MOST:
            seen.add(key)
            chosen.append(candidate)
    return chosen


class _Way:
    """The way back from one output."""

    def __init__(
        self, graph: onnx.GraphProto, above: dict[str, str], output: str, shapes: Shapes
    ) -> None:
        self._graph = graph
        self._makes = producers(graph)
        self._above = above
        self._shapes = shapes
        self._output = output
        self._way = way_back(above, output)[:-1]

    def candidates(self) -> Iterator[tuple[int, Candidate, tuple[str, str]]]:
        """(place, candidate, what it is made of) – two of the same numbers have the same key."""
        for find in (self._of_output, self._of_dense, self._of_pools, self._of_maps):
            for place, tensor, take, what, reason in find():
                feature = Feature(tensor, take)
                candidate = Candidate(feature, self._dimension(tensor, take), what, reason)
                yield place, candidate, self._key(feature)

    def _of_output(self) -> Iterator[_Found]:
        if self._is_vector(self._output) and self._is_embedding():
            named = any(word in self._output.lower() for word in _EMBEDDING_NAMES)
            what = tr("output")
            reason = tr("the model's output is an embedding already")
            yield (0 if named else 1), self._output, "whole", what, reason

    def _of_dense(self) -> Iterator[_Found]:
        """The inputs of fully connected layers, and of the convolution that does their work."""
        number = 0
        for name in self._way:
            node = self._makes[name]
            tensor = self._nearest(node.input)
            if not tensor:
                continue
            if self._is_layer(node) and self._is_vector(tensor):
                number += 1
                what = (
                    tr("input of the last layer") if number == 1 else tr("input of a layer before")
                )
                yield (
                    2 + number,
                    tensor,
                    "whole",
                    what,
                    tr("the last layer computes the classes from it"),
                )
                if number == 3:
                    return
            elif node.op_type == "Conv" and not number and self._tells_classes(name):
                what = tr("mean of the feature map before the classes")
                yield 2, tensor, "mean", what, tr("the next layer is a map for each class")

    def _of_pools(self) -> Iterator[_Found]:
        pools = [name for name in self._way if self._pooled(name)]
        for name in pools[:2]:
            yield (
                6,
                name,
                "whole",
                tr("global pooling"),
                tr("the last feature map's mean or maximum"),
            )

    def _of_maps(self) -> Iterator[_Found]:
        for axes, find in ((4, self._of_map), (3, self._of_tokens)):
            for name in self._way:
                shape = self._shapes.get(name, ())
                if len(shape) == axes and not self._is_vector(name) and shape[0] == 1:
                    yield from find(name, shape)
                    break

    def _of_map(self, name: str, shape: tuple[int, ...]) -> Iterator[_Found]:
        reason = tr("the model ends with a feature map")
        yield 7, name, "mean", tr("mean of the last feature map"), reason
        yield 9, name, "max", tr("maximum of the last feature map"), reason

    def _of_tokens(self, name: str, shape: tuple[int, ...]) -> Iterator[_Found]:
        square = isqrt(shape[1]) ** 2 == shape[1]
        why_first = tr("there is one token more than a square grid of patches")
        yield (9 if square else 7), name, "first", tr("first token"), why_first
        yield (
            8,
            name,
            "mean",
            tr("mean of the tokens"),
            tr("the tokens are a square grid of patches"),
        )

    def _is_embedding(self) -> bool:
        """Whether the output, a vector, is no list of class scores."""
        if any(word in self._output.lower() for word in _EMBEDDING_NAMES):
            return True
        last = next((n for n in self._way if self._makes[n].op_type not in _SAME), self._output)
        node = self._makes[last]
        if node.op_type in _SCORES:
            return False
        if node.op_type == "LpNormalization" or (node.op_type == "Div" and self._norms(node)):
            return True  # scaled to length 1
        dimension = self._dimension(self._output, "whole")
        if dimension in _CLASS_COUNTS:
            return False
        return dimension % 64 == 0 or not any(self._is_layer(self._makes[n]) for n in self._way[:3])

    def _tells_classes(self, name: str) -> bool:
        """Whether a convolution makes a map for each class, or each class's score: nothing but
        pooling and an activation lies behind it."""
        behind = self._way[: self._way.index(name)]
        dimension = self._dimension(self._output, "whole")
        return (
            self._is_vector(self._output)
            and not self._is_embedding()
            and self._shapes.get(name, (0, 0))[1] == dimension
            and all(
                self._makes[n].op_type in _SAME | _ACTIVATIONS | _SCORES | _POOLS.keys()
                for n in behind
            )
        )

    def _norms(self, node: onnx.NodeProto) -> bool:
        """Whether a node divides by a length."""
        name = node.input[1]
        for _ in range(4):
            if name not in self._makes or not self._makes[name].input:
                return False
            if self._makes[name].op_type in ("ReduceL2", "Sqrt"):
                return True
            name = self._makes[name].input[0]
        return False

    def _is_layer(self, node: onnx.NodeProto) -> bool:
        """Whether a node multiplies one value of the picture with weights, all of it with each."""
        if node.op_type == "Conv":
            return self._is_vector(node.input[0])
        return node.op_type in _DENSE and sum(name in self._above for name in node.input[:2]) == 1

    def _nearest(self, names: Iterable[str]) -> str:
        """The bottleneck, made of numbers with fractions, that these values come from."""
        name = next((name for name in names if name in self._above), "")
        for _ in range(4):
            if name in self._shapes:
                return name
            name = self._above.get(name, "")
        return ""

    def _pooled(self, name: str) -> str:
        """“mean” or “max” if a value is the global pooling of a map, else nothing."""
        node = self._makes[name]
        take = _POOLS.get(node.op_type, "")
        before = self._shapes.get(node.input[0] if node.input else "", ())
        if not take or len(before) not in (3, 4) or not self._is_vector(name):
            return ""
        return take if prod(before) > self._dimension(name, "whole") else ""

    def _is_vector(self, name: str) -> bool:
        shape = self._shapes.get(name, ())
        return bool(shape) and prod(shape) == max(shape)

    def _dimension(self, name: str, take: str) -> int:
        shape = self._shapes.get(name, (0,))
        if take == "whole":
            return prod(shape)
        if len(shape) == 3:
            return shape[2]
        return shape[3 if has_channels_last(self._graph, name) else 1]

    def _key(self, feature: Feature) -> tuple[str, str]:
        name, take = self._root(feature.tensor), feature.take
        if take == "whole" and name in self._makes:
            node = self._makes[name]
            if pool := self._pooled(name):
                return pool, self._root(node.input[0])
            if node.op_type == "Gather" and len(self._shapes.get(node.input[0], ())) == 3:
                return "first", self._root(node.input[0])
        return take, name

    def _root(self, name: str) -> str:
        """The value that has the same numbers, as far back as there is one."""
        while name in self._makes and self._makes[name].op_type in _SAME:
            name = self._makes[name].input[0]
        return name
