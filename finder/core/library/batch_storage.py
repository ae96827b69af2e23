"""Storing a batch of results: thumbnails, vector store, matrix, then the catalogue's commit.

After a crash the catalogue may lack the batch, never the reverse, and the batch is done again.
"""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import RETRIED, Failure, FinderError, Reason, cannot_write
from finder.core.i18n import tr
from finder.core.library.vectors.store import NO_FACTS, StoredFacts, is_unit
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.indexing.embedded_ids import EmbeddedIds
    from finder.core.library.indexing.file_result import FileResult
    from finder.core.library.thumbnail_store import ThumbnailStore
    from finder.core.library.vectors.store import VectorStore
    from finder.core.library.vectors.store_session import StoreSession
    from finder.core.paths import Home

_REQUIRED_SPACE = 48_000_000
"""Bytes that must be free before a batch: Milvus Lite does not tolerate a full disk."""

StoredRow = tuple[int, int, int]
"""(picture, row of the matrix, CRC-32 of its vector)"""


class BatchStorage:
    """Stores batches for the writer that holds the library's lock."""

    def __init__(
        self, home: Home, catalogue: Catalogue, store: StoreSession, thumbnails: ThumbnailStore
    ) -> None:
        self._home = home
        self._catalogue = catalogue
        self._store = store
        self._thumbnails = thumbnails

    def write(self, results: Sequence[FileResult], known: Mapping[str, EmbeddedIds]) -> None:
        """Store one batch. known: for each model of the run, the pictures that it has embedded.

        Raises FinderError; then nothing of the batch is in the catalogue.
        """
        if not results:
            return
        removed = self._catalogue.removed.ids()
        results = [r.as_removed() if r.picture in removed else r for r in results]
        rows = {model: _new_vectors(model, known[model], results) for model in known}
        thumbnails = {
            result.picture: result.thumbnail
            for result in results
            if result.picture is not None and result.thumbnail is not None
        }
        if thumbnails or any(rows.values()):
            self._require_space()
        self._thumbnails.put(thumbnails)
        with self._store.while_inconsistent():
            stored = self._store_all(rows)
            with self._catalogue.transaction():
                for result in results:
                    self._put(result)
                for model, embeddings in stored.items():
                    self._catalogue.embeddings.add(model, embeddings)
                for result in results:
                    self._put_failures(result, known)

    # Vectors

    def add_vectors(
        self, model: str, pictures: NDArray[np.int64], vectors: NDArray[np.float32]
    ) -> None:
        """Vectors (float32 [N, dimension]) of known pictures, which the store has already."""
        self._require_space()
        with self._store.while_inconsistent():
            self._store.opened_for(model)
            state = self._catalogue.models.states()[model]
            try:
                MatrixFiles(self._home.nearest, state).write(state.rows, pictures, vectors)
            except OSError as error:
                raise cannot_write(error) from error
            rows = range(state.rows, state.rows + len(pictures))
            added = list(zip(pictures.tolist(), rows, checksums(vectors), strict=True))
            with self._catalogue.transaction():
                self._catalogue.embeddings.add(model, added)

    def store_vectors(
        self, model: str, pictures: NDArray[np.int64], vectors: NDArray[np.float32]
    ) -> None:
        """Vectors (float32 [N, dimension]) of known pictures that the model has not embedded yet.
        Raises FinderError; then none of them is in the catalogue."""
        self._require_space()
        with self._store.while_inconsistent():
            facts = self._facts_of(pictures) if self._store.backend.is_shared else NO_FACTS
            stored = self._store_vectors(model, pictures, vectors, facts)
            with self._catalogue.transaction():
                self._catalogue.embeddings.add(model, stored)

    def _facts_of(self, pictures: NDArray[np.int64]) -> Mapping[int, StoredFacts]:
        return self._catalogue.pictures.stored_facts(pictures.tolist())

    def _store_all(self, rows: dict[str, list[FileResult]]) -> dict[str, list[StoredRow]]:
        return {
            model: self._store_vectors(
                model,
                np.array([result.picture for result in new], dtype=np.int64),
                np.stack([result.vectors[model] for result in new]),
                _facts(new),
            )
            for model, new in rows.items()
            if new
        }

    def _store_vectors(
        self,
        model: str,
        pictures: NDArray[np.int64],
        vectors: NDArray[np.float32],
        facts: Mapping[int, StoredFacts],
    ) -> list[StoredRow]:
        """facts: of the pictures, for a shared store."""
        store = self._store.opened_for(model)
        state = self._catalogue.models.states()[model]
        if store.is_shared:
            vectors = _store_shared(store, state, pictures, vectors, facts)
        else:
            store.upsert(state, pictures.tolist(), vectors)
        if self._store.backend.keeps_matrix:
            try:
                MatrixFiles(self._home.nearest, state).write(state.rows, pictures, vectors)
            except OSError as error:
                store.abandon()
                raise cannot_write(error) from error
        rows = range(state.rows, state.rows + len(pictures))
        return list(zip(pictures.tolist(), rows, checksums(vectors), strict=True))

    def _require_space(self) -> None:
        free = shutil.disk_usage(self._home.root).free
        if free < _REQUIRED_SPACE:
            raise FinderError(
                tr("The disk with the library is almost full ({n} MB free).").format(
                    n=free // 1_000_000
                ),
                tr("Free some space and index again; finished work is kept."),
            )

    # The catalogue

    def _put(self, result: FileResult) -> None:
        if result.picture is not None and result.facts is not None:
            crc = zlib.crc32(result.thumbnail) if result.thumbnail is not None else None
            self._catalogue.pictures.put(result.picture, result.facts, crc)
        if result.picture is not None and result.description is not None:
            self._catalogue.descriptions.put(result.picture, result.description)
        if not self._keeps_known_picture(result):
            self._catalogue.files.put(result.as_record())

    def _keeps_known_picture(self, result: FileResult) -> bool:
        """Whether a file that fails now has a picture in the catalogue that must not be lost.

        A drive that is disconnected during the run does not invalidate the stored vectors; the old
        size and time make the next run try again. Nor does a crash on an unchanged file, which was
        readable before.
        """
        if self._crashed_unchanged(result):
            return True
        retried = result.reason in RETRIED
        return retried and self._catalogue.files.picture_of(result.file.path) is not None

    def _crashed_unchanged(self, result: FileResult) -> bool:
        file = result.file
        return result.reason in (
            Reason.CRASHED,
            Reason.TOO_SLOW,
        ) and self._catalogue.files.has_unchanged(file.path, file.size, file.mtime_ns)

    def _put_failures(self, result: FileResult, models: Iterable[str]) -> None:
        """What each model has failed on. A crash on a known picture counts as a failure of the
        models that were to embed it, so that they do not cause it again."""
        models = set(models)
        for model, failure in result.failures.items():
            if model in models and result.picture is not None:
                self._catalogue.failures.put(model, result.picture, failure)
        if result.reason is not None and self._crashed_unchanged(result):
            picture = self._catalogue.files.picture_of(result.file.path)
            assert picture is not None
            for model in models:
                self._catalogue.failures.put(model, picture, Failure(result.reason, result.detail))


