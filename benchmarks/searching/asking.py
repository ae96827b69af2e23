"""Asking queries one after the other, and comparing what is found."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import Options, in_turn, median

Vectors = NDArray[np.float32]
Ask = Callable[[Vectors], list[int]]
"""A query's unit vector to the rows of the 20 nearest."""
Asked = tuple[float, list[list[int]]]
"""(median milliseconds of a query, the rows found for each)"""


def medians_in_turn(
    args: Options, asks: Mapping[str, Ask], queries: Vectors
) -> dict[str, list[float]]:
    """For each way its runs, in turn: the median milliseconds of a query."""
    return in_turn(
        args.runs, {name: partial(_median_of, ask, queries) for name, ask in asks.items()}
    )


def asked_all(ask: Ask, queries: Vectors) -> Asked:
    """Ask all queries, one after the other, after one that does not count."""
    times, found = [], []
    ask(queries[0])
    for query in queries:
        began = time.perf_counter()
        rows = ask(query)
        times.append(time.perf_counter() - began)
        found.append(rows)
    return 1e3 * median(times), found


def recall(found: Sequence[Sequence[int]], truth: Sequence[Sequence[int]]) -> float:
    """The share of the exact answers that was found."""
    pairs = list(zip(found, truth, strict=True))
    return sum(len(set(a) & set(b)) for a, b in pairs) / sum(len(b) for _, b in pairs)


def _median_of(ask: Ask, queries: Vectors) -> float:
    return asked_all(ask, queries)[0]


def milliseconds(times: Sequence[float]) -> str:
    value = median(times)
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
