"""An experiment: a smaller copy of the matrix is scanned first, and the best are measured exactly.

    python -m benchmarks.first_scan [--short] [--runs N]

At 1,000,000 × 1,280 it takes 5.2 GB of disk for a temporary matrix, 5 GB of memory for the system
to keep it, up to 6 GB more for a copy while it is made, and 15 minutes (`--short`: 100,000 rows, a
minute). One copy is there at a time.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import (
    Options,
    in_turn,
    median,
    options,
    ratio,
    say,
    seconds,
    section,
    table,
    verdict,
)
from benchmarks.searching.asking import Ask, Vectors, medians_in_turn, milliseconds
from benchmarks.searching.features import FeatureMixtures, Kind, Uniform, write_matrix
from benchmarks.searching.sample import TOP, exact_top
from benchmarks.searching.scans import (
    FaissFloat16,
    FaissInt8,
    RuntimeInt8,
    Scan,
    numpy_float16,
    numpy_int8,
)
from finder.core.search.distance import euclidean

_QUERIES = 20
_TARGET = 2.5
_RANKS = (100, 1_000, 10_000, 100_000)
_LISTED = 40
_SCANS: Mapping[str, Callable[[Vectors], Scan]] = {
    "int8, ONNX Runtime": RuntimeInt8,
    "int8, faiss": FaissInt8,
    "float16, faiss": FaissFloat16,
    "int8, numpy": numpy_int8,
    "float16, numpy": numpy_float16,
}
_SLOWER = ("int8, numpy", "float16, numpy")
"""Slower than the product itself: measured at the smallest size only, and with few queries."""
_FEW_QUERIES = 3
_RANKED = {"int8, faiss": "int8", "float16, faiss": "float16"}
"""The scans whose errors the table of ranks is made of."""
_EXPLANATION = f"""\
A copy of the matrix with 8 or 16 bits for each number is scanned; then the rows whose product can
be among the {TOP} largest, by a bound that is kept for each row (|q·x − q·x̂| ≤ |q| |x − x̂|, and
rounding), are measured exactly. *Product* is numpy's `matrix @ query` in float32. *Equal* says for
how many queries the {TOP} nearest are those of brute force in float64, in order.

- *Like features*: mixtures of features that EfficientNet-Lite0 has for crops of the sample
  photographs, with noise. *Uniform*: no direction is likelier than another.
- *int8*: the rows are rotated (random signs and order, Hadamard matrices), so that one step fits
  all numbers. ONNX Runtime's MatMulInteger and faiss' QT_8bit_direct_signed round the query to 8
  bits, too; ONNX Runtime keeps the copy twice. faiss runs in two threads, each with half of the
  rows. numpy converts block by block, which is slower than the product; it is measured at the
  smallest size only."""
_RANKS_TEXT = f"""\
What an answer of the window needs beyond a list of the nearest: the exact rank with every model of
each picture that any of them lists. For the rank of one picture, all rows whose product may be on
either side of its own must be measured again (reckoned for a query that is not rounded). The last
columns are for {_LISTED} pictures of three models' lists and the combined one, at ranks spread
evenly on a logarithmic scale over the nearest tenth of the library. The mean and the deviation of
all centred cosines, which the combined ranking needs, are not in it."""


@dataclass(frozen=True)
class Material:
    """A matrix, queries like its rows [Q, D], and the 20 nearest of each by brute force."""

    kind: str
    matrix: Vectors
    queries: Vectors
    truth: list[list[int]]

    @property
    def title(self) -> str:
        return f"{len(self.matrix):,} × {self.matrix.shape[1]:,}, {self.kind}"


def main() -> None:
    args = options(__doc__)
    sizes = [100_000] if args.short else [100_000, 300_000, 1_000_000]
    features = FeatureMixtures()
    scanned: list[list[str]] = []
    ranked: list[list[str]] = []
    for rows in sizes:
        for kind in (features, Uniform(features.dimension)):
            with TemporaryDirectory() as folder:
                material = _material(Path(folder), kind, rows)
                for name, ready in _SCANS.items():
                    if rows == sizes[0] or name not in _SLOWER:
                        scanned.append(_scan_row(material, name, ready, args, ranked))
                del material  # unmapped before its file is deleted
    section(
        "A first scan of a smaller copy",
        "first_scan",
        _EXPLANATION,
        table(_HEAD, scanned),
        _RANKS_TEXT,
        table(_RANKS_HEAD, ranked),
    )


# The nearest


_HEAD = ["rows × numbers", "copy", "s to make", "memory, of the matrix"]
_HEAD += [
    "product, ms",
    f"{TOP} nearest, ms",
    "times as fast",
    "candidates, median / most",
    "equal",
]


def _scan_row(
    material: Material,
    name: str,
    ready: Callable[[Vectors], Scan],
    args: Options,
    ranked: list[list[str]],
) -> list[str]:
    """ranked: takes the copy's row of the second table."""
    say(f"{material.title}: {name}")
    before = _own_memory()
    began = time.perf_counter()
    scan = ready(material.matrix)
    took = time.perf_counter() - began
    gc.collect()
    memory = (_own_memory() - before) / material.matrix.nbytes
    queries = material.queries[: _FEW_QUERIES if name in _SLOWER else None]
    asks = {"product": _product(material.matrix), "scan": _nearest(material.matrix, scan)}
    times = medians_in_turn(args, asks, queries)
    found = [asks["scan"](query) for query in queries]
    equal = sum(a == b for a, b in zip(found, material.truth, strict=False))
    counts = [len(scan.candidates(query, TOP)) for query in queries]
    if name in _RANKED:
        ranked.append(_ranks_row(material, _RANKED[name], scan.errors, args))
    return [
        material.title,
        name,
        f"{took:.0f}",
        f"{memory:.0%}",
        milliseconds(times["product"]),
        milliseconds(times["scan"]),
        verdict(ratio(times["product"], times["scan"]), _TARGET, "×", at_least=True),
        f"{median(counts):,.0f} / {max(counts):,}",
        f"{equal} of {len(found)}",
    ]


