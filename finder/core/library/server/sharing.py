"""What the writer of a shared library also does: publish its changes, follow those of others."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from finder.core.library.server.mirror import Mirror, Pulled
from finder.core.library.server.publisher import Publisher
from finder.core.library.server.server_counts import note_counts
from finder.core.library.server.server_store import ServerStore

if TYPE_CHECKING:
    from finder.core.library.writer import LibraryWriter

_FOLLOW_SECONDS = 10.0
"""How often a run looks for what other machines have done meanwhile."""


class Sharing:
    """Of the writer that holds the library's lock. Raises FinderError where the server fails."""

    def __init__(self, writer: LibraryWriter) -> None:
        self._writer = writer
        self._publisher = Publisher(writer.catalogue, writer.thumbnails, writer.home.nearest)
        self._mirror = Mirror(writer)
        self._followed = time.monotonic()

    def publish(self) -> None:
        """Tell the others what has changed here."""
        if not self._writer.catalogue.unpublished.is_kept:  # a new catalogue, or a restored one
            with self._writer.catalogue.transaction():
                self._writer.catalogue.unpublished.begin()
        if self._writer.catalogue.unpublished.first(1):
            self._publisher.publish(self._store())
            self._publisher.note_machine(self._store())

    def after_batch(self) -> None:
        """In the middle of a run."""
        self.publish()
        if time.monotonic() - self._followed >= _FOLLOW_SECONDS:
            self.follow()

    def follow(self) -> Pulled:
        """Copy here what the other machines have published, if this one keeps a mirror."""
        store = self._store()
        if store.library.settings.mirror:
            pulled = self._mirror.pull(store)
        else:
            pulled = Pulled()
            note_counts(self._writer.catalogue, store)
        self._followed = time.monotonic()
        return pulled

    def synchronise(self) -> Pulled:
        """Both; the others see that this machine was here."""
        store = self._store()
        if store.library.settings.machine not in store.library.state.machines():
            with self._writer.catalogue.transaction():  # forgotten by another machine, or new
                self._writer.catalogue.unpublished.begin()
        self.publish()
        self._publisher.note_machine(self._store())
        return self.follow()

    def forget_machine(self, name: str) -> int:
        """Remove another machine that is gone for good, from the server, too: its places, and the
        vectors that no machine is left for. Returns how many files it had."""
        store = self._store()
        files = store.library.places.count(name)
        pictures = [place[2] for place in store.library.places.stamps(name).values()]
        store.library.places.forget_machine(name)
        for state in self._writer.catalogue.models.states().values():
            store.delete(state, pictures)
        store.library.state.forget_machine(name)
        self.forget(name)
        return files

    def forget(self, machine: str | None = None) -> None:
        """Remove from this machine what another one has; all others without a name."""
        self._mirror.forget(machine)

    def _store(self) -> ServerStore:
        store = self._writer.store.opened()
        assert isinstance(store, ServerStore)
        return store
