"""Milvus Lite used directly, as its documentation shows."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.searching.asking import Ask, Vectors
from benchmarks.searching.made_up_library import sub_folder
from benchmarks.searching.sample import TOP

_BATCH = 2_000

KINDS: Mapping[str, tuple[dict[str, int], dict[str, int]]] = {
    "FLAT": ({}, {}),
    "IVF_FLAT": ({"nlist": 128}, {"nprobe": 16}),
    "HNSW": ({"M": 16, "efConstruction": 200}, {"ef": 64}),
}
"""Kind of index: how it is made, how it is searched."""


class PeerError(Exception):
    """Another library is missing, or failed."""


class Milvus:
    """Milvus Lite as its documentation uses it: one collection, one index at a time.

    Filling it, making an index and asking raise PeerError.
    """

    def __init__(self, path: Path) -> None:
        os.environ["no_proxy"] = "127.0.0.1,localhost"
        from pymilvus import MilvusClient

        self._client: Any = MilvusClient(str(path))

    def fill(self, matrix: Vectors) -> float:
        """Returns the seconds that it took, as `make_index` does."""
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=matrix.shape[1])
        schema.add_field("folder", DataType.VARCHAR, max_length=100)
        began = time.perf_counter()
        self._call("create_collection", "made", schema=schema)
        for start in range(0, len(matrix), _BATCH):
            rows = [
                {"id": start + at, "vector": vector, "folder": sub_folder(start + at + 1)}
                for at, vector in enumerate(np.array(matrix[start : start + _BATCH]))
            ]
            self._call("insert", "made", rows)
        self._call("flush", "made")
        return time.perf_counter() - began

    def close(self) -> None:
        self._client.close()

    def make_index(self, kind: str) -> float:
        index = self._client.prepare_index_params()
        index.add_index("vector", index_type=kind, metric_type="IP", params=KINDS[kind][0])
        began = time.perf_counter()
        self._call("create_index", "made", index)
        self._call("load_collection", "made")
        return time.perf_counter() - began

    def drop_index(self) -> None:
        with suppress(PeerError):  # one that could not be made
            self._call("release_collection", "made")
            self._call("drop_index", "made", "vector")

    def asks(self, kind: str, where: str = "") -> Ask:
        how = {"metric_type": "IP", "params": KINDS[kind][1]}

        def ask(query: Vectors) -> list[int]:
            (hits,) = self._call(
                "search", "made", [query], filter=where, limit=TOP, search_params=how
            )
            return [int(hit["id"]) for hit in hits]

        return ask

    def _call(self, method: str, *arguments: Any, **named: Any) -> Any:
        try:
            return getattr(self._client, method)(*arguments, **named)
        except Exception as error:  # of many classes
            raise PeerError(str(error)) from error


def described(kind: str) -> str:
    """Its settings in words."""
    return ", ".join(f"{key} {value}" for part in KINDS[kind] for key, value in part.items())
