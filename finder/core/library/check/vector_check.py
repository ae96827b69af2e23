"""The full check of one model's vectors, in both of their copies."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.library.check.findings import Finding, repairable
from finder.core.library.vectors.same_vectors import are_same
from finder.core.library.vectors.store import is_unit
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.vectors.store import StoreBackend, VectorStore
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

_CHUNK = 1_000
_NORM_WITHIN = 1e-3


@dataclass
class VectorFaults:
    """Pictures with a faulty vector. matrix, store: that copy lacks the vector or has another one;
    norm: its length is not 1; extra: how many are in the store only; unreadable: the store cannot
    be read; failure: why a store that is shared could not be compared."""

    matrix: set[int] = field(default_factory=set)
    store: set[int] = field(default_factory=set)
    norm: set[int] = field(default_factory=set)
    extra: int = 0
    unreadable: bool = False
    failure: FinderError | None = None

    @property
    def lost(self) -> set[int]:
        """Those without an intact copy."""
        return (self.matrix & self.store) | self.norm

    @property
    def in_one_copy(self) -> int:
        """How many the other copy can repair."""
        return len((self.matrix ^ self.store) - self.norm) + self.extra


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
    home: Home, catalogue: Catalogue, backend: StoreBackend, state: ModelState
) -> Generator[int, None, VectorFaults]:
    """Compare every vector; yields how many were compared, of two for each picture."""
    faults = VectorFaults()
    embeddings = catalogue.embeddings.rows(state.name)
    matrix = None
    if backend.keeps_matrix:
        files = MatrixFiles(home.nearest, state)
        matrix = yield from _compare_matrix(files, embeddings, faults)
    try:
        with closing(backend.open()) as store:
            yield from _compare_store(store, state, embeddings, faults, matrix)
    except FinderError as error:  # one unreadable file makes all of the store unreadable
        if backend.is_shared:
            faults.failure = error
            return faults
        faults.store.update(embeddings[:, 0].tolist())
        faults.unreadable = True
    if not backend.keeps_matrix:  # the store is the only copy
        faults.matrix = set(faults.store)
    return faults


def _compare_matrix(
    files: MatrixFiles, embeddings: NDArray[np.int64], faults: VectorFaults
) -> Generator[int, None, NDArray[np.float32]]:
    """Returns the matrix."""
    valid = files.valid_rows(embeddings)
    faults.matrix.update(np.setdiff1d(embeddings[:, 0], valid[:, 0]).tolist())
    matrix = files.map_vectors(int(valid[:, 1].max(initial=-1)) + 1)
    for start in range(0, len(valid), _CHUNK):
        chunk = valid[start : start + _CHUNK]
        vectors = np.asarray(matrix[chunk[:, 1]])
        faults.matrix.update(_mismatches(chunk, vectors))
        wrong = np.abs(np.linalg.norm(vectors.astype(np.float64), axis=1) - 1) > _NORM_WITHIN
        intact = ~np.isin(chunk[:, 0], list(faults.matrix))
        faults.norm.update(chunk[wrong & intact, 0].tolist())
        yield start + len(chunk)
    return matrix


def _compare_store(
    store: VectorStore,
    state: ModelState,
    embeddings: NDArray[np.int64],
    faults: VectorFaults,
    matrix: NDArray[np.float32] | None,
) -> Generator[int]:
    if not store.is_shared:  # else the others are those of other machines
        faults.extra = len(np.setdiff1d(store.ids(state), embeddings[:, 0]))
    for start in range(0, len(embeddings), _CHUNK):
        chunk = embeddings[start : start + _CHUNK]
        found, vectors = store.fetch(state, chunk[:, 0].tolist())
        stored = dict(zip(found.tolist(), checksums(vectors), strict=True))
        wrong = [row for row in chunk.tolist() if stored.get(row[0]) != row[2]]
        if store.is_shared:
            there = dict(zip(found.tolist(), vectors, strict=True))
            same = _same(store, state, wrong, there, matrix, faults)
            wrong = [row for row in wrong if row[0] not in same]
        faults.store.update(picture for picture, _, _ in wrong)
        yield len(embeddings) + start + len(chunk)


def _same(
    store: VectorStore,
    state: ModelState,
    rows: Sequence[Sequence[int]],
    there: Mapping[int, NDArray[np.float32]],
    matrix: NDArray[np.float32] | None,
    faults: VectorFaults,
) -> set[int]:
    """Those of the rows (picture, row, checksum) whose vector in the store is ours but for
    rounding. Without a matrix there is nothing to compare it with but its length."""
    if matrix is None:
        return {row[0] for row in rows if row[0] in there and is_unit(there[row[0]])}
    compared = [row for row in rows if row[0] in there and row[0] not in faults.matrix]
    if not compared:
        return set()
    ours = np.asarray(matrix[[row[1] for row in compared]])
    theirs = np.stack([there[row[0]] for row in compared])
    same = are_same(store, state, theirs, ours)
    return {row[0] for row, is_same in zip(compared, same, strict=True) if is_same}


def _mismatches(embeddings: NDArray[np.int64], vectors: NDArray[np.float32]) -> list[int]:
    """Pictures whose vector does not have the checksum in the catalogue."""
    pairs = zip(embeddings.tolist(), checksums(vectors), strict=True)
    return [picture for (picture, _, expected), crc in pairs if crc != expected]


def vector_findings(model: str, title: str, faults: VectorFaults) -> list[Finding]:
    """The faults of a model as sentences for the user."""
    findings = []
    if faults.unreadable:
        text = tr("{title}: its vector database cannot be read.").format(title=title)
        findings.append(repairable(text, "unreadable", model))
    if faults.lost:
        text = trn(
            "{title}: the vector of {n} picture is damaged; it must be indexed again.",
            "{title}: the vectors of {n} pictures are damaged; they must be indexed again.",
            len(faults.lost),
            title=title,
        )
        findings.append(repairable(text, "lost", model, needs_indexing=True))
    if faults.in_one_copy and not faults.unreadable:
        text = trn(
            "{title}: {n} vector is damaged or missing in one of its two copies.",
            "{title}: {n} vectors are damaged or missing in one of their two copies.",
            faults.in_one_copy,
            title=title,
        )
        findings.append(repairable(text, "in one copy", model))
    return findings
