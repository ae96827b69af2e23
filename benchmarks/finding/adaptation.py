"""Whether a ranking gets better where it adapts to the library: by whitening its vectors, or by
weights from the consistency of its models.

`python -m benchmarks.finding.adaptation FOLDER` prints what was tried, each with the 95 % interval
of its gain (docs/finding.md). FOLDER has the sets, the copies and the vectors.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import say
from benchmarks.finding.copies import TURNED, choose_originals, make_copies
from benchmarks.finding.rankings import MeasuredLibrary, Vectors
from benchmarks.finding.sets import EMOJI, LABELLED, make_sets
from benchmarks.finding.vectors import vectors_of
from benchmarks.finding.verifying import twins_of
from benchmarks.material import shipped_models
from finder.core.evaluation.bootstrap import Interval, LabelBootstrap
from finder.core.evaluation.retrieval_metrics import average_precision
from finder.core.models.spec import ModelSpec
from finder.core.search.ranking.model_scores import ModelScores
from finder.core.search.ranking.ranking import Own

ByModel = Mapping[ModelSpec, Vectors]
_Transform = Callable[[Vectors, Vectors], Vectors]
"""Of vectors [n, D] and those of the library [N, D], the first as they are compared."""
_Values = tuple[list[NDArray[np.float64]], NDArray[np.int64]]
"""A figure of each query [Q], looked at once and twice; and the queries' labels [Q]."""

_ORIGINALS = 150
_EMOJI_STEP = 8
_COPY_STEP = 4
_CONSISTENT: Final = ("cropped", "mirrored")
_EQUAL: Final[Mapping[ModelSpec, float]] = {}
_SCENES = 150
_OTHERS = 250
_SEED = 19


@dataclass(frozen=True)
class Gain:
    """A mean over queries, and what it is more than another one of the same queries."""

    mean: float
    gain: float
    interval: Interval

    @classmethod
    def of(
        cls, values: NDArray[np.float64], base: NDArray[np.float64], labels: NDArray[np.int64]
    ) -> Gain:
        """values, base: [Q]; labels: of the queries [Q], which are drawn as a whole."""
        interval = LabelBootstrap(labels).intervals({"gain": values - base})["gain"]
        return cls(float(values.mean()), float((values - base).mean()), interval)

    def __str__(self) -> str:
        low, high = self.interval.low, self.interval.high
        return f"{self.mean:.3f} {self.gain:+.3f} [{low:+.3f}, {high:+.3f}]"


# Whitening, and weights


def as_they_are(vectors: Vectors, library: Vectors) -> Vectors:
    return vectors


def whitened(vectors: Vectors, library: Vectors, power: float, shrunk: float) -> Vectors:
    """The vectors [n, D] in the directions of the library's principal components, each divided by
    this power of its variance. shrunk: this many times the mean variance is added to each."""
    mean = library.mean(axis=0)
    rest = (library - mean).astype(np.float64)
    variances, directions = np.linalg.eigh(rest.T @ rest / len(library))
    variances = np.maximum(variances, 0.0) + shrunk * variances.mean()
    scaled = (directions * variances**-power) @ directions.T
    made = (vectors - mean) @ scaled.astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def whitening(power: float, shrunk: float, by_size: bool = False) -> _Transform:
    """by_size: shrunk more, the fewer pictures there are for each dimension."""

    def transform(vectors: Vectors, library: Vectors) -> Vectors:
        factor = library.shape[1] / len(library) if by_size else 1.0
        return whitened(vectors, library, power, shrunk * factor)

    return transform


def consistencies(
    vectors: ByModel, copies: ByModel, wanted: Sequence[set[int]]
) -> dict[ModelSpec, float]:
    """For each model how well copies find their originals: the mean reciprocal rank. It needs no
    labels: any picture can be cropped and mirrored."""
    found = {}
    for spec, rows in vectors.items():
        mean = rows.mean(axis=0)
        library, queries = (
            (some - mean) / np.linalg.norm(some - mean, axis=1, keepdims=True)
            for some in (rows, copies[spec])
        )
        ranks = []
        for scores, these in zip(queries @ library.T, wanted, strict=True):
            ranks.append(1 + int(np.count_nonzero(scores > scores[sorted(these)].max())))
        found[spec] = float(np.mean(1.0 / np.array(ranks)))
    return found


class _Weighted(MeasuredLibrary):
    def __init__(
        self,
        vectors: Mapping[ModelSpec, Vectors],
        pictures: NDArray[np.int64],
        weights: Mapping[ModelSpec, float],
    ) -> None:
        super().__init__(vectors, pictures)
        self._weights = weights

    def _model(self, spec: ModelSpec, query: Vectors, own: Own) -> ModelScores:
        weight = self._weights.get(spec, 1.0)
        return replace(super()._model(spec, query, own), weight=weight)


# What is measured


