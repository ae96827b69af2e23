"""The full check's look at one model's vectors, in both of their copies."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState
from finder.core.library.vectors.milvus_lite import VectorStore
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home

_CHUNK = 1_000
_NORM_WITHIN = 1e-3


@dataclass
class VectorFaults:
    """Pictures with something wrong. matrix, milvus: that copy lacks the vector or has another
    one; norm: its length is not 1; extra: in Milvus only; unreadable: Milvus fails."""

    matrix: set[int] = field(default_factory=set)
    milvus: set[int] = field(default_factory=set)
    norm: set[int] = field(default_factory=set)
    extra: int = 0
    unreadable: bool = False

    @property
    def lost(self) -> set[int]:
        """Those that no copy has."""
        return (self.matrix & self.milvus) | self.norm

    @property
    def in_one_copy(self) -> int:
        """How many are wrong where the other copy helps."""
        return len((self.matrix ^ self.milvus) - self.norm) + self.extra


def is_right_file(spec: ModelSpec) -> bool:
    """Whether the model's file is the one that its `model.toml` describes; a baseline has none."""
    if not spec.has_file:
        return True
    try:
        with open(spec.file, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == spec.sha256
    except OSError:
        return False


def check_vectors(
    home: Home, catalogue: Catalogue, state: ModelState
) -> Generator[int, None, VectorFaults]:
    """Compare every vector; yields how many were looked at, of twice as many as there are."""
    faults = VectorFaults()
    embeddings = catalogue.embeddings.rows(state.name)
    files = MatrixFiles(home.nearest, state)
    right = files.right_rows(embeddings)
    faults.matrix.update(np.setdiff1d(embeddings[:, 0], right[:, 0]).tolist())
    matrix = files.map_vectors(int(right[:, 1].max(initial=-1)) + 1)
    for start in range(0, len(right), _CHUNK):
        chunk = right[start : start + _CHUNK]
        vectors = np.asarray(matrix[chunk[:, 1]])
        faults.matrix.update(_unlike(chunk, vectors))
        long = np.abs(np.linalg.norm(vectors.astype(np.float64), axis=1) - 1) > _NORM_WITHIN
        sound = ~np.isin(chunk[:, 0], list(faults.matrix))
        faults.norm.update(chunk[long & sound, 0].tolist())
        yield start + len(chunk)
    try:
        with closing(VectorStore(home)) as store:
            yield from _look_at_milvus(store, state, embeddings, faults)
    except FinderError:  # a file of it cannot be read: as good as nothing
        faults.milvus.update(embeddings[:, 0].tolist())
        faults.unreadable = True
    return faults


def _look_at_milvus(
    store: VectorStore, state: ModelState, embeddings: NDArray[np.int64], faults: VectorFaults
) -> Generator[int]:
    there = store.ids(state)
    faults.extra = len(np.setdiff1d(there, embeddings[:, 0]))
    for start in range(0, len(embeddings), _CHUNK):
        chunk = embeddings[start : start + _CHUNK]
        found, vectors = store.fetch(state, chunk[:, 0].tolist())
        by_picture = dict(zip(found.tolist(), checksums(vectors), strict=True))
        faults.milvus.update(
            picture
            for picture, crc in zip(chunk[:, 0].tolist(), chunk[:, 2].tolist(), strict=True)
            if by_picture.get(picture) != crc
        )
        yield len(embeddings) + start + len(chunk)


def _unlike(embeddings: NDArray[np.int64], vectors: NDArray[np.float32]) -> list[int]:
    """Pictures whose vector has not the checksum that the catalogue noted."""
    pairs = zip(embeddings.tolist(), checksums(vectors), strict=True)
    return [picture for (picture, _, noted), crc in pairs if crc != noted]
