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
_NEAREST = 10


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


@dataclass(frozen=True)
class Consistency:
    """How well a model's answers for copies fit those for their originals. It needs no labels: any
    picture can be cropped and mirrored. found: the mean reciprocal rank of the original; kept: the
    share of the original's ten nearest that the copy has, too."""

    found: float
    kept: float

    @classmethod
    def of(cls, library: Vectors, copies: Vectors, same: Sequence[set[int]]) -> Consistency:
        """same: for each copy the pictures of the library that show the same as it."""
        mean = library.mean(axis=0)
        pictures, queries = (
            (some - mean) / np.linalg.norm(some - mean, axis=1, keepdims=True)
            for some in (library, copies)
        )
        ranks, kept = [], []
        for query, these in zip(queries, same, strict=True):
            rows = sorted(these)
            scores = pictures @ query
            ranks.append(1 + int(np.count_nonzero(scores > scores[rows].max())))
            nearest = [
                set(np.argsort(-_without(rows, some))[:_NEAREST].tolist())
                for some in (scores, pictures @ pictures[rows[0]])
            ]
            kept.append(len(nearest[0] & nearest[1]) / _NEAREST)
        return cls(float(np.mean(1.0 / np.array(ranks))), float(np.mean(kept)))


def _without(rows: Sequence[int], scores: Vectors) -> Vectors:
    others = scores.copy()
    others[list(rows)] = -np.inf
    return others


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

    def consistencies(self) -> dict[ModelSpec, Consistency]:
        chosen = [at for at, copy in enumerate(self.copies) if copy.kind in _CONSISTENT]
        same = [self.twins[self.copies[at].original] for at in chosen]
        return {
            spec: Consistency.of(rows, self.copy_vectors[spec][chosen], same)
            for spec, rows in self.vectors.items()
        }

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


def weights_from(consistent: Mapping[ModelSpec, float], power: float) -> dict[ModelSpec, float]:
    """A power of each model's consistency, 1 in the mean."""
    raised = {spec: value**power for spec, value in consistent.items()}
    mean = sum(raised.values()) / len(raised)
    return {spec: value / mean for spec, value in raised.items()}


def precision(scores: NDArray[np.float64], relevant: NDArray[np.bool_]) -> float:
    """The average precision of a ranking by these scores [N]."""
    order = np.argsort(-scores, kind="stable")
    number = np.array([np.count_nonzero(relevant)])
    return float(average_precision(relevant[order][np.newaxis], number)[0])


def main(folder: Path) -> None:
    adaptation = Adaptation(folder)
    base = adaptation.measure()
    consistent = adaptation.consistencies()
    for spec, one in consistent.items():
        print(f"{spec.title}: originals found {one.found:.3f}, neighbours kept {one.kept:.3f}")
    found = {spec: one.found for spec, one in consistent.items()}
    kept = {spec: one.kept for spec, one in consistent.items()}
    ways = {
        "whitened, power 0.1": (whitening(0.1, 0.1), _EQUAL),
        "power 0.25": (whitening(0.25, 0.1), _EQUAL),
        "power 0.35": (whitening(0.35, 0.1), _EQUAL),
        "power 0.5": (whitening(0.5, 0.1), _EQUAL),
        "power 0.25, shrunk by size": (whitening(0.25, 1.0, by_size=True), _EQUAL),
        "power 0.5, shrunk by size": (whitening(0.5, 1.0, by_size=True), _EQUAL),
        "weights: originals found": (as_they_are, weights_from(found, 1)),
        "weights: neighbours kept": (as_they_are, weights_from(kept, 1)),
        "weights: neighbours kept, to the 4th": (as_they_are, weights_from(kept, 4)),
    }
    for number, look in enumerate(("looked at once", "looked at twice")):
        for title, (values, _) in base.items():
            print(look, title, f"{values[number].mean():.3f}", flush=True)
    for name, (transform, weights) in ways.items():
        say(name)
        for title, (values, labels) in adaptation.measure(transform, weights).items():
            gains = [Gain.of(v, b, labels) for v, b in zip(values, base[title][0], strict=True)]
            print(f"{name} | {title} | {gains[0]} | {gains[1]}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
