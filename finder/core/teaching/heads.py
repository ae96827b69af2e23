"""The heads that can be taught, and teaching one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.teaching.discriminant import Discriminant
from finder.core.teaching.softmax_head import learn_head

if TYPE_CHECKING:
    from finder.core.teaching.projection import Basis, Projection

_SHRINKAGES = (0.03, 0.2, 0.7)
_NOTHING_TAUGHT = 1.0
"""The shrinkage that leaves the vectors as they are, but for their mean: for pictures too few to
teach anything."""
_PULLS = (0.0003, 0.003)
_FIRST_SHRINKAGE = 0.2
"""Of the discriminant that gradient steps begin with."""
_DIMENSIONS = (128, 512)
_LEARNED_DIMENSION = 128
_FEWEST_DIMENSIONS = 8


class Method(StrEnum):
    DISCRIMINANT = "discriminant"
    SOFTMAX = "softmax"


@dataclass(frozen=True)
class Head:
    """regularisation: of the discriminant its shrinkage, of the softmax its pull towards the base.
    dimension: of the new vectors, at most; fewer where the pictures do not vary as much."""

    method: Method
    regularisation: float
    dimension: int


def possible_heads(methods: Sequence[Method], labels: int, dimension: int) -> list[Head]:
    """labels: how many there are to be told apart; dimension: of the vectors."""
    least = max(labels - 1, _FEWEST_DIMENSIONS)
    lengths = [some for some in dict.fromkeys((least, *_DIMENSIONS)) if some <= dimension]
    heads: list[Head] = []
    if Method.DISCRIMINANT in methods:
        heads += [
            Head(Method.DISCRIMINANT, shrinkage, length)
            for shrinkage in _SHRINKAGES
            for length in lengths or [dimension]
        ]
        heads.append(Head(Method.DISCRIMINANT, _NOTHING_TAUGHT, max(lengths, default=dimension)))
    if Method.SOFTMAX in methods:
        length = min(_LEARNED_DIMENSION, dimension)
        heads += [Head(Method.SOFTMAX, pull, length) for pull in _PULLS]
    return heads


class Teacher:
    """Teaches heads to one set of pictures; what they share is computed once."""

    def __init__(
        self, basis: Basis, vectors: NDArray[np.float32], labels: NDArray[np.int64], seed: int
    ) -> None:
        """vectors: [N, D], with labels int64 [N]; basis: of vectors like these."""
        self._basis, self._labels, self._seed = basis, labels, seed
        self._coordinates = basis.coordinates(vectors)
        self._discriminant = Discriminant(self._coordinates, labels)

    def projection(self, head: Head) -> Projection:
        dimension = min(head.dimension, self._basis.dimension)
        if head.method is Method.DISCRIMINANT:
            found = self._discriminant.head(head.regularisation, dimension)
        else:
            first = self._discriminant.head(_FIRST_SHRINKAGE, dimension)
            found = learn_head(
                self._coordinates, self._labels, first, head.regularisation, self._seed
            )
        return self._basis.projection(found)
