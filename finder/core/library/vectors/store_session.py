"""One writer's session with the vector store: opened on first use, repaired if the last shutdown
was not clean, stamped on closing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from finder.core.cancellation import Cancelled
from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.vectors.clean_stamp import (
    is_stamped,
    put_stamp,
    remove_stamp,
    stamp_of,
)
from finder.core.library.vectors.repair import (
    RepairResult,
    compact_matrix,
    forget_lost,
    repair_model,
)
from finder.core.library.vectors.vector_matrix import MatrixFiles, drop_all_but

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.vectors.store import StoreBackend, VectorStore
    from finder.core.paths import Home

log = logging.getLogger(__name__)


class StoreSession:
    """The vector store of a library that is open for writing. The writer's lock must be held.

    notes: a sentence for the user on each repair is added to it; watch: is called with a model's
    name and how many of its vectors a repair has copied, of how many; what it raises ends that.
    Raises FinderError where the store cannot be opened.
    """

    def __init__(
        self, home: Home, catalogue: Catalogue, backend: StoreBackend, notes: list[str]
    ) -> None:
        self.backend = backend
        self._home = home
        self._catalogue = catalogue
        self._notes = notes
        self._store: VectorStore | None = None
        self._verified: set[str] = set()
        self._stamps: dict[str, str] = {}
        self._thorough = False
        self._inconsistent = False
        self.watch: Callable[[str, int, int], None] = lambda model, done, total: None

    # Opening and closing

    @property
    def is_open(self) -> bool:
        return self._store is not None and self._store.is_open

    def opened_for(self, model: str) -> VectorStore:
        """The open store, with this model's records verified, or repaired."""
        store = self.opened()
        if model not in self._verified:
            state = self._catalogue.models.states()[model]
            if self._thorough or not self._was_clean(state):
                result = self._repair(store, state)
                self._note(result.sentence(model))
            self._verified.add(model)
        return store

    def opened(self) -> VectorStore:
        """The open store; a model's records may not be verified yet."""
        if self._store is None or not self._store.is_open:
            self._store = self._open()
        return self._store

    def _open(self) -> VectorStore:
        states = self._catalogue.models.states()
        self._stamps = {name: self._stamp(state) for name, state in states.items()}
        self._verified.clear()
        suspects = [s for s in states.values() if self._thorough or not self._was_clean(s)]
        store = self.backend.open_or_recreate(suspects)
        self._store = store
        if store.is_recreated:
            self._note(tr("The vector database was damaged and was rebuilt from its copy."))
        for name, state in states.items():
            if state.rows and not store.has(state):  # lost with the damaged store
                self._stamps.pop(name, None)
        if not store.is_shared:
            store.drop_all_but(states.values())
        # without a matrix: what is left where a mirror was begun, or not removed to the end
        keep = states.values() if self.backend.keeps_matrix else ()
        drop_all_but(self._home.nearest, keep)
        return store

    def _repair(self, store: VectorStore, state: ModelState) -> RepairResult:
        if not self.backend.keeps_matrix:
            return forget_lost(self._catalogue, store, state)
        nearest, watch = self._home.nearest, partial(self.watch, state.name)
        return repair_model(self._catalogue, store, nearest, state, self._thorough, watch)

    def flush(self) -> None:
        if self._store is not None and self._store.is_open:  # else a failure has closed it
            self._store.flush()

    def close(self) -> None:
        """Flush the store and release its files; the next use opens it again."""
        try:
            if self._store is not None and self._store.is_open:
                self._store.close()
                self._put_stamps()
        finally:
            self._store = None
            self.backend.close()

    @contextmanager
    def while_inconsistent(self) -> Iterator[None]:
        """Within the context, store, matrix and catalogue disagree for a while: if it fails,
        closing leaves no stamps."""
        before, self._inconsistent = self._inconsistent, True
        yield
        self._inconsistent = before

    # Repair

    def repair(self, thorough: bool = False) -> None:
        """Compare catalogue, matrix and store for every model, and repair what disagrees.

        thorough: verify every vector of both copies by its checksum, too.
        """
        self._thorough = thorough
        for model in self._catalogue.models.states():
            self.opened_for(model)

    def compare(self) -> None:
        """As `repair`, also of the models that the last writer left in step: what is in the store
        is another program's to keep, and may be gone."""
        self.opened()
        self._stamps.clear()
        self._verified.clear()
        self.repair()

    def repair_unstamped(self) -> None:
        """Repair the models whose files are not as the last writer left them. Costs nothing after a
        clean shutdown."""
        for model, state in self._catalogue.models.states().items():
            if state.rows and not is_stamped(self._catalogue, state, self._stamp(state)):
                self.opened_for(model)

    def confirm_verified(self) -> None:
        """A full check has just compared everything: the next writer need not."""
        states = self._catalogue.models.states()
        self._stamps = {name: self._stamp(state) for name, state in states.items()}
        self._verified.update(self._stamps)
        self._put_stamps()

    # Models

    def compact(self, model: str) -> None:
        """Release the space of deleted vectors once there are many: the matrix is rewritten, the
        collection is dropped, and the remaining vectors are sent again from the matrix."""
        state = self._catalogue.models.states()[model]
        if not self.backend.keeps_matrix:
            return
        if compact_matrix(self._catalogue, self._home.nearest, state):
            if self.opened().is_shared:  # it releases the space of deleted vectors by itself
                return
            self.opened().drop(self._catalogue.models.states()[model])
            self._verified.discard(model)
            self._stamps.pop(model, None)
            self.opened_for(model)

    def forget(self, state: ModelState) -> None:
        """The model leaves the catalogue, in the same transaction."""
        remove_stamp(self._catalogue, state)
        self._verified.discard(state.name)

    def drop_unknown(self) -> None:
        """Delete the stored vectors of models that the catalogue does not list (any more)."""
        states = self._catalogue.models.states().values()
        if self.backend.exists() and not self.backend.is_shared:
            with self.while_inconsistent():
                self.opened().drop_all_but(states)
        drop_all_but(self._home.nearest, states)

    # Stamps

    def _put_stamps(self) -> None:
        """For the models that had a matching stamp, and those that were verified since. They only
        save time: where they cannot be written, the next run compares all records."""
        if self._inconsistent:
            return
        try:
            with self._catalogue.transaction():
                for model, state in self._catalogue.models.states().items():
                    if model in self._verified or self._was_clean(state):
                        put_stamp(self._catalogue, state, self._stamp(state))
        except (Cancelled, FinderError, OSError):
            log.warning("the next run will compare all records", exc_info=True)

    def _was_clean(self, state: ModelState) -> bool:
        """Whether the model's files were as the last writer left them when the store was opened."""
        return is_stamped(self._catalogue, state, self._stamps.get(state.name, ""))

    def _stamp(self, state: ModelState) -> str:
        files = MatrixFiles(self._home.nearest, state)
        return stamp_of(state, files, self.backend.stamp(state))

    def _note(self, sentence: str) -> None:
        if sentence:
            self._notes.append(sentence)
