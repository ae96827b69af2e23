"""The writer of a library: keeps catalogue, vector store and fast-search matrix in sync.

It holds the library's lock. Its parts do the work: `store` opens and repairs the vector
store, `thumbnails` and `features` keep what shows the pictures, `removals` removes, `batch_storage`
stores.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from finder.core.errors import FinderError
from finder.core.library.batch_storage import BatchStorage
from finder.core.library.catalogue.backups import is_due, make_backup, remove_parts
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.check.folder_check import clear_obstacles
from finder.core.library.feature_store import FeatureStore
from finder.core.library.indexing.embedded_ids import EmbeddedIds, EmbeddingLookup
from finder.core.library.removals import Removals
from finder.core.library.thumbnail_store import ThumbnailStore
from finder.core.library.vectors.store import StoreBackend, backend_of
from finder.core.library.vectors.store_session import StoreSession
from finder.core.models.crops import crops_name
from finder.core.system.permissions import close_to_other_users
from finder.core.writer_lock import WriterLock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from finder.core.library.catalogue.records import FileRecord, ModelState
    from finder.core.library.indexing.file_result import FileResult
    from finder.core.library.server.sharing import Sharing
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

_NEVER_NS = -1  # a modification time that no file has


class LibraryWriter:
    """Holds the library's writer lock while open. A context manager; used by one thread at a time.

    holder: how other programs name the holder of the lock; backend: where the vectors are, if not
    where the library has them; notes: sentences for the user on what was damaged and was repaired;
    embedded_ids: for each registered model, and for no other, the pictures that it has embedded.

    Raises FinderError: held by another process, cannot be opened, no space, write failed.
    """

    def __init__(self, home: Home, holder: str = "", backend: StoreBackend | None = None) -> None:
        self.home = home
        self._lock = WriterLock(home, holder)
        self._given = backend
        self.embedded_ids: dict[str, EmbeddedIds] = {}
        self.notes: list[str] = []

    def __enter__(self) -> Self:
        self.catalogue = Catalogue(self.home)
        try:
            self.catalogue.require_writable()
            self._lock.acquire()
            if self.catalogue.was_replaced:  # by a restore, while it held the lock
                self.catalogue.close()
                self.catalogue = Catalogue(self.home)
            self._backend = self._given or backend_of(self.home)  # it may have moved meanwhile
            self.notes += clear_obstacles(self.home)
            close_to_other_users(self.home)
            if self._backend.is_shared and self.catalogue.unpublished.is_outdated:
                with self.catalogue.transaction():
                    self.catalogue.unpublished.renew()
            if not self.catalogue.words.is_sound:
                with self.catalogue.transaction():
                    self.catalogue.words.rebuild()
            self._lookup = EmbeddingLookup(self.home)
        except BaseException:
            self._lock.release()
            self.catalogue.close()
            raise
        self.store = StoreSession(self.home, self.catalogue, self._backend, self.notes)
        self.thumbnails = ThumbnailStore(self.home, self.notes)
        self.features = FeatureStore(self.home)
        self.sharing = self._make_sharing()
        self.removals = Removals(
            self.catalogue, self.store, self.thumbnails, self.features, self.sharing, self.notes
        )
        self._batches = BatchStorage(self.home, self.catalogue, self.store, self.thumbnails)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.store.close()
        finally:
            self._lookup.close()
            self.thumbnails.close()
            self.features.close()
            self.catalogue.close()
            self._lock.release()

    def _make_sharing(self) -> Sharing | None:
        """None where no other machine uses this library's store."""
        if not self._backend.is_shared:
            return None
        from finder.core.library.server.sharing import Sharing

        return Sharing(self)

    def register_models(self, specs: Sequence[ModelSpec]) -> None:
        """Add the models to the catalogue; vectors of another version of a model are removed, with
        those of its crops. If one is new, all models may try again what they have failed on."""
        with self.catalogue.transaction():
            states = self.catalogue.models.states()
            for spec in specs:
                if spec.name in states and not states[spec.name].fits(spec):
                    self.catalogue.models.remove(spec.name)
                    self.catalogue.models.remove(crops_name(spec.name))
                self.catalogue.models.put(spec)
            if not all(spec.name in states and states[spec.name].fits(spec) for spec in specs):
                self.catalogue.failures.clear()
        self.embedded_ids = {spec.name: EmbeddedIds(self._lookup, spec.name) for spec in specs}

    def state(self, model: str) -> ModelState:
        return self.catalogue.models.states()[model]

    def write(self, results: Sequence[FileResult]) -> None:
        """Store one batch. Raises FinderError; then nothing of the batch is in the catalogue."""
        self._batches.write(results, self.embedded_ids)
        if self.sharing is not None and results:
            self.sharing.after_batch()

    def write_known(self, results: Sequence[FileResult]) -> None:
        """Store files without vectors, as `write`: those of other machines."""
        self._batches.write(results, {})

    def add_vectors(
        self, model: str, pictures: NDArray[np.int64], vectors: NDArray[np.float32]
    ) -> None:
        """Store vectors (float32 [N, dimension]) that the vector store has already."""
        if len(pictures):
            self._batches.add_vectors(model, pictures, vectors)

    def store_vectors(
        self, model: str, pictures: NDArray[np.int64], vectors: NDArray[np.float32]
    ) -> None:
        """Store vectors (float32 [N, dimension]) of known pictures (each once) that this registered
        model has not embedded, computed from other models' vectors: one batch, as `write`."""
        if len(pictures):
            self._batches.store_vectors(model, pictures, vectors)

    def synchronise(self) -> None:
        """Exchange with the other machines what has changed, in a library that is shared."""
        if self.sharing is not None:
            self.sharing.synchronise()

    def retry_files(self, files: Iterable[FileRecord]) -> None:
        """The next run reads these files again. What crashed a decoder is still known to have."""
        with self.catalogue.transaction():
            for file in files:
                self.catalogue.files.put(replace(file, mtime_ns=_NEVER_NS))

    def put_setting(self, key: str, value: object) -> None:
        """Store a value for later runs; an empty one is ignored."""
        if value and value != self.catalogue.settings.get(key):
            with self.catalogue.transaction():
                self.catalogue.settings.put(key, value)

    def make_backup(self) -> None:
        """Back up the catalogue, once a day. A failure is added to `notes`; the run continues."""
        try:
            if is_due(self.home):
                remove_parts(self.home)
                make_backup(self.home, self.catalogue.connection)
        except FinderError as error:
            self.notes.append(str(error))
