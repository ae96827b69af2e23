"""How often “nearly the same” is right, before and after verification."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finder.core.models.spec import ModelSpec
from finder.core.search.closeness.closeness import ClosenessWord, closeness_word
from finder.core.search.closeness.closeness_scale import ClosenessScale, measured_scale
from finder.core.search.distance import Metric
from finder.core.search.ranking.similarity import similarity_of
from finder.core.search.verify.comparison import compare
from finder.core.search.verify.local_features import LocalFeatures

Vectors = NDArray[np.float32]
FIRST = 20
_SAMPLE = 192


@dataclass
class WordRow:
    """Of the first matches with one word, in the combined ranking: how many there are and show the
    same picture as the query; how many are proven to, and do."""

    word: ClosenessWord
    number: int = 0
    right: int = 0
    proven: int = 0
    proven_right: int = 0


class Words:
    """Closeness in one library."""

    def __init__(self, vectors: Mapping[ModelSpec, Vectors]) -> None:
        """vectors: [n, D] of the library's pictures."""
        self._vectors = vectors
        self._similarities = {spec: similarity_of(spec, Metric.EUCLIDEAN) for spec in vectors}
        random = np.random.default_rng(1)
        self._scales: dict[ModelSpec, ClosenessScale] = {}
        for spec, rows in vectors.items():
            sample = random.choice(len(rows), min(_SAMPLE, len(rows)), replace=False)
            self._scales[spec] = measured_scale(spec, self._similarities[spec], rows[sample])

    def closeness(
        self, query: Mapping[ModelSpec, Vectors], pictures: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """[n]: of these pictures in the combined ranking: the mean of the models'. query: [1, D]
        for each model."""
        found = []
        for spec, vectors in query.items():
            similarity = self._similarities[spec]
            distances = similarity.distances(vectors[0], self._vectors[spec][pictures])
            found.append(self._scales[spec].closeness(similarity.similarities(distances)))
        return np.asarray(np.mean(found, axis=0), np.float64)


@dataclass(frozen=True)
class Asked:
    """A query: its vectors [1, D], its scores [n] of the library's pictures, what it shows, and its
    features; same: the pictures that show the same, without itself; own: itself, if the library has
    it."""

    vectors: Mapping[ModelSpec, Vectors]
    scores: NDArray[np.float64]
    features: LocalFeatures
    same: set[int]
    own: int | None = None


def word_rows(
    words: Words, queries: Iterable[Asked], features: Sequence[LocalFeatures]
) -> list[WordRow]:
    """A row for each word, of the first matches of all queries. features: of the library's."""
    rows = {word: WordRow(word) for word in ClosenessWord}
    for query in queries:
        order = np.argsort(-query.scores, kind="stable")
        first = order[order != query.own][:FIRST].astype(np.int64)
        for picture, closeness in zip(
            first.tolist(), words.closeness(query.vectors, first).tolist(), strict=True
        ):
            row = rows[closeness_word(closeness)]
            is_right = picture in query.same
            is_proven = compare(query.features, features[picture]) is not None
            row.number += 1
            row.right += is_right
            row.proven += is_proven
            row.proven_right += is_right and is_proven
    return list(rows.values())
