"""The combined ranking of a server's candidates, compared with that of the whole library.

    python -m benchmarks.candidates [--short]

100,000 pictures with three models take 3 GB of memory and about 8 minutes, half of it for
extracting features (`--short`: 20,000 pictures, 3 minutes). Nothing is asked of a server: each
model's nearest are found exactly, as an index FLAT does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import mean

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import median, options, say, section, table, verdict
from benchmarks.material import shipped_models
from benchmarks.searching.asking import Vectors
from benchmarks.searching.features import SeenByModels, Uniform
from finder.core.library.server.fetched_vectors import FetchedVectors
from finder.core.library.server.sample_statistics import SAMPLE, measured_statistics
from finder.core.search.distance import Metric
from finder.core.search.ranking.candidate_scores import (
    CANDIDATES,
    NearestFound,
    candidate_ids,
    combine_candidates,
    score_candidates,
)
from finder.core.search.ranking.combine import combine
from finder.core.search.ranking.common_pictures import common_pictures
from finder.core.search.ranking.model_scores import ModelScores, checked_products, score_model
from finder.core.search.ranking.ranking import NOTHING_OWN, largest
from finder.core.search.ranking.similarity import UnitVectorSimilarity

TOP = 20
_QUERIES = 100
_BLOCK = 4_096
_LISTS = (200, 500, 1_000)
_SAMPLES = (500, 2_000, 10_000)
_TARGET = 0.97
_Make = Callable[[np.random.Generator, int], Mapping[str, Vectors]]
"""Of a number of pictures, each model's vectors."""
_EXPLANATION = f"""\
The {TOP} best of the combined ranking over all pictures, and of that over the candidates: each of
three models' nearest by its own list, together. *Overlap*: the share of the {TOP} that both have,
for {_QUERIES} queries. Mean and deviation of each model's similarities are those of a sample of
{SAMPLE:,} pictures, and so is the mean vector on which all are centred.

- *Alike*: mixtures of features that three models have for the same crops of the sample photographs,
  with noise. *More noise*: as much again. *Differing*: the smaller part of a mixture is of another
  crop for each model, so that they agree about half of what a picture shows.
- *Unrelated*: directions that say nothing about those of the other models: the hardest there can
  be, and what no two models for pictures give."""
_SAMPLES_TEXT = f"""\
The same with lists of {CANDIDATES}, and samples of other sizes. *Whole*: mean and deviation of the
whole library, so that only candidates can be missing."""


@dataclass(frozen=True)
class Material:
    """For each model all vectors; and the queries with the exact answers."""

    kind: str
    models: Mapping[str, FetchedVectors]
    asked: Sequence[Asked]


@dataclass(frozen=True)
class Asked:
    """A query: for each model its vector [1, D] and its nearest, nearest first. best: the pictures
    of the exact combined ranking."""

    vectors: Mapping[str, Vectors]
    nearest: Mapping[str, NDArray[np.int64]]
    best: frozenset[int]


def main() -> None:
    args = options(__doc__)
    number = 20_000 if args.short else 100_000
    rows: list[list[str]] = []
    sampled: list[list[str]] = []
    for kind, make in _kinds():
        material = _material(kind, make, number)
        samples = _samples(material, SAMPLE)
        rows += [_row(material, samples, listed) for listed in _LISTS]
        for size in (*_SAMPLES, number):
            samples = _samples(material, size)
            name = "whole" if size == number else f"{size:,}"
            overlap = [o for _, o, _ in _answers(material, samples, CANDIDATES)]
            sampled.append([kind, name, f"{mean(overlap):.3f}", f"{min(overlap):.2f}"])
        del material
    section(
        f"Candidates of a server: {number:,} pictures, three models",
        "candidates",
        _EXPLANATION,
        table(_HEAD, rows),
        _SAMPLES_TEXT,
        table(["pictures", "sample", "overlap, mean", "least"], sampled),
    )


