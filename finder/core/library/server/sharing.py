"""What the writer of a shared library also does: publish its changes, follow those of others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from finder.core.errors import FinderError
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.indexing.stored_picture import StoredPicture
from finder.core.library.server.mirror import Mirror, Pulled, shown_path
from finder.core.library.server.place_comparison import differing_places
from finder.core.library.server.publisher import PLACES, Publisher
from finder.core.library.server.received_thumbnails import is_thumbnail
from finder.core.library.server.sending import agree_on_content_ids
from finder.core.library.server.server_backend import ServerBackend
from finder.core.library.server.server_counts import note_counts
from finder.core.library.server.server_store import ServerStore
from finder.core.library.vectors.store import is_unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from finder.core.library.server.patience import Patience
    from finder.core.library.server.places import Place
    from finder.core.library.server.sending import Report, SendProgress
    from finder.core.library.writer import LibraryWriter
    from finder.core.pictures.facts import PictureFacts

log = logging.getLogger(__name__)

_FOLLOW_SECONDS = 10.0
"""How often a run looks for what other machines have done meanwhile."""


_EPOCH = "server: epoch of places"


class Sharing:
    """Of the writer that holds the library's lock. Raises FinderError where the server fails.
    patience: what all calls of the writer do while the server is away; machine: this one's name
    among those that share the library; has_mirror: whether it keeps a copy of all vectors."""

    def __init__(self, writer: LibraryWriter) -> None:
        self._writer = writer
        self._publisher = Publisher(writer.catalogue, writer.thumbnails, writer.home.nearest)
        self._mirror = Mirror(writer)
        self._followed = time.monotonic()
        backend = writer.store.backend
        assert isinstance(backend, ServerBackend)
        self.patience: Patience = backend.patience
        self.machine = backend.settings.machine
        self.has_mirror = backend.settings.mirror

    def report_to(self, report: Report) -> None:
        """From now on `follow` reports its steps."""
        self._mirror.report = report

    def publish(self) -> None:
        """Tell the others what has changed here."""
        if not self._writer.catalogue.unpublished.is_kept:  # a new catalogue, or a restored one
            with self._writer.catalogue.transaction():
                self._writer.catalogue.unpublished.begin()
                self._writer.catalogue.settings.put(PLACES, "")
        if self._writer.catalogue.unpublished.first(1):
            self._return_if_forgotten()
            self._publisher.publish(self.store())
            self._publisher.note_machine(self.store())

    def delete_unneeded(self, pictures: Sequence[int]) -> None:
        """The vectors of those of the pictures that no machine has a file of, of all models, also
        of those that are not installed here. What is gone here must be published."""
        self.store().delete_everywhere(pictures)

    def delete_own(self, model: str, pictures: Sequence[int]) -> None:
        """A model's vectors of those of the pictures that no other machine has a file of."""
        self.store().delete(self._writer.state(model), pictures, without=self.machine)

    def files_elsewhere(self, pictures: Sequence[int]) -> list[FileRecord]:
        """The files of other machines that show these pictures, where the library has no copy of
        their places. None while the server fails."""
        if self.has_mirror:
            return []
        try:
            places = self.store().library.places.of_pictures(pictures)
        except FinderError as failure:
            log.info("the places on other machines are not known: %s", failure.sentence)
            return []
        return [
            FileRecord(shown_path(place), place.size, place.mtime_ns, picture)
            for picture, found in places.items()
            for place in found
            if place.machine != self.machine
        ]

    def note_brought_back(self, pictures: Iterable[int]) -> None:
        """`fetch_again`, or else the next `follow`, adds the files of other machines that show
        these pictures, which were removed here. Does not commit."""
        if self.has_mirror:
            self._mirror.note_brought_back(pictures)

    def fetch_again(self) -> None:
        """What other machines have of the pictures that were brought back."""
        if self.has_mirror:
            self._mirror.fetch_again(self.store())

    def after_batch(self) -> None:
        """In the middle of a run."""
        self.publish()
        if time.monotonic() - self._followed >= _FOLLOW_SECONDS:
            self.follow()

    def follow(self) -> Pulled:
        """Copy here what the other machines have published, if this one keeps a mirror."""
        return self._reported(self._following)

    def _reported(self, function: Callable[[Pulled], Iterator[SendProgress]]) -> Pulled:
        pulled = Pulled()
        for step in function(pulled):
            self._mirror.report(step)
        return pulled

    def _following(self, pulled: Pulled) -> Iterator[SendProgress]:
        store = self.store()
        if store.library.settings.mirror:
            yield from self._mirror.pull(store, pulled)
        else:
            self._mirror.switch_off()  # where switching it off was interrupted
            note_counts(self._writer.catalogue, store)
        self._followed = time.monotonic()

    def stored_pictures(
        self, pictures: Sequence[int], models: Sequence[str]
    ) -> dict[int, StoredPicture]:
        """Those of the pictures (content ids, some hundreds) that any machine has embedded with one
        of these models (names)."""
        stores = {name: self._writer.store.opened_for(name) for name in models}
        states = {name: self._writer.state(name) for name in models}
        vectors: dict[int, dict[str, NDArray[np.float32]]] = {}
        for name, store in stores.items():
            for picture, vector in zip(*store.fetch(states[name], pictures), strict=True):
                if is_unit(vector):
                    vectors.setdefault(int(picture), {})[name] = vector
        if not vectors:
            return {}
        places = self.store().library.places.of_pictures(sorted(vectors), with_thumbnails=True)
        return {
            picture: StoredPicture(found, *_shown(places.get(picture, ())))
            for picture, found in vectors.items()
        }

    def synchronise(self) -> Pulled:
        """Both; the others see that this machine was here."""
        return self._reported(self.synchronising)

    def synchronising(self, pulled: Pulled) -> Iterator[SendProgress]:
        """The same, step by step, with what is done in `pulled`. May be closed at any `yield`; the
        next time goes on."""
        self._return_if_forgotten()
        self.publish()
        self._compare_places()
        self._publisher.note_machine(self.store())
        yield from self._following(pulled)

    def _return_if_forgotten(self) -> None:
        """Another machine has removed this one, but it is still there: all is published again."""
        library = self.store().library
        if library.settings.machine in library.state.forgotten():
            with self._writer.catalogue.transaction():
                self._writer.catalogue.unpublished.begin()
            self._publisher.publish(self.store())
            self._publisher.note_machine(self.store())

    def forget_machine(self, name: str) -> int:
        """Remove another machine that is gone for good, from the server, too: its places, and the
        vectors that no machine is left for. Returns how many files it had."""
        store = self.store()
        pictures = [entry.picture for entry in store.library.places.entries(name)]
        store.delete_everywhere(pictures, without=name)  # first: a second call goes on then
        store.library.places.forget_machine(name)
        store.library.state.forget_machine(name)
        self.forget(name)
        return len(pictures)

    def _compare_places(self) -> None:
        """Where the collection of places, or the catalogue, is not the one of the last time: a
        restored catalogue has another epoch."""
        library, catalogue = self.store().library, self._writer.catalogue
        identity, epoch = library.places.identity(), catalogue.epoch
        if (catalogue.settings.get(PLACES), catalogue.settings.get(_EPOCH)) == (identity, epoch):
            return
        differing = differing_places(catalogue, library.places, library.settings.machine)
        with catalogue.transaction():
            catalogue.unpublished.add(differing)
        self.publish()
        agree_on_content_ids(library, catalogue)
        self._writer.put_setting(PLACES, identity)
        self._writer.put_setting(_EPOCH, epoch)

    def forget(self, machine: str | None = None) -> None:
        """Remove from this machine what another one has; all others without a name."""
        self._mirror.forget(machine)

    def store(self) -> ServerStore:
        """The open store."""
        store = self._writer.store.opened()
        assert isinstance(store, ServerStore)
        return store


def _shown(places: Sequence[Place]) -> tuple[PictureFacts | None, bytes]:
    """The facts and the thumbnail of a picture, where one of its places has both."""
    for place in places:
        if place.facts is not None and is_thumbnail(place.thumbnail):
            return place.facts, place.thumbnail
    return None, b""
