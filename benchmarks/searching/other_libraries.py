"""The other libraries of `benchmarks.nearest`, to be run in an environment of their own.

    python other_libraries.py MATRIX.npy QUERIES.npy FOLDER

Each line read is {"do": "make" or "ask", "peer": NAME}; each line written answers one:
{"seconds": s} for an index made in FOLDER, {"milliseconds": p50, "found": rows for each query},
or {"error": why}. Knows nothing of Image Finder; ends with its input.
"""

from __future__ import annotations

import importlib
import json
import os
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

TOP = 20
Ask = Callable[[Any], list[int]]


def sqlite_vec(matrix: Any, folder: Path) -> Ask:
    connection = _extensible_sqlite(folder / "vectors.sqlite")
    connection.enable_load_extension(True)
    importlib.import_module("sqlite_vec").load(connection)
    connection.execute(
        "CREATE VIRTUAL TABLE v USING vec0"
        f"(id INTEGER PRIMARY KEY, vector float[{matrix.shape[1]}] distance_metric=cosine)"
    )
    connection.execute("BEGIN")
    rows = ((row, vector.tobytes()) for row, vector in enumerate(matrix))
    connection.executemany("INSERT INTO v VALUES (?, ?)", rows)
    connection.execute("COMMIT")
    question = f"SELECT id, distance FROM v WHERE vector MATCH ? AND k = {TOP}"
    return lambda query: [row for row, _ in connection.execute(question, (query.tobytes(),))]


def lancedb(matrix: Any, folder: Path) -> Ask:
    """A flat search: lancedb makes no index unasked."""
    arrow = importlib.import_module("pyarrow")
    database = importlib.import_module("lancedb").connect(str(folder / "lance"))
    flat = arrow.array(np.ascontiguousarray(matrix).ravel())
    vectors = arrow.FixedSizeListArray.from_arrays(flat, matrix.shape[1])
    table = database.create_table(
        "vectors", arrow.table({"id": np.arange(len(matrix)), "vector": vectors})
    )

    def ask(query: Any) -> list[int]:
        wanted = table.search(query).distance_type("dot").select(["id", "_distance"]).limit(TOP)
        found: list[int] = wanted.to_arrow()["id"].to_pylist()
        return found

    return ask


class Usearch:
    """One HNSW index (the library's own settings, float32), asked in two ways."""

    def __init__(self) -> None:
        self._index: Any = None

    def approximate(self, matrix: Any, _folder: Path) -> Ask:
        self._fill(matrix)
        return lambda query: list(self._index.search(query, TOP).keys.tolist())

    def exact(self, matrix: Any, _folder: Path) -> Ask:
        self._fill(matrix)
        return lambda query: list(self._index.search(query, TOP, exact=True).keys.tolist())

    def _fill(self, matrix: Any) -> None:
        if self._index is None:
            made = importlib.import_module("usearch.index").Index(
                ndim=matrix.shape[1], metric="ip", dtype="f32"
            )
            made.add(np.arange(len(matrix)), matrix)
            self._index = made


def main() -> None:
    os.environ.setdefault("RUST_LOG", "error")
    matrix, queries = (np.load(path, mmap_mode="r") for path in sys.argv[1:3])
    folder = Path(sys.argv[3])
    usearch = Usearch()
    makers: dict[str, Callable[[Any, Path], Ask]] = {
        "sqlite-vec": sqlite_vec,
        "lancedb": lancedb,
        "usearch HNSW": usearch.approximate,
        "usearch exact": usearch.exact,
    }
    asks: dict[str, Ask] = {}
    for line in sys.stdin:
        order = json.loads(line)
        peer = order["peer"]
        try:
            if order["do"] == "make":
                began = time.perf_counter()
                asks[peer] = makers[peer](matrix, folder)
                answer: dict[str, Any] = {"seconds": time.perf_counter() - began}
            else:
                answer = _asked(asks[peer], queries)
        except Exception as error:  # a library that is not there or does not work is no reason
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def _asked(ask: Ask, queries: Any) -> dict[str, Any]:
    times, found = [], []
    ask(queries[0])
    for query in queries:
        query = np.array(query)
        began = time.perf_counter()
        found.append(ask(query))
        times.append(time.perf_counter() - began)
    return {"milliseconds": 1e3 * statistics.median(times), "found": found}


def _extensible_sqlite(path: Path) -> Any:
    """Not every Python's own SQLite loads extensions; apsw brings one that does."""
    if hasattr(sqlite3.Connection, "enable_load_extension"):
        return sqlite3.connect(path, isolation_level=None)
    return importlib.import_module("apsw").Connection(str(path))


if __name__ == "__main__":
    main()