def _kinds() -> Iterator[tuple[str, _Make]]:
    specs = shipped_models()
    seen = SeenByModels(specs)
    yield "alike", partial(seen.make, noise=0.4, differ=False)
    yield "more noise", partial(seen.make, noise=0.8, differ=False)
    yield "differing", partial(seen.make, noise=0.4, differ=True)
    uniform = {spec.name: Uniform(spec.dimension) for spec in specs}
    yield "unrelated", lambda random, n: {k: u.make(random, n) for k, u in uniform.items()}


# Answers


_HEAD = ["pictures", "each list", "candidates", "overlap, mean", "least", "ms to rank"]


def _row(material: Material, samples: Mapping[str, FetchedVectors], listed: int) -> list[str]:
    say(f"{material.kind}: lists of {listed}")
    counts, overlaps, times = zip(*_answers(material, samples, listed), strict=True)
    return [
        material.kind,
        f"{listed:,}",
        f"{median(counts):,.0f}",
        verdict(mean(overlaps), _TARGET, at_least=True),
        f"{min(overlaps):.2f}",
        f"{1e3 * median(times):.0f}",
    ]


def _answers(
    material: Material, samples: Mapping[str, FetchedVectors], listed: int
) -> Iterator[tuple[int, float, float]]:
    """For each query the number of candidates, the overlap, and the seconds of the ranking."""
    for asked in material.asked:
        found = {name: NearestFound([ids[:listed]]) for name, ids in asked.nearest.items()}
        ids = candidate_ids(found.values())
        fetched = {
            name: _part(index, ids, samples[name].mean()[0])
            for name, index in material.models.items()
        }
        began = time.perf_counter()
        scores = [
            score_candidates(
                fetched[name],
                asked.vectors[name],
                _similarity(index),
                found[name],
                samples[name],
                TOP,
            )
            for name, index in material.models.items()
        ]
        best = combine_candidates(scores, TOP, NOTHING_OWN, len(ids)).top
        took = time.perf_counter() - began
        yield len(ids), len(asked.best.intersection(p for p, _ in best)) / TOP, took


def _exactly(models: Mapping[str, FetchedVectors], vectors: Mapping[str, Vectors]) -> Asked:
    scores: list[ModelScores] = []
    nearest = {}
    for name, index in models.items():
        products = checked_products(index, vectors[name], _similarity(index))
        scores.append(score_model(index, vectors[name], _similarity(index), products, TOP))
        found = largest(products.values, max(_LISTS))
        nearest[name] = index.pictures[found[np.argsort(-products.values[found])]]
    best = combine(scores, common_pictures(list(models.values())), TOP, NOTHING_OWN).top
    return Asked(vectors, nearest, frozenset(picture for picture, _ in best))


def _similarity(index: FetchedVectors) -> UnitVectorSimilarity:
    return UnitVectorSimilarity(Metric.EUCLIDEAN, len(index.mean()[0]))


def _part(index: FetchedVectors, ids: NDArray[np.int64], mean_vector: Vectors) -> FetchedVectors:
    return FetchedVectors(ids, index.vectors(index.positions(ids)), mean_vector)


# The material


def _material(kind: str, make: _Make, number: int) -> Material:
    say(f"making {number:,} pictures, {kind}")
    random = np.random.default_rng(1)
    parts = [make(random, min(_BLOCK, number - at)) for at in range(0, number, _BLOCK)]
    models = {}
    for name in parts[0]:
        rows = np.concatenate([part[name] for part in parts])
        whole_mean = rows.mean(axis=0, dtype=np.float64).astype(np.float32)
        models[name] = FetchedVectors(np.arange(number), rows, whole_mean)
    queries = make(np.random.default_rng(2), _QUERIES)
    say("exact answers")
    one_by_one = [{k: v[q : q + 1] for k, v in queries.items()} for q in range(_QUERIES)]
    return Material(kind, models, [_exactly(models, vectors) for vectors in one_by_one])


def _samples(material: Material, size: int) -> dict[str, FetchedVectors]:
    """The first rows, which are as random as others."""
    samples = {}
    for name, index in material.models.items():
        rows = index.vectors(np.arange(size))
        samples[name] = measured_statistics(len(index), size, rows).sample(np.arange(size), rows)
    return samples


if __name__ == "__main__":
    main()