def _new_vectors(model: str, known: EmbeddedIds, results: Iterable[FileResult]) -> list[FileResult]:
    """The results with a vector of a picture that is not embedded yet, each picture once."""
    once = {
        result.picture: result
        for result in results
        if model in result.vectors and result.picture is not None
    }
    stored = known.among(once)
    return [result for picture, result in once.items() if picture not in stored]


def _facts(results: Iterable[FileResult]) -> dict[int, StoredFacts]:
    return {
        result.picture: StoredFacts(
            result.file.size,
            result.facts.width,
            result.facts.height,
            result.facts.format,
            result.facts.taken,
        )
        for result in results
        if result.picture is not None and result.facts is not None
    }


def _store_shared(
    store: VectorStore,
    state: ModelState,
    pictures: NDArray[np.int64],
    vectors: NDArray[np.float32],
    facts: Mapping[int, StoredFacts],
) -> NDArray[np.float32]:
    """The vectors as they count: where another machine was first, its vector, which may differ in
    the last bits; the others as the store keeps them, as other machines see them."""
    counting = vectors.copy()
    places = {picture: place for place, picture in enumerate(pictures.tolist())}
    for picture, vector in zip(*store.fetch(state, list(places)), strict=True):
        if is_unit(vector):
            counting[places.pop(int(picture))] = vector
    left = list(places.values())
    store.upsert(state, list(places), counting[left], facts)
    counting[left] = store.as_stored(state, counting[left])
    return counting
