"""The one writer of a library: keeps catalogue, Milvus and the fast-search matrix in step.

Write order of a batch: Milvus, then the matrix, then the catalogue's commit. After a crash the
catalogue is behind, never ahead, and the batch is simply done again.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from finder.core.errors import RETRIED, Failure, FinderError, Reason
from finder.core.i18n import tr
from finder.core.library.catalogue.backups import is_due, make_backup, remove_parts
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState
from finder.core.library.catalogue.settings import forget_choice
from finder.core.library.check.folder_check import clear_the_way
from finder.core.library.indexing.embedded_ids import EmbeddedIds, EmbeddingLookup
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.vectors.clean_stamp import is_stamped, put_stamp, remove_stamp, stamp_of
from finder.core.library.vectors.repair import compact_matrix, repair_model
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums, drop_all_but
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.permissions import close_to_other_users
from finder.core.pictures.scan import is_within
from finder.core.pictures.thumbnails import thumbnail_path
from finder.core.writer_lock import WriterLock

if TYPE_CHECKING:  # Milvus takes a second to import: only when something is to be stored
    from finder.core.library.vectors.milvus_lite import VectorStore

log = logging.getLogger(__name__)

_SPARE_SPACE = 48_000_000
"""Bytes that must be free before a batch: Milvus Lite does not forgive a full disk."""


class LibraryWriter:
    """Holds the library's writer lock while open. A context manager; used by one thread at a time.

    who: what another writer is told holds the library; notes: sentences for the user on what was
    found damaged and was mended. Raises FinderError: held by another process, cannot be opened,
    no space, write failed.
    """

    def __init__(self, home: Home, who: str = "") -> None:
        self.home = home
        self._lock = WriterLock(home, who)
        self._store: VectorStore | None = None
        self._mended: set[str] = set()
        self._thorough = False
        self._marks: dict[str, str] = {}
        self._midway = False
        self.embedded: dict[str, EmbeddedIds] = {}
        self.notes: list[str] = []

    def __enter__(self) -> Self:
        self.catalogue = Catalogue(self.home)
        try:
            if self.catalogue.is_snapshot:
                raise FinderError(
                    tr(
                        "The library's disk is full or read-only; the library can only be searched."
                    ),
                    tr("Free some space, or make its folder writable: {home}").format(
                        home=self.home.root
                    ),
                )
            self._lock.take()
            if self.catalogue.was_replaced:  # by a restore, while it held the lock
                self.catalogue.close()
                self.catalogue = Catalogue(self.home)
            self.notes += clear_the_way(self.home)
            close_to_other_users(self.home)
            self._lookup = EmbeddingLookup(self.home)
        except BaseException:
            self._lock.free()
            self.catalogue.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close_store()
        finally:
            self._store = None
            self._lookup.close()
            self.catalogue.close()
            self._lock.free()

    # Models

    def adopt(self, specs: Sequence[ModelSpec]) -> None:
        """Make the models known; vectors of another version of a model are given up. Where one is
        new, all models may try again what they have failed on.

        Afterwards `embedded` tells for each of them, and for no other, which pictures it has.
        """
        with self.catalogue.transaction():
            states = self.catalogue.models.states()
            for spec in specs:
                if spec.name in states and not states[spec.name].fits(spec):
                    self.catalogue.models.remove(spec.name)
                self.catalogue.models.put(spec)
            if not all(spec.name in states and states[spec.name].fits(spec) for spec in specs):
                self.catalogue.failures.clear()
        self.embedded = {spec.name: EmbeddedIds(self._lookup, spec.name) for spec in specs}

    def state(self, model: str) -> ModelState:
        return self.catalogue.models.states()[model]

    # Writing

    def write(self, outcomes: Sequence[FileResult]) -> None:
        """Store one batch. Raises FinderError; then nothing of the batch is in the catalogue."""
        if not outcomes:
            return
        rows = {model: self._new_rows(model, outcomes) for model in self.embedded}
        with self._all_or_midway():
            placed = self._place(rows)
            with self.catalogue.transaction():
                for outcome in outcomes:
                    if outcome.picture is not None and outcome.facts is not None:
                        self.catalogue.pictures.put(outcome.picture, outcome.facts)
                    if outcome.picture is not None and outcome.thumb is not None:
                        self.catalogue.pictures.put_thumbnail(outcome.picture, outcome.thumb)
                    if not self._keeps_what_is_known(outcome):
                        self.catalogue.files.put(outcome.as_known())
                for model, embeddings in placed.items():
                    self.catalogue.embeddings.add(model, embeddings)
                for outcome in outcomes:
                    self._note_failures(outcome)

    def _place(self, rows: dict[str, list[FileResult]]) -> dict[str, list[tuple[int, int, int]]]:
        """Store each model's new vectors. Gives (picture, row, CRC-32) for the catalogue."""
        if any(rows.values()):
            self._require_space()
        return {model: self._store_vectors(model, new) for model, new in rows.items() if new}

    @contextmanager
    def _all_or_midway(self) -> Iterator[None]:
        """Inside, Milvus, matrix and catalogue go out of step for a while."""
        before, self._midway = self._midway, True
        yield
        self._midway = before

    def _keeps_what_is_known(self, outcome: FileResult) -> bool:
        """Whether a file that fails now has a picture in the catalogue that must not be lost.

        A drive that goes away in the middle says nothing against the vectors there are. The old
        size and time make the next run try again. Nor does a crash over a file that has not
        changed: it was read before.
        """
        if self._crashed_unchanged(outcome):
            return True
        passing = outcome.reason in RETRIED
        return passing and self.catalogue.files.picture_of(outcome.file.path) is not None

    def _crashed_unchanged(self, outcome: FileResult) -> bool:
        file = outcome.file
        return outcome.reason in (
            Reason.CRASHED,
            Reason.TOO_SLOW,
        ) and self.catalogue.files.has_unchanged(file.path, file.size, file.mtime_ns)

    def _note_failures(self, outcome: FileResult) -> None:
        """What each model has failed on; a crash over a picture that is known already counts as a
        failure of the models that were to embed it, so that they do not cause it again."""
        for model, failure in outcome.failures.items():
            if model in self.embedded and outcome.picture is not None:
                self.catalogue.failures.put(model, outcome.picture, failure)
        if outcome.reason is not None and self._crashed_unchanged(outcome):
            picture = self.catalogue.files.picture_of(outcome.file.path)
            assert picture is not None
            for model in self.embedded:
                self.catalogue.failures.put(model, picture, Failure(outcome.reason, outcome.detail))

    def _new_rows(self, model: str, outcomes: Iterable[FileResult]) -> list[FileResult]:
        """The outcomes that bring a vector of a picture not embedded yet, each picture once."""
        once = {
            outcome.picture: outcome
            for outcome in outcomes
            if model in outcome.vectors and outcome.picture not in self.embedded[model]
        }
        return list(once.values())

    def _store_vectors(self, model: str, new: Sequence[FileResult]) -> list[tuple[int, int, int]]:
        """Milvus, then the matrix. Gives (picture, row, CRC-32) for the catalogue."""
        store = self._open_store(model)
        state = self.state(model)
        pictures = np.array([outcome.picture for outcome in new], dtype=np.int64)
        vectors = np.stack([outcome.vectors[model] for outcome in new])
        store.upsert(state, pictures.tolist(), vectors)
        try:
            MatrixFiles(self.home.nearest, state).write(state.rows, pictures, vectors)
        except OSError as error:
            store.abandon()
            raise cannot_write(error) from error
        rows = range(state.rows, state.rows + len(new))
        return list(zip(pictures.tolist(), rows, checksums(vectors), strict=True))

    def _require_space(self) -> None:
        free = shutil.disk_usage(self.home.root).free
        if free < _SPARE_SPACE:
            raise FinderError(
                tr("The disk with the library is almost full ({n} MB free).").format(
                    n=free // 1_000_000
                ),
                tr("Free some space and index again; finished work is kept."),
            )

    def keep_setting(self, key: str, value: object) -> None:
        """Note something for later runs."""
        if value and value != self.catalogue.settings.get(key):
            with self.catalogue.transaction():
                self.catalogue.settings.put(key, value)

    def make_backup(self) -> None:
        """Once a day, a copy of the catalogue. One that fails is told, and is no fault of the
        run."""
        try:
            if is_due(self.home):
                remove_parts(self.home)
                make_backup(self.home, self.catalogue.connection)
        except FinderError as error:
            self._tell(str(error))

    # Removing

    def forget_files(self, paths: Iterable[str]) -> None:
        """Take files out of the catalogue (vanished ones). The pictures stay until `purge`."""
        with self.catalogue.transaction():
            self.catalogue.files.remove(paths)

    def forget_folder(self, folder: str) -> int:
        """Take a folder out of the library, with what no other folder of it covers.

        Gives the number of files forgotten. The pictures on the disk are not touched.
        """
        with self.catalogue.transaction():
            self.catalogue.folders.remove(folder)
            others = self.catalogue.folders.paths()
            paths = [
                file.path
                for file in self.catalogue.files.below(folder)
                if not any(is_within(file.path, other) for other in others)
            ]
            self.catalogue.files.remove(paths)
        self.purge()
        return len(paths)

    def purge(self) -> int:
        """Remove what is kept about pictures that no file shows any more. Gives their number."""
        gone = self.catalogue.pictures.without_file()
        if gone:
            with self.catalogue.transaction():
                self.catalogue.remove_pictures(gone)
            for picture in gone:
                with suppress(OSError):  # Windows: the window is just reading it
                    thumbnail_path(self.home.thumbs, picture).unlink()
        self.finish_removals()
        return len(gone)

    def finish_removals(self) -> None:
        """Delete from Milvus what the catalogue has doomed; win the matrix's dead rows back."""
        with self._all_or_midway():
            self._finish_removals()

    def _finish_removals(self) -> None:
        doomed = self.catalogue.embeddings.tombstones()
        for model, pictures in doomed.items():
            state = self.catalogue.models.states().get(model)
            if state is not None:
                kept = set(self.catalogue.embeddings.pictures(model).tolist())
                store = self._open_store(model)
                if kept:
                    store.delete(state, [p for p in pictures if p not in kept])
                else:
                    store.drop(state)
            with self.catalogue.transaction():
                self.catalogue.embeddings.clear_tombstones(model)
        for model in doomed:
            if model in self.catalogue.models.states():
                self._win_back(model)

    def _win_back(self, model: str) -> None:
        """Milvus Lite gives a deleted row's space back with its collection only: once there are
        many, it is dropped, and what is left is sent again from the matrix."""
        if compact_matrix(self.catalogue, self.home.nearest, self.state(model)):
            self._open_store(model).drop(self.state(model))
            self._mended.discard(model)
            self._marks.pop(model, None)
            self._open_store(model)

    def forget_model(self, model: str) -> None:
        """Take a model out of the catalogue and the settings, with all that it has embedded. Its
        stored vectors stay until `drop_unknown`, or until the next writer opens the database."""
        state = self.catalogue.models.states().get(model)
        with self.catalogue.transaction():
            forget_choice(self.catalogue, model)
            self.catalogue.embeddings.clear_tombstones(model)
            if state is not None:
                remove_stamp(self.catalogue, state)
                self.catalogue.models.remove(model)
                self.catalogue.failures.clear()  # the others may try again without it
        self._mended.discard(model)

    def drop_unknown(self) -> None:
        """Delete the stored vectors of models that the catalogue does not know (any more)."""
        states = self.catalogue.models.states().values()
        if self.home.vectors.exists():
            with self._all_or_midway():
                self._opened_store().drop_all_but(states)
        drop_all_but(self.home.nearest, states)

    # Damage

    def forget_damaged(self, paths: Iterable[bytes], pictures: Iterable[int]) -> None:
        """Take entries that cannot be trusted out of the catalogue: the next run makes them anew,
        with all vectors of the pictures."""
        pictures = list(pictures)
        with self.catalogue.transaction():
            self.catalogue.files.remove(map(os.fsdecode, paths))
            for picture in pictures:
                self.catalogue.files.remove_of(picture)
        self.purge()

    def give_up(self, model: str, pictures: Sequence[int]) -> None:
        """Take vectors out that are no good in any copy: the next run makes them anew."""
        if pictures:
            with self.catalogue.transaction():
                self.catalogue.embeddings.remove(model, pictures)
            self.finish_removals()

    def found_in_step(self) -> None:
        """A full check has just compared everything: the next writer need not."""
        self._marks = {s.name: self._mark(s) for s in self.catalogue.models.states().values()}
        self._mended.update(self._marks)
        self._leave_stamps()

    def remove_aside(self) -> None:
        """Delete the damaged database that was moved aside: all of it was built anew."""
        shutil.rmtree(self.home.vectors_aside, ignore_errors=True)

    def flush(self) -> None:
        if self._store is not None:
            self._store.flush()

    # Opening Milvus

    def close_store(self) -> None:
        """Flush the vector database and let go of its files; the next use opens it again."""
        if self._store is not None and self._store.is_open:
            self._store.close()
            self._leave_stamps()
        self._store = None

    @staticmethod
    def load_client() -> None:
        """What `write` will need. Touches nothing of the library: from any thread."""
        import finder.core.library.vectors.milvus_lite  # noqa: F401

    def repair_doubtful(self) -> None:
        """Look into the models whose files are not as the last writer has left them. Costs nothing
        after a clean end."""
        for model, state in self.catalogue.models.states().items():
            if state.rows and not is_stamped(self.catalogue, state, self._mark(state)):
                self._open_store(model)

    def _tell(self, sentence: str) -> None:
        if sentence:
            self.notes.append(sentence)

    def mend(self, thorough: bool = False) -> None:
        """Compare catalogue, matrix and Milvus for every model, and mend what disagrees.

        thorough: look at the checksum of every row of the matrix, too.
        """
        self._thorough = thorough
        for model in self.catalogue.models.states():
            self._open_store(model)

    def _open_store(self, model: str) -> VectorStore:
        """The open vector database, with this model's copies found in step or mended."""
        store = self._opened_store()
        if model not in self._mended:
            state = self.state(model)
            if self._thorough or not self._is_marked(state):
                mended = repair_model(
                    self.catalogue, store, self.home.nearest, state, self._thorough
                )
                self._tell(mended.sentence(model))
            self._mended.add(model)
        return store

    def _opened_store(self) -> VectorStore:
        if self._store is None or not self._store.is_open:
            from finder.core.library.vectors.milvus_lite import open_vectors

            states = self.catalogue.models.states()
            self._marks = {name: self._mark(state) for name, state in states.items()}
            self._mended.clear()
            doubtful = [
                state for state in states.values() if self._thorough or not self._is_marked(state)
            ]
            self._store = open_vectors(self.home, doubtful)
            if self._store.replaced:
                self._tell(tr("The vector database was damaged and was rebuilt from its copy."))
            for name, state in states.items():
                if state.rows and not self._store.has(state):  # the whole database moved aside
                    self._marks.pop(name, None)
            self._store.drop_all_but(states.values())
            drop_all_but(self.home.nearest, states.values())
        return self._store

    def _leave_stamps(self) -> None:
        """For what was in step before, and what was brought in step since. They only save time:
        a disk that does not take them is no fault of the run."""
        if self._midway:
            return
        try:
            with self.catalogue.transaction():
                for model, state in self.catalogue.models.states().items():
                    if model in self._mended or self._is_marked(state):
                        put_stamp(self.catalogue, state, self._mark(state))
        except (FinderError, OSError):
            log.warning("the next run will compare all records", exc_info=True)

    def _is_marked(self, state: ModelState) -> bool:
        return is_stamped(self.catalogue, state, self._marks.get(state.name, ""))

    def _mark(self, state: ModelState) -> str:
        files = MatrixFiles(self.home.nearest, state)
        return stamp_of(state, files, self.home.collection(state.collection))


def cannot_write(error: OSError) -> FinderError:
    return FinderError(
        tr("The library could not be written: {why}.").format(why=error),
        tr("Check the free space and the permissions of its folder, then try again."),
    )
