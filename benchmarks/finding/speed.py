"""How much longer an answer takes with the second look, in libraries of made-up vectors."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from benchmarks.common import median
from benchmarks.finding.rankings import MeasuredLibrary
from benchmarks.material import shipped_models, unit_vectors

SIZES = (10_000, 100_000)


@dataclass(frozen=True)
class SpeedRow:
    """Milliseconds, medians: the ranking of all models combined, and what the second look adds."""

    pictures: int
    once: float
    added: float


def speed_row(pictures: int, runs: int) -> SpeedRow:
    """Of three models, in turn, each time for another query."""
    random = np.random.default_rng(pictures)
    vectors = {spec: unit_vectors(random, pictures, spec.dimension) for spec in shipped_models()}
    library = MeasuredLibrary(vectors, np.arange(pictures))
    once, twice = [], []
    for number in range(runs):
        query = {spec: rows[number : number + 1] for spec, rows in vectors.items()}
        began = time.perf_counter()
        asked = library.combined(query)
        ranked = time.perf_counter()
        library.looked_twice(asked)
        once.append(1000 * (ranked - began))
        twice.append(1000 * (time.perf_counter() - ranked))
    return SpeedRow(pictures, median(once), median(twice))
