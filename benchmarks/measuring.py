"""How long measuring takes: leave-one-out retrieval of labelled pictures, after their extraction.

    python -m benchmarks.measuring [--short] [--runs N]

10,000 pictures of 100 labels, three models (1,280, 512 and 1,280 numbers) and their combination
(`--short`: 2,000 pictures). The vectors are made up; the memory is that of a process of its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Generator
from multiprocessing.connection import Connection
from typing import TypeVar

import numpy as np

from benchmarks.common import median, options, say, section, table
from finder.core.evaluation.combination_weights import choose_weights
from finder.core.evaluation.evaluation import ModelVectors, evaluate
from finder.core.evaluation.labels import LabelledPictures
from finder.core.evaluation.measurement import summarise_labels
from finder.core.search.distance import Metric
from finder.core.search.ranking.similarity import UnitVectorSimilarity

_LABELS = 100
_DIMENSIONS = (1_280, 512, 1_280)
_SIZES, _SHORT_SIZES = (1_000, 10_000), (500, 2_000)
_STEPS = ("compared", "intervals", "weights")

Found = TypeVar("Found")


def _finished(run: Generator[float, None, Found]) -> Found:
    while True:
        try:
            next(run)
        except StopIteration as stop:
            found: Found = stop.value
            return found


def _models(labelled: LabelledPictures) -> list[ModelVectors]:
    random = np.random.default_rng(1)
    models = []
    for number, dimension in enumerate(_DIMENSIONS):
        centres = random.standard_normal((_LABELS, dimension)).astype(np.float32)
        noise = random.standard_normal((len(labelled), dimension)).astype(np.float32)
        vectors = 0.3 * centres[labelled.labels] + noise
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        similarity = UnitVectorSimilarity(Metric.EUCLIDEAN, dimension)
        models.append(ModelVectors(f"model {number}", similarity, vectors))
    return models


def _measure(size: int, answer: Connection) -> None:
    """In a process of its own: seconds of each step, and bytes at most beyond the vectors."""
    labelled = LabelledPictures.of((n, f"label {n % _LABELS}") for n in range(size))
    models = _models(labelled)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    combined = {"combined": dict.fromkeys([model.name for model in models], 1.0)}
    evaluation = _finished(evaluate(labelled, models, combined))
    compared = time.perf_counter()
    summarise_labels(evaluation)
    summarised = time.perf_counter()
    _finished(choose_weights(labelled, models))
    ended = time.perf_counter()
    memory = 1_024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    answer.send(((compared - began, summarised - compared, ended - summarised), memory))


def main() -> None:
    chosen = options(__doc__)
    rows = []
    context = multiprocessing.get_context("spawn")
    for size in _SHORT_SIZES if chosen.short else _SIZES:
        runs = []
        for number in range(chosen.runs):
            say(f"{size:,} pictures, run {number + 1} …")
            receiving, sending = context.Pipe(duplex=False)
            process = context.Process(target=_measure, args=(size, sending))
            process.start()
            runs.append(receiving.recv())
            process.join()
        steps = [median([seconds[step] for seconds, _ in runs]) for step in range(len(_STEPS))]
        memory = median([memory for _, memory in runs])
        rows.append(
            (
                f"{size:,}",
                *(f"{step:.1f} s" for step in steps),
                f"{sum(steps):.1f} s",
                f"{memory / 1e6:.0f} MB",
            )
        )
    head = ["pictures", *_STEPS, "together", "memory beyond the vectors"]
    section("Measuring", "measuring", table(head, rows))


if __name__ == "__main__":
    main()
