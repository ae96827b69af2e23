"""The copy of what other machines have put on the server: in this machine's catalogue and matrices.

Their files are in the catalogue as "MACHINE:PATH". So all that reads the library finds them, too.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from finder.core.library.indexing.file_result import FileResult
from finder.core.library.server.sending import Report, SendProgress, Step, no_report
from finder.core.library.vectors.store import is_unit
from finder.core.pictures.scan import FoundFile

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.server.machines import Machine
    from finder.core.library.server.places import Place
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.writer import LibraryWriter

log = logging.getLogger(__name__)

_SEEN = "server: seen"
_COUNTS = "server: counts"
_PLACES_OF = "server: places of machines"
_BROUGHT_BACK = "server: brought back"
_AT_ONCE = 500
_WITH_THUMBNAILS_AT_ONCE = 200


@dataclass
class Pulled:
    """files: places of other machines that are new or changed; gone: places that are no more;
    vectors: that were copied here; pictures: of the new or changed files."""

    files: int = 0
    gone: int = 0
    vectors: int = 0
    pictures: set[int] = field(default_factory=set)


class Mirror:
    """Follows what the other machines publish. For the writer that holds the library's lock."""

    def __init__(self, writer: LibraryWriter, report: Report = no_report) -> None:
        self.report = report
        self._writer = writer
        self._catalogue: Catalogue = writer.catalogue

    def pull(self, store: ServerStore, pulled: Pulled) -> Iterator[SendProgress]:
        """Copy what has changed since the last time, and add it to `pulled`. May be closed at any
        `yield`; the next pull goes on. Raises FinderError."""
        self._take_brought_back(store, pulled)
        machines = store.library.state.machines()
        for name in self._seen().keys() & store.library.state.forgotten():
            self.forget(name)
        seen = self._seen()
        for name, machine in machines.items():
            if name == store.library.settings.machine:
                continue
            if self._is_anew(machine):
                seen[name] = -1
                self._remove_absent(store, name, pulled)
            if machine.sequence <= seen.get(name, -1):
                continue
            total = pulled.files + machine.pictures
            self._put(_COUNTS, {})  # stopped in between, the next pull looks for all vectors
            changes = store.library.places.changes(name, seen.get(name, -1), machine.sequence)
            for sequence, places in changes:
                self._take(places, pulled)
                total = max(total, pulled.files)
                seen[name] = sequence
                self._writer.put_setting(_SEEN, seen)
                yield SendProgress(Step.FETCHING_PLACES, pulled.files, total)
            seen[name] = machine.sequence
            self._writer.put_setting(_SEEN, seen)
            self._note_places(machine)
        if pulled.gone:
            self._writer.removals.purge()
        yield from self._copy_vectors(store, pulled)
        self._end_brought_back()

    def note_brought_back(self, pictures: Iterable[int]) -> None:
        """These were removed here, and are not any more: their places, which no machine will
        publish again, are to be fetched. Does not commit."""
        known = self._catalogue.settings.get(_BROUGHT_BACK, [])
        self._catalogue.settings.put(_BROUGHT_BACK, sorted({*known, *pictures}))

    def fetch_again(self, store: ServerStore) -> None:
        """The pictures that were brought back, without all else that has changed."""
        pulled = Pulled()
        self._take_brought_back(store, pulled)
        if pulled.pictures:
            for step in self._copy_vectors(store, pulled):
                self.report(step)
        self._end_brought_back()

    def _take_brought_back(self, store: ServerStore, pulled: Pulled) -> None:
        pictures = self._catalogue.settings.get(_BROUGHT_BACK, [])
        own = store.library.settings.machine
        for start in range(0, len(pictures), _WITH_THUMBNAILS_AT_ONCE):
            some = pictures[start : start + _WITH_THUMBNAILS_AT_ONCE]
            found = store.library.places.of_pictures(some, with_thumbnails=True)
            places = [place for of in found.values() for place in of if place.machine != own]
            self._take(places, pulled)

    def _end_brought_back(self) -> None:
        """Once their vectors are here, too: stopped before that, the next pull does it again."""
        if self._catalogue.settings.get(_BROUGHT_BACK, []):
            with self._catalogue.transaction():
                self._catalogue.settings.remove(_BROUGHT_BACK)

    def forget(self, machine: str | None = None, but_removed: bool = False) -> None:
        """Remove what another machine has from this one's catalogue; of all machines without a
        name. Nothing on the server is touched. but_removed: the files of pictures that the user
        removed are still listed."""
        seen = self._seen()
        names = [machine] if machine is not None else list(seen)
        with self._catalogue.transaction():
            for number, name in enumerate(names):
                self.report(SendProgress(Step.REMOVING, number, len(names)))
                self._catalogue.files.remove_machine(name, but_removed)
                seen.pop(name, None)
            self._catalogue.settings.put(_SEEN, seen)
            self._catalogue.settings.remove(_COUNTS)
        self._writer.removals.purge()

    def switch_off(self) -> None:
        """`forget` all machines, if any is copied here. What was removed here stays hidden."""
        if self._seen():
            self.forget(but_removed=True)

    def _seen(self) -> dict[str, int]:
        """The last sequence of each machine that is copied here."""
        return dict(self._catalogue.settings.get(_SEEN, {}))

    def _is_anew(self, machine: Machine) -> bool:
        """Whether the machine has published all of its places anew, after somebody had dropped
        them: what it had removed was lost, too."""
        known = dict(self._catalogue.settings.get(_PLACES_OF, {})).get(machine.name, "")
        return bool(known and machine.places and known != machine.places)

    def _note_places(self, machine: Machine) -> None:
        if machine.places:
            known = dict(self._catalogue.settings.get(_PLACES_OF, {}))
            self._writer.put_setting(_PLACES_OF, {**known, machine.name: machine.places})

    def _remove_absent(self, store: ServerStore, machine: str, pulled: Pulled) -> None:
        there = {f"{machine}:{entry.path}" for entry in store.library.places.entries(machine)}
        gone = [path for path in self._catalogue.files.of_machine(machine) if path not in there]
        self._writer.removals.forget_files(gone)
        pulled.gone += len(gone)

    def _put(self, key: str, value: object) -> None:
        with self._catalogue.transaction():
            self._catalogue.settings.put(key, value)

    def _take(self, places: Sequence[Place], pulled: Pulled) -> None:
        gone = [shown_path(place) for place in places if place.picture is None]
        kept = [place for place in places if place.picture is not None and place.facts is not None]
        known = self._catalogue.pictures.get(place.picture or 0 for place in kept)
        self._writer.write_known([_result(place, place.picture in known) for place in kept])
        if gone:
            self._writer.removals.forget_files(gone)
        pulled.files += len(kept)
        pulled.pictures.update(place.picture or 0 for place in kept)
        pulled.gone += len(gone)

    def _copy_vectors(self, store: ServerStore, pulled: Pulled) -> Iterator[SendProgress]:
        """The vectors on the server of pictures that a model has not embedded here: of the other
        machines' files, and of own ones that another machine was faster with."""
        counts: dict[str, list[int]] = dict(self._catalogue.settings.get(_COUNTS, {}))
        for name, state in self._catalogue.models.states().items():
            number = store.count(state)
            lacking = np.array(self._catalogue.embeddings.lacking(name), dtype=np.int64)
            # the same numbers on both sides as the last time: only what is new can be there
            if counts.get(state.shared_key) == [number, self._embedded(name)]:
                lacking = np.intersect1d(lacking, np.array(sorted(pulled.pictures), np.int64))
            there = store.ids(state, lacking) if len(lacking) else lacking
            for start in range(0, len(there), _AT_ONCE):
                some = there[start : start + _AT_ONCE].tolist()
                pulled.vectors += self._copy(store, state, some)
                done = start + len(some)
                yield SendProgress(Step.FETCHING, done, len(there), name)
            counts[state.shared_key] = [number, self._embedded(name)]
        self._writer.put_setting(_COUNTS, counts)

    def _embedded(self, model: str) -> int:
        return self._catalogue.embeddings.counts().get(model, 0)

    def _copy(self, store: ServerStore, state: ModelState, pictures: Sequence[int]) -> int:
        ids, vectors = store.fetch(state, pictures)
        usable = np.array([is_unit(vector) for vector in vectors], dtype=bool)
        self._writer.add_vectors(state.name, ids[usable], vectors[usable])
        return int(usable.sum())


def shown_path(place: Place) -> str:
    """As the catalogue and the user name a place of another machine."""
    return f"{place.machine}:{place.path}"


def _result(place: Place, is_known: bool) -> FileResult:
    """As if it had been indexed, without vectors. This machine's thumbnail is better."""
    file = FoundFile(shown_path(place), place.size, place.mtime_ns)
    result = FileResult(file, place.picture, place.facts)
    return result if is_known else replace(result, thumbnail=place.thumbnail or None)
