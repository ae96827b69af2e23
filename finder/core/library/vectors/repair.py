"""Bringing a model's three records back in step: catalogue (the truth), Milvus, matrix.

Either copy of the vectors rebuilds the other without extracting again; a vector that neither has,
or whose checksum does not fit, is taken out of the catalogue and made again by the next run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.i18n import tr, trn
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums

if TYPE_CHECKING:
    from finder.core.library.vectors.milvus_lite import VectorStore

_CHUNK = 1_000
_DEAD_ROWS_ALLOWED = 1_000

log = logging.getLogger(__name__)

Vectors = tuple[NDArray[np.int64], NDArray[np.float32]]
"""(content ids int64 [N], vectors float32 [N, dimension])"""


@dataclass(frozen=True)
class RepairResult:
    """What was done for one model. rebuilt: its matrix, from Milvus; resent: vectors that Milvus
    lacked; lost: pictures whose vectors neither had, to be embedded again."""

    rebuilt: bool = False
    resent: int = 0
    lost: int = 0

    def sentence(self, model: str) -> str:
        """One line for the user; empty where nothing was missing."""
        if self.lost:
            return trn(
                "{model}: the vectors of {n} picture were damaged; it is indexed again.",
                "{model}: the vectors of {n} pictures were damaged; they are indexed again.",
                self.lost,
                model=model,
            )
        if self.rebuilt or self.resent:
            return tr("{model}: damaged records were repaired; nothing is lost.").format(
                model=model
            )
        return ""


def repair_model(
    catalogue: Catalogue,
    store: VectorStore,
    nearest: Path,
    state: ModelState,
    thorough: bool = False,
) -> RepairResult:
    """Check both copies of one model's vectors by ids; rebuild what is missing from the other.

    thorough: check every vector of both by its checksum, too.
    """
    embeddings = catalogue.embeddings.rows(state.name)
    files = MatrixFiles(nearest, state)
    before = len(embeddings)
    rebuilt = not files.agrees(embeddings) or (thorough and not _all_sound(files, embeddings))
    if rebuilt:
        log.warning("rebuilding the matrix of %s from Milvus", state.name)
        _rewrite(
            catalogue, nearest, state, _best_copies(files, store, state, embeddings), embeddings
        )
        state = catalogue.models.states()[state.name]
        files = MatrixFiles(nearest, state)
        embeddings = catalogue.embeddings.rows(state.name)
    files.remove_others()
    if thorough:
        store.delete(state, damaged_in_store(store, state, embeddings))
    resent = 0
    there = store.ids(state)  # not their number: other pictures may have come for those that went
    if not np.array_equal(there, np.sort(embeddings[:, 0])):
        resent = _mend_milvus(catalogue, store, files, state, embeddings, there)
    lost = before - len(catalogue.embeddings.rows(state.name))
    return RepairResult(rebuilt, resent, lost)


def compact_matrix(catalogue: Catalogue, nearest: Path, state: ModelState) -> bool:
    """Write the matrix anew once removed pictures take a third of it and 1,000 rows at least.

    Whether it was; Milvus has as many rows to win back then.
    """
    embeddings = catalogue.embeddings.rows(state.name)
    dead = state.rows - len(embeddings)
    few = dead < _DEAD_ROWS_ALLOWED or dead * 3 < state.rows
    files = MatrixFiles(nearest, state)
    if dead == 0 or (few and len(embeddings)) or not files.agrees(embeddings):
        return False
    _rewrite(catalogue, nearest, state, _from_matrix(files, embeddings), embeddings)
    return True


def _rewrite(
    catalogue: Catalogue,
    nearest: Path,
    state: ModelState,
    source: Iterable[Vectors],
    embeddings: NDArray[np.int64],
) -> None:
    """A new generation of the matrix from the vectors that fit their checksum."""
    expected = _checksums_by_picture(embeddings)
    target = MatrixFiles(nearest, replace(state, generation=state.generation + 1))
    target.remove()
    written: list[int] = []
    for pictures, vectors in source:
        pictures, vectors = _sound(pictures, vectors, expected)
        target.write(len(written), pictures, vectors)
        written.extend(pictures.tolist())
    with catalogue.transaction():
        _give_up(catalogue, state, set(expected) - set(written))
        catalogue.embeddings.renumber(state.name, np.array(written, dtype=np.int64))
    target.remove_others()


def _mend_milvus(
    catalogue: Catalogue,
    store: VectorStore,
    files: MatrixFiles,
    state: ModelState,
    embeddings: NDArray[np.int64],
    there: NDArray[np.int64],
) -> int:
    """Send Milvus what it lacks from the matrix, and delete what the catalogue does not know.

    there: the ids that Milvus has, int64 [N]. Gives how many were sent.
    """
    lacking = embeddings[~np.isin(embeddings[:, 0], there)]
    if len(lacking):
        log.warning("Milvus lacks %d vectors of %s: sending them again", len(lacking), state.name)
    expected = _checksums_by_picture(lacking)
    sent: set[int] = set()
    for found in _from_matrix(files, lacking):
        pictures, vectors = _sound(*found, expected)
        sent.update(pictures.tolist())
        store.upsert(state, pictures.tolist(), vectors)
    with catalogue.transaction():
        _give_up(catalogue, state, set(expected) - sent)
    store.delete(state, np.setdiff1d(there, embeddings[:, 0]).tolist())
    return len(sent)


def _checksums_by_picture(embeddings: NDArray[np.int64]) -> dict[int, int]:
    return dict(zip(embeddings[:, 0].tolist(), embeddings[:, 2].tolist(), strict=True))


def _sound(
    pictures: NDArray[np.int64], vectors: NDArray[np.float32], expected: dict[int, int]
) -> Vectors:
    """Those vectors whose checksum is the one that the catalogue noted."""
    pairs = zip(pictures.tolist(), checksums(vectors), strict=True)
    fits = np.array([expected.get(picture) == crc for picture, crc in pairs], dtype=bool)
    return pictures[fits], vectors[fits]


def _give_up(catalogue: Catalogue, state: ModelState, lost: set[int]) -> None:
    """Neither copy has them whole: the next run makes them again."""
    if lost:
        log.warning("%d vectors of %s are lost and will be made again", len(lost), state.name)
        catalogue.embeddings.remove(state.name, sorted(lost))


def _all_sound(files: MatrixFiles, embeddings: NDArray[np.int64]) -> bool:
    expected = dict(zip(embeddings[:, 0].tolist(), embeddings[:, 2].tolist(), strict=True))
    return all(
        expected[picture] == crc
        for pictures, vectors in _from_matrix(files, embeddings)
        for picture, crc in zip(pictures.tolist(), checksums(vectors), strict=True)
    )


def damaged_in_store(
    store: VectorStore, state: ModelState, embeddings: NDArray[np.int64]
) -> list[int]:
    """Pictures whose vectors Milvus has, but not as they were stored."""
    expected = _checksums_by_picture(embeddings)
    spoilt = []
    for pictures, vectors in _from_milvus(store, state, embeddings[:, 0]):
        sound, _ = _sound(pictures, vectors, expected)
        spoilt += np.setdiff1d(pictures, sound).tolist()
    return spoilt


def _best_copies(
    files: MatrixFiles, store: VectorStore, state: ModelState, embeddings: NDArray[np.int64]
) -> Iterator[Vectors]:
    """Every vector once: from the matrix where it is sound there, else from Milvus."""
    expected = _checksums_by_picture(embeddings)
    left = set(expected)
    for found in _from_matrix(files, files.right_rows(embeddings)):
        pictures, vectors = _sound(*found, expected)
        left.difference_update(pictures.tolist())
        yield pictures, vectors
    yield from _from_milvus(store, state, np.array(sorted(left), dtype=np.int64))


def _from_matrix(files: MatrixFiles, embeddings: NDArray[np.int64]) -> Iterator[Vectors]:
    if len(embeddings) == 0:
        return
    matrix = files.map_vectors(int(embeddings[:, 1].max()) + 1)
    for start in range(0, len(embeddings), _CHUNK):
        chunk = embeddings[start : start + _CHUNK]
        yield chunk[:, 0], np.asarray(matrix[chunk[:, 1]])


def _from_milvus(
    store: VectorStore, state: ModelState, pictures: NDArray[np.int64]
) -> Iterator[Vectors]:
    for start in range(0, len(pictures), _CHUNK):
        yield store.fetch(state, pictures[start : start + _CHUNK].tolist())
