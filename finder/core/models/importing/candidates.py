"""Which values of a graph can serve as a feature, the best first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Final, NamedTuple

from finder.core.i18n import tr
from finder.core.models.graph.dominators import dominator_chain
from finder.core.models.graph.truncation import Feature
from finder.core.models.importing.measured_graph import (
    POOLING_OPERATORS,
    SAME_NUMBERS,
    MeasuredGraph,
    Shapes,
)
from finder.core.models.manifest import MAX_DIMENSION

if TYPE_CHECKING:
    import onnx

MIN_DIMENSION: Final = 8
"""Fewer numbers are class scores rather than an embedding."""
_CLASS_COUNTS = frozenset({10, 100, 101, 200, 365, 1000, 1001, 11221, 11821, 18291, 21841, 21843})
"""Of the usual sets of classes: CIFAR, Food, Places, ImageNet."""
_EMBEDDING_NAMES = ("embed", "feature", "pooler", "descriptor", "encod", "represent")
_SCORES = frozenset({"Softmax", "LogSoftmax", "Sigmoid", "HardSigmoid", "ArgMax", "TopK"})
_ACTIVATIONS = frozenset({"Relu", "Clip", "LeakyRelu", "HardSwish", "Gelu"})
_MAX_LAYERS, _MAX_POOLINGS = 3, 2
"""How many dense layers and global poolings before an output are candidates."""


@dataclass(frozen=True)
class Candidate:
    """A feature with its dimension. what: a short description; reason: why it would be proposed."""

    feature: Feature
    dimension: int
    what: str
    reason: str


class _Ranked(NamedTuple):
    """rank: 0 is the best."""

    rank: int
    tensor: str
    pooling: str
    what: str
    reason: str


def find_candidates(
    graph: onnx.GraphProto, dominators: Mapping[str, str], outputs: Sequence[str], shapes: Shapes
) -> list[Candidate]:
    """The candidates, each once, the proposal first; empty if there are none.

    dominators: as `immediate_dominators`; shapes: of the floating-point values, for one picture.
    """
    values = MeasuredGraph(graph, dominators, shapes)
    found: list[_Ranked] = []
    for output in outputs:
        chain = dominator_chain(dict(dominators), output)[:-1]
        found += _OutputPath(values, output, chain).candidates()
    seen: set[tuple[str, str]] = set()
    chosen = []
    for entry in sorted(found, key=lambda entry: entry.rank):
        feature = Feature(entry.tensor, entry.pooling)
        identity = values.identity(feature)
        dimension = values.dimension(*entry[1:3])
        if identity not in seen and MIN_DIMENSION <= dimension <= MAX_DIMENSION:
            seen.add(identity)
            chosen.append(Candidate(feature, dimension, entry.what, entry.reason))
    return chosen


class _OutputPath:
    """The values that dominate one output, and which of them are candidates."""

    def __init__(self, values: MeasuredGraph, output: str, chain: Sequence[str]) -> None:
        """chain: from the output back to the image, without the image."""
        self._values = values
        self._output = output
        self._chain = chain

    def candidates(self) -> Iterator[_Ranked]:
        yield from self._output_itself()
        yield from self._layer_inputs()
        yield from self._global_poolings()
        yield from self._last_map()
        yield from self._last_tokens()

    def _output_itself(self) -> Iterator[_Ranked]:
        if self._values.is_vector(self._output) and self._is_embedding():
            rank = 0 if self._has_embedding_name() else 1
            reason = tr("the model's output is an embedding already")
            yield _Ranked(rank, self._output, "whole", tr("output"), reason)

    def _layer_inputs(self) -> Iterator[_Ranked]:
        """The inputs of dense layers, and of a convolution that takes the place of one."""
        layers = 0
        for name in self._chain:
            node = self._values.node(name)
            tensor = self._values.measured_dominator(node.input)
            if not tensor:
                continue
            if self._values.is_dense_layer(node) and self._values.is_vector(tensor):
                layers += 1
                is_last = layers == 1
                what = tr("input of the last layer") if is_last else tr("input of a layer before")
                reason = tr("the last layer computes the classes from it")
                yield _Ranked(2 + layers, tensor, "whole", what, reason)
                if layers == _MAX_LAYERS:
                    return
            elif node.op_type == "Conv" and not layers and self._computes_classes(name):
                what = tr("mean of the feature map before the classes")
                reason = tr("the next layer is a map for each class")
                yield _Ranked(2, tensor, "mean", what, reason)

    def _global_poolings(self) -> Iterator[_Ranked]:
        pooled = [name for name in self._chain if self._values.global_pooling(name)]
        reason = tr("the last feature map's mean or maximum")
        for name in pooled[:_MAX_POOLINGS]:
            yield _Ranked(6, name, "whole", tr("global pooling"), reason)

    def _last_map(self) -> Iterator[_Ranked]:
        name = self._last_of_rank(4)
        if name:
            reason = tr("the model ends with a feature map")
            yield _Ranked(7, name, "mean", tr("mean of the last feature map"), reason)
            yield _Ranked(9, name, "max", tr("maximum of the last feature map"), reason)

    def _last_tokens(self) -> Iterator[_Ranked]:
        name = self._last_of_rank(3)
        if name:
            tokens = self._values.shape(name)[1]
            is_grid = isqrt(tokens) ** 2 == tokens
            why_first = tr("there is one token more than a square grid of patches")
            why_mean = tr("the tokens are a square grid of patches")
            yield _Ranked(9 if is_grid else 7, name, "first", tr("first token"), why_first)
            yield _Ranked(8, name, "mean", tr("mean of the tokens"), why_mean)

    def _last_of_rank(self, axes: int) -> str:
        """The last value for one picture with this many axes that is not a vector, if any."""
        for name in self._chain:
            shape = self._values.shape(name)
            if len(shape) == axes and not self._values.is_vector(name) and shape[0] == 1:
                return name
        return ""

    def _has_embedding_name(self) -> bool:
        return any(word in self._output.lower() for word in _EMBEDDING_NAMES)

    def _is_embedding(self) -> bool:
        """Whether the output, a vector, is an embedding rather than class scores."""
        if self._has_embedding_name():
            return True
        values = self._values
        changed = (n for n in self._chain if values.node(n).op_type not in SAME_NUMBERS)
        node = values.node(next(changed, self._output))
        if node.op_type in _SCORES:
            return False
        if node.op_type == "LpNormalization":
            return True
        if node.op_type == "Div" and values.divides_by_norm(node):
            return True
        dimension = values.dimension(self._output, "whole")
        if dimension in _CLASS_COUNTS:
            return False
        layers = (values.is_dense_layer(values.node(n)) for n in self._chain[:3])
        return dimension % 64 == 0 or not any(layers)

    def _computes_classes(self, name: str) -> bool:
        """Whether a convolution computes a map for each class, or each class's score: only pooling
        and an activation follow it."""
        following = self._chain[: self._chain.index(name)]
        harmless = SAME_NUMBERS | _ACTIVATIONS | _SCORES | POOLING_OPERATORS.keys()
        channels = (self._values.shape(name) or (0, 0))[1]
        return (
            self._values.is_vector(self._output)
            and not self._is_embedding()
            and channels == self._values.dimension(self._output, "whole")
            and all(self._values.node(n).op_type in harmless for n in following)
        )