def _nearest(matrix: Vectors, scan: Scan) -> Ask:
    def ask(query: Vectors) -> list[int]:
        rows = np.sort(scan.candidates(query, TOP))
        order = np.argsort(euclidean(query, matrix[rows]), kind="stable")[:TOP]
        nearest: list[int] = rows[order].tolist()
        return nearest

    return ask


def _product(matrix: Vectors) -> Ask:
    """numpy's product, of which nothing is used."""

    def ask(query: Vectors) -> list[int]:
        matrix @ query
        return []

    return ask


# The ranks


_RANKS_HEAD = ["rows × numbers", "copy"]
_RANKS_HEAD += [f"rows to measure for rank {rank:,}" for rank in _RANKS]
_RANKS_HEAD += [f"rows for {_LISTED} ranks", "ms to measure these", "÷ product"]


def _ranks_row(material: Material, name: str, errors: Vectors, args: Options) -> list[str]:
    """errors [N]: the most by which each row's product can be off."""
    counts: dict[int, list[int]] = {rank: [] for rank in _RANKS if rank < len(material.matrix)}
    unions: list[NDArray[np.int64]] = []
    listed = np.geomspace(1, len(material.matrix) / 10, _LISTED).astype(np.int64) - 1
    for query in material.queries:
        products = material.matrix @ query
        ordered = np.sort(products)[::-1]
        for rank, found in counts.items():
            found.append(int((np.abs(products - ordered[rank - 1]) <= errors).sum()))
        unsure = np.zeros(len(products), np.bool_)
        for value in ordered[listed]:
            unsure |= np.abs(products - value) <= errors
        unions.append(np.flatnonzero(unsure))
    share = median([len(rows) for rows in unions]) / len(material.matrix)
    times = _times_of_measuring(material, unions, args)
    shown = [f"{median(found):,.0f}" for found in counts.values()]
    shown += ["–"] * (len(_RANKS) - len(shown))
    return [
        material.title,
        name,
        *shown,
        f"{share:.0%}",
        milliseconds(times["again"]),
        f"{ratio(times['again'], times['product']):.2f}",
    ]


def _times_of_measuring(
    material: Material, unions: Sequence[NDArray[np.int64]], args: Options
) -> Mapping[str, list[float]]:
    """Milliseconds for the rows that are unsure of the query with the median number of them."""
    at = int(np.argsort([len(rows) for rows in unions])[len(unions) // 2])
    query, rows = material.queries[at], unions[at]
    measures = {
        "product": lambda: 1e3 * seconds(lambda: material.matrix @ query),
        "again": lambda: 1e3 * seconds(partial(_measure, material.matrix, rows, query)),
    }
    return in_turn(args.runs, measures)


def _measure(matrix: Vectors, rows: NDArray[np.int64], query: Vectors) -> Vectors:
    step = 2_048
    parts = [matrix[rows[at : at + step]] @ query for at in range(0, len(rows), step)]
    return np.concatenate([np.zeros(0, np.float32), *parts])


# The material


def _material(folder: Path, kind: Kind, rows: int) -> Material:
    matrix = write_matrix(folder / "matrix.f32", kind, rows)
    queries = kind.make(np.random.default_rng(1), _QUERIES)
    say("brute force")
    return Material(kind.name, matrix, queries, exact_top(matrix, queries, np.arange(rows)))


def _own_memory() -> int:
    """Bytes of this process' memory that are no file's (RssAnon); 0 where the system has none."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))


if __name__ == "__main__":
    main()
