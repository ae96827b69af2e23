"""The figures of rankings, compared with those of ranx (E. Bassani, ECIR 2022)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import bench_python
from finder.core.evaluation.retrieval_metrics import QueryMetrics

_PROGRAM = Path(__file__).with_name("ranx_figures.py")
_NAMES = {
    "map": "map",
    "r1": "hit_rate@1",
    "r5": "hit_rate@5",
    "r10": "hit_rate@10",
    "p5": "precision@5",
    "p10": "precision@10",
    "ndcg10": "ndcg@10",
}


def compare_with_ranx(
    scores: Mapping[int, NDArray[np.float64]],
    pictures: NDArray[np.int64],
    labels: NDArray[np.int64],
) -> str:
    """A sentence on the largest difference of any figure. scores: of each query [n], for these
    pictures [n]; labels: of all pictures."""
    python = bench_python()
    if python is None:
        return "Not compared with ranx: `make bench` makes the environment that has it."
    parts = []
    asked: dict[str, dict[str, object]] = {"relevant": {}, "found": {}}
    for query, row in scores.items():
        others = pictures != query
        relevant = labels[pictures[others]] == labels[query]
        names = [str(one) for one in pictures[others].tolist()]
        # no equal scores, which each library orders in its own way
        order = np.argsort(-row[others], kind="stable")
        places = dict(zip([names[at] for at in order], range(len(names), 0, -1), strict=True))
        asked["found"][str(query)] = places
        asked["relevant"][str(query)] = [names[at] for at in np.flatnonzero(relevant)]
        number = np.array([np.count_nonzero(relevant)])
        parts.append(QueryMetrics.of(relevant[order][np.newaxis], number))
    ours = QueryMetrics.joined(parts).means()
    done = subprocess.run(
        [str(python), str(_PROGRAM)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = json.loads(done.stdout)
    largest = max(abs(ours[one] - theirs[other]) for one, other in _NAMES.items())
    figures = f"{len(_NAMES)} figures of {len(scores)} queries"
    return f"Largest difference to ranx in {figures}: {largest:.1e}"
