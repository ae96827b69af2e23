"""Other libraries, which run in an environment of their own."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.searching.asking import Asked
from benchmarks.searching.milvus import PeerError
from benchmarks.searching.sample import Sample

LIBRARIES = ("sqlite-vec", "lancedb", "usearch HNSW", "usearch exact")


class Elsewhere:
    """`other_libraries` in its own environment, answering line by line."""

    def __init__(self, python: Path, sample: Sample, folder: Path) -> None:
        matrix, queries = folder / "matrix.npy", folder / "queries.npy"
        np.save(matrix, sample.matrix)
        np.save(queries, sample.queries)
        self._process = subprocess.Popen(
            [python, Path(__file__).with_name("other_libraries.py"), matrix, queries, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """It ends with its input."""
        self._process.communicate()

    def make(self, name: str) -> float:
        """Fill it and make its index; gives the seconds. Raises PeerError."""
        return float(self._answer("make", name)["seconds"])

    def ask(self, name: str) -> Asked:
        """Ask it all queries. Raises PeerError."""
        answer = self._answer("ask", name)
        return answer["milliseconds"], answer["found"]

    def _answer(self, order: str, name: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": order, "peer": name}) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise PeerError(str(error)) from error
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"error": "ended"}')
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer
