"""The fast-search matrix: a model's vectors as one memory-mapped float32 file.

Milvus Lite walks all ids in Python for each search; searches read this matrix instead. It is
derived: rebuilt from the vector store when it disagrees with the catalogue, which stores which row
belongs to which picture. Row r is picture `ids[r]`; both files only ever grow within a generation,
so a reader's mapping stays valid beside a writer.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import ModelState


class MatrixFiles:
    """The two files of one model's matrix in one generation."""

    def __init__(self, folder: Path, state: ModelState) -> None:
        stem = f"{state.key}-{state.generation}"
        self._folder = folder
        self._key = state.key
        self.dimension = state.dimension
        self.vectors = folder / f"{stem}.f32"
        self.ids = folder / f"{stem}.i64"

    def write(self, row: int, pictures: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Put vectors [N, dimension] into the rows from `row` on, and sync them to the disk.

        Whatever was there or beyond was left by a run that did not finish. Raises OSError.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        _write_at(self.vectors, row * self.dimension * 4, vectors.astype("<f4").tobytes())
        _write_at(self.ids, row * 8, pictures.astype("<i8").tobytes())

    def length(self) -> int:
        """How many complete rows both files hold."""
        try:
            by_vectors = self.vectors.stat().st_size // (self.dimension * 4)
            return min(by_vectors, self.ids.stat().st_size // 8)
        except OSError:
            return 0

    def map_vectors(self, rows: int) -> NDArray[np.float32]:
        """float32 [rows, dimension], mapped read-only. Raises OSError or ValueError if shorter."""
        if rows == 0:
            return np.zeros((0, self.dimension), np.float32)
        return np.asarray(np.memmap(self.vectors, "<f4", "r", shape=(rows, self.dimension)))

    def map_ids(self, rows: int) -> NDArray[np.int64]:
        if rows == 0:
            return np.zeros(0, np.int64)
        return np.asarray(np.memmap(self.ids, "<i8", "r", shape=(rows,)))

    def agrees(self, embeddings: NDArray[np.int64]) -> bool:
        """Whether every row that the catalogue lists exists and is that picture's.

        embeddings: int64 [N, 3] of picture, row, CRC-32 (`Catalogue.embeddings`).
        """
        if len(embeddings) == 0:
            return True
        pictures, rows = embeddings[:, 0], embeddings[:, 1]
        if self.length() <= rows.max():
            return False
        return bool((self.map_ids(int(rows.max()) + 1)[rows] == pictures).all())

    def valid_rows(self, embeddings: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the embeddings (as in `agrees`) whose row exists and is that picture's."""
        existing = embeddings[embeddings[:, 1] < self.length()]
        if len(existing) == 0:
            return existing
        ids = self.map_ids(int(existing[:, 1].max()) + 1)
        valid: NDArray[np.int64] = existing[ids[existing[:, 1]] == existing[:, 0]]
        return valid

    def remove(self) -> None:
        self.vectors.unlink(missing_ok=True)
        self.ids.unlink(missing_ok=True)

    def remove_others(self) -> None:
        """Delete the files of this model's other generations, where the system allows it."""
        keep = {self.vectors, self.ids}
        for suffix in ("f32", "i64"):
            for path in self._folder.glob(f"{self._key}-*.{suffix}"):
                number = path.stem.removeprefix(f"{self._key}-")
                if number.isdigit() and path not in keep:
                    _remove_unless_mapped(path)


def drop_all_but(folder: Path, models: Iterable[ModelState]) -> None:
    """Delete the files of models that the catalogue does not list (any more)."""
    keep = {model.key for model in models}
    for suffix in ("f32", "i64"):
        for path in folder.glob(f"*.{suffix}"):
            if path.stem.rpartition("-")[0] not in keep:
                _remove_unless_mapped(path)


def checksums(vectors: NDArray[np.float32]) -> list[int]:
    """CRC-32 of each row's little-endian float32 bytes."""
    return [zlib.crc32(row.tobytes()) for row in vectors.astype("<f4")]


def _remove_unless_mapped(path: Path) -> None:
    with suppress(OSError):  # Windows: a reader still has it mapped; the next run deletes it
        path.unlink()


def _write_at(path: Path, offset: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.seek(offset)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
