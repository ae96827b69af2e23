"""The combined ranking of a server's candidates, compared with that of the whole library.

    python -m benchmarks.candidates [--short]

100,000 pictures with three models take 4 GB of memory and about 15 minutes, half of it for
extracting features (`--short`: 20,000 pictures, 4 minutes). Nothing is asked of a server: each
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
    LIST_LENGTHS,
    NearestFound,
    candidate_ids,
    combine_candidates,
    is_settled,
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
_SAMPLES = (500, 2_000, 10_000)
_TARGET = 0.97
_HASH_BITS = 256
_Made = Mapping[str, Vectors]
"""Each model's vectors of some pictures."""
_Make = Callable[[np.random.Generator, int], _Made]
"""Makes those of a number of pictures."""
_EXPLANATION = f"""\
The {TOP} best of the combined ranking over all pictures, and of that over the candidates: each of
three models' nearest by its own list, together. *Until settled*: longer lists are asked for as long
as they may change the {TOP} best. *Overlap*: the share of the {TOP} that both have, for {_QUERIES}
queries. Mean and deviation of each model's similarities are those of a sample of {SAMPLE:,}
pictures, and so is the mean vector on which all are centred.

- *Alike*: mixtures of features that three models have for the same crops of the sample photographs,
  with noise. *More noise*: as much again. *Differing*: the smaller part of a mixture is of another
  crop for each model, so that they agree about half of what a picture shows.
- *With a hash*: as alike, but the third model's vectors are random bits, as those of a hash are,
  but for copies.
- *Unrelated*: directions that say nothing about those of the other models: the hardest there can
  be, and what no two models for pictures give."""
_SAMPLES_TEXT = """\
The same with lists until settled, and samples of other sizes. *Whole*: mean and deviation of the
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
    for kind, make in kinds(300 if args.short else 1_500):
        material = material_of(kind, make, number)
        samples = samples_of(material, SAMPLE)
        lists = [(length,) for length in LIST_LENGTHS]
        rows += [_row(material, samples, lengths) for lengths in (*lists, LIST_LENGTHS)]
        for size in (*_SAMPLES, number):
            samples = samples_of(material, size)
            name = "whole" if size == number else f"{size:,}"
            overlap = [one.overlap for one in answers_of(material, samples, LIST_LENGTHS)]
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


def kinds(crops: int) -> Iterator[tuple[str, _Make]]:
    specs = shipped_models()
    seen = SeenByModels(specs, crops)
    yield "alike", partial(seen.make, noise=0.4, differ=False)
    yield "more noise", partial(seen.make, noise=0.8, differ=False)
    yield "differing", partial(seen.make, noise=0.4, differ=True)
    yield "with a hash", partial(_with_a_hash, seen)
    uniform = {spec.name: Uniform(spec.dimension) for spec in specs}
    yield "unrelated", lambda random, n: {k: u.make(random, n) for k, u in uniform.items()}


def _with_a_hash(seen: SeenByModels, random: np.random.Generator, number: int) -> _Made:
    made = seen.make(random, number, noise=0.4, differ=False)
    bits = np.sign(random.standard_normal((number, _HASH_BITS)))
    return {**made, list(made)[-1]: (bits / np.sqrt(_HASH_BITS)).astype(np.float32)}


# Answers


_HEAD = ["pictures", "each list", "candidates", "overlap, mean", "least", "ms to rank"]


@dataclass(frozen=True)
class Answer:
    candidates: int
    overlap: float
    seconds: float


def _row(
    material: Material, samples: Mapping[str, FetchedVectors], lengths: Sequence[int]
) -> list[str]:
    name = f"{lengths[0]:,}" if len(lengths) == 1 else "until settled"
    say(f"{material.kind}: lists of {name}")
    answers = list(answers_of(material, samples, lengths))
    overlaps = [one.overlap for one in answers]
    return [
        material.kind,
        name,
        f"{mean(one.candidates for one in answers):,.0f}",
        verdict(mean(overlaps), _TARGET, at_least=True),
        f"{min(overlaps):.2f}",
        f"{1e3 * median([one.seconds for one in answers]):.0f}",
    ]


def answers_of(
    material: Material, samples: Mapping[str, FetchedVectors], lengths: Sequence[int]
) -> Iterator[Answer]:
    """For each query, with lists of the first of these lengths that settles it, or the last."""
    for asked in material.asked:
        for length in lengths:
            answer, is_final = _answer(material, samples, asked, length)
            if is_final:
                break
        yield answer


def _answer(
    material: Material, samples: Mapping[str, FetchedVectors], asked: Asked, length: int
) -> tuple[Answer, bool]:
    found = {name: NearestFound([ids[:length]]) for name, ids in asked.nearest.items()}
    ids = candidate_ids(found.values())
    fetched = {
        name: _part(index, ids, samples[name].mean()[0]) for name, index in material.models.items()
    }
    began = time.perf_counter()
    scores = [
        score_candidates(
            part, asked.vectors[name], _similarity(part), found[name], samples[name], TOP
        )
        for name, part in fetched.items()
    ]
    combined = combine_candidates(scores, TOP, NOTHING_OWN, len(ids))
    is_final = is_settled(scores, list(found.values()), combined, TOP)
    took = time.perf_counter() - began
    both = asked.best.intersection(picture for picture, _ in combined.top)
    return Answer(len(ids), len(both) / TOP, took), is_final


def _exactly(models: Mapping[str, FetchedVectors], vectors: Mapping[str, Vectors]) -> Asked:
    scores: list[ModelScores] = []
    nearest = {}
    for name, index in models.items():
        products = checked_products(index, vectors[name], _similarity(index))
        scores.append(score_model(index, vectors[name], _similarity(index), products, TOP))
        found = largest(products.values, max(LIST_LENGTHS))
        nearest[name] = index.pictures[found[np.argsort(-products.values[found])]]
    best = combine(scores, common_pictures(list(models.values())), TOP, NOTHING_OWN).top
    return Asked(vectors, nearest, frozenset(picture for picture, _ in best))


def _similarity(index: FetchedVectors) -> UnitVectorSimilarity:
    return UnitVectorSimilarity(Metric.EUCLIDEAN, len(index.mean()[0]))


def _part(index: FetchedVectors, ids: NDArray[np.int64], mean_vector: Vectors) -> FetchedVectors:
    return FetchedVectors(ids, index.vectors(index.positions(ids)), mean_vector)


# The material


def material_of(kind: str, make: _Make, number: int) -> Material:
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


def samples_of(material: Material, size: int) -> dict[str, FetchedVectors]:
    """The first rows, which are as random as others."""
    samples = {}
    for name, index in material.models.items():
        rows = index.vectors(np.arange(size))
        samples[name] = measured_statistics(len(index), size, rows).sample(np.arange(size), rows)
    return samples


if __name__ == "__main__":
    main()
