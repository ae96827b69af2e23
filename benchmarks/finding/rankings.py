"""Rankings of a library, made by the program's own functions, and how good they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from finder.core.evaluation.bootstrap import Interval, LabelBootstrap
from finder.core.evaluation.retrieval_metrics import average_precision
from finder.core.library.server.fetched_vectors import FetchedVectors
from finder.core.models.spec import ModelSpec
from finder.core.search.distance import Metric
from finder.core.search.ranking.combine import CombinedScores, combine
from finder.core.search.ranking.common_pictures import common_pictures
from finder.core.search.ranking.model_scores import ModelScores, checked_products, score_model
from finder.core.search.ranking.ranking import NOTHING_OWN, Own
from finder.core.search.ranking.second_look import look_twice
from finder.core.search.ranking.similarity import similarity_of

COMBINED: Final = "Combined"
TWICE: Final = ", looked twice"
Vectors = NDArray[np.float32]
Scores = NDArray[np.float64]
_NO_LIST = 1


@dataclass(frozen=True)
class Ranked:
    """A combined ranking, the models that it was made of, and the query's own picture."""

    combined: CombinedScores
    models: Sequence[ModelScores]
    own: Own


class MeasuredLibrary:
    """Some pictures, embedded with some models: a picture's id is its row in `vectors`."""

    def __init__(self, vectors: Mapping[ModelSpec, Vectors], pictures: NDArray[np.int64]) -> None:
        """vectors: [n, D] of all pictures; pictures: which of them the library has."""
        self.pictures = pictures
        self._vectors = vectors
        self._similarities = {spec: similarity_of(spec, Metric.EUCLIDEAN) for spec in vectors}
        self._indexes = {
            spec: FetchedVectors(pictures, rows[pictures], rows[pictures].mean(axis=0))
            for spec, rows in vectors.items()
        }

    def scores(
        self, query: Mapping[ModelSpec, Vectors], own: int | None = None
    ) -> dict[str, Scores]:
        """For each ranking the score of every picture, larger is nearer: each model, all of them
        combined, and these looked at twice. query: [O, D] for each model, as many orientations as
        are asked for; own: the query's own picture."""
        asked = NOTHING_OWN if own is None else Own(frozenset({own}), own)
        models = {spec: self._model(spec, rows, asked) for spec, rows in query.items()}
        found = {}
        for spec, model in models.items():
            found[spec.title] = np.asarray(model.products.values, np.float64)
            found[spec.title + TWICE] = self.looked_twice(self._combined([model], asked))
        every = self._combined(list(models.values()), asked)
        found[COMBINED] = every.combined.scores
        found[COMBINED + TWICE] = self.looked_twice(every)
        return found

    def scores_of(self, picture: int) -> dict[str, Scores]:
        """As `scores`, of one of the library's pictures."""
        query = {spec: rows[picture : picture + 1] for spec, rows in self._vectors.items()}
        return self.scores(query, picture)

    def combined(self, query: Mapping[ModelSpec, Vectors], own: Own = NOTHING_OWN) -> Ranked:
        """All models' ranking, as it is looked at once."""
        models = [self._model(spec, rows, own) for spec, rows in query.items()]
        return self._combined(models, own)

    def looked_twice(self, ranked: Ranked) -> Scores:
        return look_twice(ranked.combined, ranked.models, _NO_LIST, ranked.own).scores

    def _model(self, spec: ModelSpec, query: Vectors, own: Own) -> ModelScores:
        index, similarity = self._indexes[spec], self._similarities[spec]
        products = checked_products(index, query, similarity)
        return score_model(index, query, similarity, products, _NO_LIST, own)

    def _combined(self, models: Sequence[ModelScores], own: Own) -> Ranked:
        common = common_pictures([model.index for model in models])
        return Ranked(combine(models, common, _NO_LIST, own), models, own)


@dataclass(frozen=True)
class Measured:
    """For each ranking a figure of every query [Q], 0 … 1; and the queries' labels [Q]."""

    values: Mapping[str, NDArray[np.float64]]
    labels: NDArray[np.int64]

    def mean(self, ranking: str) -> float:
        return float(self.values[ranking].mean())

    def gains(self, base: str) -> dict[str, Interval]:
        """Of each ranking's mean over the base's: 95 %, paired, by bootstrap over labels."""
        differences = {name: rows - self.values[base] for name, rows in self.values.items()}
        return LabelBootstrap(self.labels).intervals(differences)


def measure_labelled(
    library: MeasuredLibrary, labels: NDArray[np.int64], queries: Iterable[int]
) -> Measured:
    """The average precision of finding the others of a picture's label. labels: [n], of all
    pictures; queries: pictures of the library with others of their label."""
    rows: dict[str, list[float]] = {}
    chosen = list(queries)
    for query in chosen:
        found = library.scores_of(query)
        others = library.pictures != query
        relevant = (labels[library.pictures] == labels[query])[others]
        for name, scores in found.items():
            order = np.argsort(-scores[others], kind="stable")
            number = np.array([np.count_nonzero(relevant)])
            rows.setdefault(name, []).append(
                float(average_precision(relevant[order][np.newaxis], number)[0])
            )
    values = {name: np.array(some) for name, some in rows.items()}
    return Measured(values, labels[np.array(chosen)])


def first_found(scores: Mapping[str, Sequence[Scores]], wanted: Sequence[set[int]]) -> Measured:
    """Whether each query's original, or a picture that is the same, is found first."""
    values = {
        name: np.array(
            [float(int(row.argmax()) in these) for row, these in zip(rows, wanted, strict=True)]
        )
        for name, rows in scores.items()
    }
    return Measured(values, np.array([min(these) for these in wanted]))
