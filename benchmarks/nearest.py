"""Nearest neighbours: the search alone beside numpy and faiss, the whole answer, filters, three
models, and other vector databases.

    python -m benchmarks.nearest [--short] [--runs N]

Each finds the same 20 nearest of the same made-up vectors, one query at a time, in turn. A time
is the median over the queries, then over the runs. sqlite-vec, lancedb and usearch run in an
environment of their own (`benchmarks/requirements.txt`): IMAGE_FINDER_BENCH_PYTHON names its
Python, else it is `.venv-bench`.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.common import Options, median, options, ratio, seconds, section, table, verdict
from benchmarks.searching.asking import Ask, Vectors, medians_in_turn, milliseconds, recall
from benchmarks.searching.made_up_library import FilterCase, filter_cases, folder_filter
from benchmarks.searching.peers import peers_part, peers_text
from benchmarks.searching.sample import TOP, Sample, exact_top
from finder.core.library.catalogue.filter.picture_filter import Filter
from finder.core.search.searcher import Searcher


def main() -> None:
    args = options(__doc__)
    sizes = [(1_000, 1_280), (10_000, 1_280), (50_000 if args.short else 100_000, 1_280)]
    if not args.short:
        sizes.append((1_000_000, 384))
    peers_from, peers_to = (10_000, 10_000) if args.short else (10_000, 1_000_000)
    speeds: list[list[str]] = []
    parts: list[str] = []
    beside: list[str] = []
    for pictures, dimension in sizes:
        models = 3 if pictures in (50_000, 100_000) else 1
        with TemporaryDirectory() as folder:
            sample = Sample(Path(folder), pictures, dimension, models)
            speeds.append(speed_row(sample, args))
            if models == 3:
                parts.append(models_part(sample, args))
            if pictures >= 50_000:
                parts.append(filters_part(sample, args))
            if peers_from <= pictures <= peers_to:
                beside.append(peers_part(sample, Path(folder), args))
    section("Nearest neighbours", "nearest", speed_part(speeds), *parts, peers_text(), *beside)


# The search alone


def speed_part(rows: Sequence[Sequence[str]]) -> str:
    head = ["pictures × numbers", "Image Finder", "numpy", "faiss.knn"]
    head += ["Image Finder ÷ the faster one", f"recall@{TOP} of the three"]
    return (
        f"Milliseconds for the exact {TOP} nearest of one query, on the same memory-mapped matrix."
        " Image Finder: products, candidates, each new candidate's checksum, their order by the"
        " distances themselves. numpy: `matrix @ query`, argpartition, sort.\n\n"
        + table(head, rows)
    )


def speed_row(sample: Sample, args: Options) -> list[str]:
    asks = {"ours": sample.kernel(), "numpy": _by_numpy(sample), "faiss": _by_faiss(sample)}
    times = medians_in_turn(args, asks, sample.queries)
    fastest = [min(pair) for pair in zip(times["numpy"], times["faiss"], strict=True)]
    recalls = [recall([ask(q) for q in sample.queries], sample.truth) for ask in asks.values()]
    return [
        sample.title,
        *(milliseconds(times[name]) for name in asks),
        verdict(ratio(times["ours"], fastest), 1.5),
        " / ".join(f"{value:.3f}" for value in recalls),
    ]


def _by_numpy(sample: Sample) -> Ask:
    matrix = sample.matrix

    def ask(query: Vectors) -> list[int]:
        products = matrix @ query
        best = np.argpartition(products, -TOP)[-TOP:]
        rows: list[int] = best[np.argsort(-products[best])].tolist()
        return rows

    return ask


def _by_faiss(sample: Sample) -> Ask:
    faiss: Any = importlib.import_module("faiss")

    def ask(query: Vectors) -> list[int]:
        _, rows = faiss.knn(query[None], sample.matrix, TOP, faiss.METRIC_INNER_PRODUCT)
        found: list[int] = rows[0].tolist()
        return found

    return ask


# The whole answer: three models, filters


def models_part(sample: Sample, args: Options) -> str:
    """One model beside three and their combined ranking."""
    with sample.searcher() as searcher:
        asks = {"one": sample.whole(searcher), "three": sample.whole(searcher, 3)}
        times = medians_in_turn(args, asks, sample.queries)
    rows = [
        ["one model", milliseconds(times["one"]), "1"],
        [
            "three models and their combined ranking",
            milliseconds(times["three"]),
            verdict(ratio(times["three"], times["one"]), 3.3),
        ],
    ]
    head = [f"{sample.title}, whole answer", "ms", "÷ one model"]
    return (
        "The whole answer: search, ranks, files of the matches, the combined ranking.\n\n"
        + table(head, rows)
    )


def filters_part(sample: Sample, args: Options) -> str:
    """The whole answer within a folder or dates beside the unfiltered one."""
    filters = filter_cases(len(sample.matrix))
    with sample.searcher() as searcher:
        asks = {"": sample.whole(searcher)}
        asks |= {f.name: sample.whole(searcher, filter=f.filter) for f in filters}
        times = medians_in_turn(args, asks, sample.queries)
        exact = {f.name: _exact_share(sample, f, asks[f.name]) for f in filters}
        first = {f.name: _first_with(sample, searcher, f) for f in filters}
    rows = [["no filter", "100 %", milliseconds(times[""]), "1", "–", "–"]]
    rows += [
        [
            f.name,
            f"{len(f.rows) / len(sample.matrix):.0%}",
            milliseconds(times[f.name]),
            verdict(ratio(times[f.name], times[""]), 1.1),
            f"{first[f.name]:.1f}",
            f"{exact[f.name]:.0%} of answers",
        ]
        for f in filters
    ]
    head = [f"{sample.title}, whole answer", "of the pictures", "ms", "÷ no filter"]
    head += ["ms, first query with a filter", "equal to brute force"]
    return table(head, rows)


def _exact_share(sample: Sample, chosen: FilterCase, ask: Ask) -> float:
    """The share of queries whose answer is that of brute force over the rows that match."""
    truth = exact_top(sample.matrix, sample.queries, chosen.rows)
    same = [ask(query) == rows for query, rows in zip(sample.queries, truth, strict=True)]
    return sum(same) / len(same)


def _first_with(sample: Sample, searcher: Searcher, chosen: FilterCase) -> float:
    """Milliseconds of a first query with filters like this one, none of them asked before."""
    if chosen.filter.folders:
        unasked = [folder_filter(n) for n in (0, 1, 2, 4, 5)]
    else:
        until = chosen.filter.taken_until
        unasked = [Filter(taken_from=f"2010-06-{n:02d}", taken_until=until) for n in range(2, 7)]
    query = sample.queries[0]
    sample.whole(searcher)(query)
    asks = [sample.whole(searcher, filter=filter) for filter in unasked]
    return 1e3 * median([seconds(partial(ask, query)) for ask in asks])


if __name__ == "__main__":
    main()
