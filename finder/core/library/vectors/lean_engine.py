"""The lean classes that replace some of milvus-lite's own.

Milvus Lite holds every vector in memory from the moment a collection is opened, writes each one
twice once an index is loaded, and merges its files up to 400 MB at a time while inserts wait.
Searches read the matrix instead, so the lean engine reads large files only when their content is
needed, and merges small ones only. The figures are in docs/reliability.md.

The files on the disk are Milvus Lite's either way: what the lean engine wrote opens without it, and
vice versa. Import this module only where `engine_version.differences` is empty.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from milvus_lite.engine import collection as engine_collection
from milvus_lite.engine import recovery as engine_recovery
from milvus_lite.engine.compaction import CompactionManager
from milvus_lite.exceptions import SchemaValidationError
from milvus_lite.schema.arrow_builder import get_vector_field
from milvus_lite.storage import data_file as engine_files
from milvus_lite.storage.memtable import MemTable
from milvus_lite.storage.segment import Segment

_MERGED_BELOW = 1_000_000
"""Bytes; larger files are never merged again."""


class _LeanSegment(Segment):  # type: ignore[misc]
    """A data file that is read when first needed, ids apart from vectors; the vectors are freed
    when the collection is released. A small file is read immediately and kept: it may be merged,
    and so deleted, while a reader still needs it."""

    __slots__ = ("_is_small",)
    _KEYS = ("pks", "seqs", "pk_to_row")
    _VECTORS = ("table", "vectors", "vector_null_mask")

    @classmethod
    def load(
        cls, file_path: str, partition: str, pk_field: str, vector_field: str | None
    ) -> _LeanSegment:
        empty = np.zeros((0, 0), np.float32)
        segment = cls(file_path, partition, pk_field, "", [], empty, empty, None)
        segment._vector_field = vector_field or ""
        segment._is_small = os.path.getsize(file_path) < _MERGED_BELOW
        segment._free(*cls._KEYS, *cls._VECTORS)
        if segment._is_small:
            segment._read_keys()
            segment._read_vectors()
        return segment

    def __getattr__(self, name: str) -> Any:
        """Called for slots that are empty."""
        if name in self._KEYS:
            self._read_keys()
        elif name in self._VECTORS:
            self._read_vectors()
        else:
            raise AttributeError(name)
        return getattr(self, name)

    def release_index(self, field_name: str | None = None) -> None:
        super().release_index(field_name)
        if not self._is_small:
            self._free(*self._VECTORS)

    def _read_keys(self) -> None:
        keys = pq.read_table(self.file_path, columns=[self._pk_field, "_seq"])
        pks = keys.column(self._pk_field).to_pylist()
        seqs = keys.column("_seq").to_numpy().astype(np.uint64)
        self._fill(self._KEYS, (pks, seqs, {pk: row for row, pk in enumerate(pks)}))

    def _read_vectors(self) -> None:
        field = self._vector_field or None
        whole = Segment.load(self.file_path, self.partition, self._pk_field, field)
        self._fill(self._VECTORS, (getattr(whole, name) for name in self._VECTORS))

    def _fill(self, names: Iterable[str], values: Iterable[Any]) -> None:
        for name, value in zip(names, values, strict=True):
            setattr(self, name, value)

    def _free(self, *names: str) -> None:
        self._vector_data_by_field.clear()
        for name in names:
            with suppress(AttributeError):
                delattr(self, name)


class _LeanMemTable(MemTable):  # type: ignore[misc]
    """Collects the rows of a flush in Arrow instead of one Python number after the other."""

    def _build_data_table(self, rows: list[tuple[int, int]]) -> pa.Table:
        batches = self._insert_batches
        begins = np.cumsum([0] + [batch.num_rows for batch in batches])
        taken = pa.array([begins[batch] + row for batch, row in rows], pa.int64())
        whole = pa.Table.from_batches(batches).select(self._data_schema.names)
        return whole.take(taken).cast(self._data_schema)


def _validate_record(record: dict[str, Any], schema: Any, **_: Any) -> None:
    """Checks the vector as a whole instead of 1,280 single numbers; our client sends no other
    fields."""
    for field in schema.fields:
        if record.get(field.name) is None:
            raise SchemaValidationError(f"{field.name} is missing")
    field = get_vector_field(schema)
    vector = record[field.name]
    if len(vector) != field.dim or not math.isfinite(sum(vector)):
        raise SchemaValidationError(f"{field.name} is not {field.dim} numbers")


class _PlainParquet:
    """Writes the engine's files without dictionary and compression: the numbers have no pattern."""

    write_table = staticmethod(partial(pq.write_table, use_dictionary=False, compression="none"))
    read_table = staticmethod(pq.read_table)


class _SmallFilesOnly(CompactionManager):  # type: ignore[misc]
    """Merges the small files of daily use; a larger file is never read again."""

    @staticmethod
    def _select_target(
        buckets: list[list[tuple[str, int]]], total_files: int, partition_dir: str
    ) -> list[str] | None:
        small = [[file for file in bucket if file[1] < _MERGED_BELOW] for bucket in buckets]
        files = sum(len(bucket) for bucket in small)
        target: list[str] | None = CompactionManager._select_target(small, files, partition_dir)
        return target


# WORKAROUND: milvus-lite 3.2.2 has no setting for any of this.
_LEAN_CLASSES: tuple[tuple[Any, str, Any], ...] = (
    (engine_collection, "Segment", _LeanSegment),
    (engine_collection, "MemTable", _LeanMemTable),
    (engine_recovery, "MemTable", _LeanMemTable),
    (engine_collection, "CompactionManager", _SmallFilesOnly),
    (engine_collection, "validate_record", _validate_record),
    (engine_files, "pq", _PlainParquet),
)
_ORIGINALS = tuple((module, name, getattr(module, name)) for module, name, _ in _LEAN_CLASSES)


def install() -> None:
    """Make engines that are opened from now on lean ones."""
    for module, name, lean in _LEAN_CLASSES:
        setattr(module, name, lean)


def remove() -> None:
    """Make engines that are opened from now on plain ones again."""
    for module, name, original in _ORIGINALS:
        setattr(module, name, original)
