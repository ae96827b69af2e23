"""Repairing a model's three records: catalogue (the truth), vector store, matrix.

Either copy of the vectors rebuilds the other without extracting again; a vector that neither has,
or whose checksum does not match, is removed from the catalogue and made again by the next run. A
shared store may have other numbers, of another machine or with fewer bits: where the matrix lacks a
vector, the one there counts from then on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.i18n import tr, trn
from finder.core.library.vectors.same_vectors import are_same
from finder.core.library.vectors.store import NO_FACTS, is_unit
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums
from finder.core.models.crops import title_of

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.vectors.store import VectorStore

_CHUNK = 1_000
_DEAD_ROWS_ALLOWED = 1_000

log = logging.getLogger(__name__)

Vectors = tuple[NDArray[np.int64], NDArray[np.float32]]
"""(content ids int64 [N], vectors float32 [N, dimension])"""
Watch = Callable[[int, int], None]
"""Is called with how many vectors are copied, of how many; what it raises ends that."""


@dataclass(frozen=True)
class RepairResult:
    """What was done for one model. rebuilt: its matrix, from the store; resent: vectors that
    the store lacked; lost: pictures whose vectors neither had, to be embedded again."""

    rebuilt: bool = False
    resent: int = 0
    lost: int = 0

    def sentence(self, model: str) -> str:
        """One line for the user; empty if nothing was missing."""
        if self.lost:
            return trn(
                "{model}: the vectors of {n} picture were damaged; it is indexed again.",
                "{model}: the vectors of {n} pictures were damaged; they are indexed again.",
                self.lost,
                model=title_of(model, {}),
            )
        if self.rebuilt or self.resent:
            return tr("{model}: damaged records were repaired; nothing is lost.").format(
                model=title_of(model, {})
            )
        return ""


def repair_model(
    catalogue: Catalogue,
    store: VectorStore,
    nearest: Path,
    state: ModelState,
    thorough: bool = False,
    watch: Watch | None = None,
) -> RepairResult:
    """Check both copies of one model's vectors by ids; rebuild what is missing from the other.

    thorough: verify every vector of both by its checksum, too.
    """
    watch = watch or (lambda done, total: None)
    embeddings = catalogue.embeddings.rows(state.name)
    files = MatrixFiles(nearest, state)
    before = len(embeddings)
    rebuilt = not files.agrees(embeddings) or (thorough and not _all_match(files, embeddings))
    if rebuilt:
        log.warning("rebuilding the matrix of %s from the vector store", state.name)
        copies = _best_copies(files, store, state, embeddings)
        _rewrite(catalogue, nearest, state, _watched(copies, before, watch), embeddings)
        state = catalogue.models.states()[state.name]
        files = MatrixFiles(nearest, state)
        embeddings = catalogue.embeddings.rows(state.name)
    files.remove_others()
    resent = 0
    # not their number: others may have replaced those that are lost
    stored = store.ids(state, embeddings[:, 0] if store.is_shared else None)
    if thorough:
        damaged = _damaged_in_store(store, files, state, embeddings)
        stored = np.setdiff1d(stored, damaged)
        if not store.is_shared:  # else it is replaced, as no other machine can do without it
            store.delete(state, damaged)
    if not np.array_equal(stored, np.sort(embeddings[:, 0])):
        resent = _resend(catalogue, store, files, state, embeddings, stored, watch)
    lost = before - len(catalogue.embeddings.rows(state.name))
    return RepairResult(rebuilt, resent, lost)


def forget_lost(catalogue: Catalogue, store: VectorStore, state: ModelState) -> RepairResult:
    """For a library without matrices: what the store lacks is computed again by the next run."""
    known = catalogue.embeddings.rows(state.name)[:, 0]
    lost = np.setdiff1d(known, store.ids(state, known)).tolist()
    with catalogue.transaction():
        _remove_lost(catalogue, state, set(lost))
    return RepairResult(lost=len(lost))


def compact_matrix(catalogue: Catalogue, nearest: Path, state: ModelState) -> bool:
    """Rewrite the matrix if removed pictures take a third of it and at least 1,000 rows.

    Returns whether it was rewritten; then the store has as many deleted rows to release.
    """
    embeddings = catalogue.embeddings.rows(state.name)
    dead = state.rows - len(embeddings)
    few = dead < _DEAD_ROWS_ALLOWED or dead * 3 < state.rows
    files = MatrixFiles(nearest, state)
    if dead == 0 or (few and len(embeddings)) or not files.agrees(embeddings):
        return False
    _rewrite(catalogue, nearest, state, intact_rows(nearest, state, embeddings), embeddings)
    return True


def _rewrite(
    catalogue: Catalogue,
    nearest: Path,
    state: ModelState,
    source: Iterable[Vectors],
    embeddings: NDArray[np.int64],
) -> None:
    """A new generation of the matrix from these vectors; with checksums for those that are not as
    they were."""
    expected = _checksums_by_picture(embeddings)
    target = MatrixFiles(nearest, replace(state, generation=state.generation + 1))
    target.remove()
    written: dict[int, int] = {}
    for pictures, vectors in source:
        target.write(len(written), pictures, vectors)
        written.update(zip(pictures.tolist(), checksums(vectors), strict=True))
    with catalogue.transaction():
        _remove_lost(catalogue, state, set(expected) - set(written))
        renewed = [(crc, picture) for picture, crc in written.items() if expected[picture] != crc]
        catalogue.embeddings.put_checksums(state.name, renewed)
        catalogue.embeddings.renumber(state.name, np.array(list(written), dtype=np.int64))
    target.remove_others()


def _resend(
    catalogue: Catalogue,
    store: VectorStore,
    files: MatrixFiles,
    state: ModelState,
    embeddings: NDArray[np.int64],
    stored: NDArray[np.int64],
    watch: Watch,
) -> int:
    """Send the store what it lacks from the matrix, and delete what the catalogue does not list.

    stored: the ids that the store has, int64 [N]. Returns how many were sent.
    """
    lacking = embeddings[~np.isin(embeddings[:, 0], stored)]
    if len(lacking):
        log.warning("sending %d missing vectors of %s again", len(lacking), state.name)
    expected = _checksums_by_picture(lacking)
    sent: set[int] = set()
    for batch in _watched(_from_matrix(files, lacking), len(lacking), watch):
        pictures, vectors = _matching(*batch, expected)
        sent.update(pictures.tolist())
        facts = catalogue.pictures.stored_facts(pictures.tolist()) if store.is_shared else NO_FACTS
        store.upsert(state, pictures.tolist(), vectors, facts)
    with catalogue.transaction():
        _remove_lost(catalogue, state, set(expected) - sent)
    store.delete(state, np.setdiff1d(stored, embeddings[:, 0]).tolist())
    return len(sent)


def _watched(source: Iterable[Vectors], total: int, watch: Watch) -> Iterator[Vectors]:
    done = 0
    for pictures, vectors in source:
        watch(done, total)
        yield pictures, vectors
        done += len(pictures)
    watch(done, total)


def _checksums_by_picture(embeddings: NDArray[np.int64]) -> dict[int, int]:
    return dict(zip(embeddings[:, 0].tolist(), embeddings[:, 2].tolist(), strict=True))


def _matching(
    pictures: NDArray[np.int64], vectors: NDArray[np.float32], expected: dict[int, int]
) -> Vectors:
    """Those vectors whose checksum is the one in the catalogue."""
    pairs = zip(pictures.tolist(), checksums(vectors), strict=True)
    matches = np.array([expected.get(picture) == crc for picture, crc in pairs], dtype=bool)
    return pictures[matches], vectors[matches]


def _remove_lost(catalogue: Catalogue, state: ModelState, lost: set[int]) -> None:
    """Neither copy has an intact vector of these: the next run computes them again."""
    if lost:
        log.warning("%d vectors of %s are lost and will be made again", len(lost), state.name)
        catalogue.embeddings.remove(state.name, sorted(lost))


def _all_match(files: MatrixFiles, embeddings: NDArray[np.int64]) -> bool:
    expected = _checksums_by_picture(embeddings)
    return all(
        expected[picture] == crc
        for pictures, vectors in _from_matrix(files, embeddings)
        for picture, crc in zip(pictures.tolist(), checksums(vectors), strict=True)
    )


def intact_rows(
    nearest: Path, state: ModelState, embeddings: NDArray[np.int64]
) -> Iterator[Vectors]:
    """The vectors of the matrix, of these embeddings, that match their checksum."""
    files = MatrixFiles(nearest, state)
    expected = _checksums_by_picture(embeddings)
    for batch in _from_matrix(files, files.valid_rows(embeddings)):
        yield _matching(*batch, expected)


def _damaged_in_store(
    store: VectorStore, files: MatrixFiles, state: ModelState, embeddings: NDArray[np.int64]
) -> list[int]:
    """Pictures whose vectors in the store do not match their checksum; in a shared store, those
    that differ by more than rounding from the matrix, which is intact."""
    expected = _checksums_by_picture(embeddings)
    rows = dict(zip(embeddings[:, 0].tolist(), embeddings[:, 1].tolist(), strict=True))
    matrix = files.map_vectors(int(embeddings[:, 1].max(initial=-1)) + 1)
    damaged = []
    for pictures, vectors in _from_store(store, state, embeddings[:, 0]):
        wrong = ~np.isin(pictures, _matching(pictures, vectors, expected)[0])
        if store.is_shared and wrong.any():
            ours = np.asarray(matrix[[rows[picture] for picture in pictures[wrong].tolist()]])
            wrong[wrong] = ~are_same(store, state, vectors[wrong], ours)
        damaged += pictures[wrong].tolist()
    return damaged


def _best_copies(
    files: MatrixFiles, store: VectorStore, state: ModelState, embeddings: NDArray[np.int64]
) -> Iterator[Vectors]:
    """Every intact vector once: from the matrix where it is so there, else from the store."""
    expected = _checksums_by_picture(embeddings)
    left = set(expected)
    for batch in _from_matrix(files, files.valid_rows(embeddings)):
        pictures, vectors = _matching(*batch, expected)
        left.difference_update(pictures.tolist())
        yield pictures, vectors
    for pictures, vectors in _from_store(store, state, np.array(sorted(left), dtype=np.int64)):
        if store.is_shared:
            usable = np.array([is_unit(vector) for vector in vectors], dtype=bool)
            yield pictures[usable], vectors[usable]
        else:
            yield _matching(pictures, vectors, expected)


def _from_matrix(files: MatrixFiles, embeddings: NDArray[np.int64]) -> Iterator[Vectors]:
    if len(embeddings) == 0:
        return
    matrix = files.map_vectors(int(embeddings[:, 1].max()) + 1)
    for start in range(0, len(embeddings), _CHUNK):
        chunk = embeddings[start : start + _CHUNK]
        yield chunk[:, 0], np.asarray(matrix[chunk[:, 1]])


def _from_store(
    store: VectorStore, state: ModelState, pictures: NDArray[np.int64]
) -> Iterator[Vectors]:
    for start in range(0, len(pictures), _CHUNK):
        yield store.fetch(state, pictures[start : start + _CHUNK].tolist())