class Adaptation:
    """The sets and the altered copies, and their vectors."""

    def __init__(self, folder: Path) -> None:
        self.pictures = make_sets(folder / "sets", folder / "packages")
        originals = choose_originals(self.pictures, _ORIGINALS)
        self.copies = make_copies(folder / "copies", self.pictures, originals)
        self.vectors = self._of(folder, "pictures", [one.path for one in self.pictures])
        self.copy_vectors = self._of(folder, "copies", [one.path for one in self.copies])
        self.twins = twins_of(self.pictures)
        names = [f"{one.set}/{one.label}" for one in self.pictures]
        self.labels = np.unique(names, return_inverse=True)[1].astype(np.int64)

    @staticmethod
    def _of(folder: Path, name: str, paths: Sequence[Path]) -> dict[ModelSpec, Vectors]:
        specs = shipped_models()
        return {spec: vectors_of(folder / "vectors", name, paths, spec)[0] for spec in specs}

    def weights(self, power: float) -> dict[ModelSpec, float]:
        """A power of each model's consistency, 1 in the mean."""
        chosen = [at for at, copy in enumerate(self.copies) if copy.kind in _CONSISTENT]
        copies = {spec: rows[chosen] for spec, rows in self.copy_vectors.items()}
        wanted = [self.twins[self.copies[at].original] for at in chosen]
        found = consistencies(self.vectors, copies, wanted)
        raised = {spec: value**power for spec, value in found.items()}
        mean = sum(raised.values()) / len(raised)
        return {spec: value / mean for spec, value in raised.items()}

    def measure(
        self, transform: _Transform = as_they_are, weights: Mapping[ModelSpec, float] = _EQUAL
    ) -> dict[str, _Values]:
        """For each set, alone and mixed, the average precision of the queries; for the copies,
        whether the original is first."""
        sets = np.array([one.set for one in self.pictures])
        every = np.arange(len(sets))
        found: dict[str, _Values] = {}
        for name in LABELLED:
            chosen = np.flatnonzero(sets == name)
            queries = chosen[:: _EMOJI_STEP if name == EMOJI else 1]
            for title, pictures in ((name, chosen), (f"{name}, mixed", every)):
                vectors = {
                    spec: transform(rows, rows[pictures]) for spec, rows in self.vectors.items()
                }
                library = _Weighted(vectors, pictures, weights)
                values = [self._precisions(library, vectors, int(query)) for query in queries]
                found[title] = [*np.array(values).T], self.labels[queries]
        chosen = np.array([at for at, copy in enumerate(self.copies) if copy.kind != TURNED])
        chosen = chosen[::_COPY_STEP]
        asked = {
            spec: transform(self.copy_vectors[spec][chosen], rows)
            for spec, rows in self.vectors.items()
        }
        wanted = [self.twins[self.copies[at].original] for at in chosen]
        firsts = [
            self._first(library, {spec: rows[at : at + 1] for spec, rows in asked.items()}, these)
            for at, these in enumerate(wanted)
        ]
        originals = np.array([self.copies[at].original for at in chosen])
        found["altered copies"] = [*np.array(firsts).T], originals
        return found

    def _precisions(
        self, library: MeasuredLibrary, vectors: ByModel, query: int
    ) -> tuple[float, float]:
        asked = {spec: rows[query : query + 1] for spec, rows in vectors.items()}
        ranked = library.combined(asked, Own(frozenset({query}), query))
        others = library.pictures != query
        relevant = (self.labels[library.pictures] == self.labels[query])[others]
        twice = library.looked_twice(ranked)
        return precision(ranked.combined.scores[others], relevant), precision(
            twice[others], relevant
        )

    @staticmethod
    def _first(library: MeasuredLibrary, query: ByModel, wanted: set[int]) -> tuple[float, float]:
        ranked = library.combined(query)
        twice = library.looked_twice(ranked)
        return float(int(ranked.combined.scores.argmax()) in wanted), float(
            int(twice.argmax()) in wanted
        )


def precision(scores: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """The average precision of a ranking by these scores [N]."""
    order = np.argsort(-scores, kind="stable")
    number = np.array([np.count_nonzero(relevant)])
    return float(average_precision(relevant[order][np.newaxis], number)[0])


def main(folder: Path) -> None:
    adaptation = Adaptation(folder)
    base = adaptation.measure()
    for spec, weight in adaptation.weights(1.0).items():
        print(f"consistency of {spec.title}, of 1 in the mean: {weight:.3f}")
    ways = {
        "whitened, power 0.1": (whitening(0.1, 0.1), _EQUAL),
        "power 0.25": (whitening(0.25, 0.1), _EQUAL),
        "power 0.35": (whitening(0.35, 0.1), _EQUAL),
        "power 0.5": (whitening(0.5, 0.1), _EQUAL),
        "power 0.25, shrunk by size": (whitening(0.25, 1.0, by_size=True), _EQUAL),
        "power 0.5, shrunk by size": (whitening(0.5, 1.0, by_size=True), _EQUAL),
        "weights: consistency": (as_they_are, adaptation.weights(1.0)),
        "weights: consistency to the 4th": (as_they_are, adaptation.weights(4.0)),
    }
    for number, look in enumerate(("looked at once", "looked at twice")):
        for title, (values, _) in base.items():
            print(look, title, f"{values[number].mean():.3f}", flush=True)
    for name, (transform, weights) in ways.items():
        say(name)
        found = adaptation.measure(transform, weights)
        for title, (values, labels) in found.items():
            gains = [Gain.of(v, b, labels) for v, b in zip(values, base[title][0], strict=True)]
            print(f"{name} | {title} | {gains[0]} | {gains[1]}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
