"""Sends a library to a server: to begin there, or as a copy."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.schema import CONTENT_HASH
from finder.core.library.server.machines import Machine
from finder.core.library.server.place_comparison import compared_places
from finder.core.library.server.publisher import Publisher
from finder.core.library.server.store_settings import Precision, require_machine_name
from finder.core.library.vectors.repair import intact_rows
from finder.core.library.vectors.vector_matrix import checksums
from finder.core.models.crops import title_of
from finder.core.pictures.content_id import ContentHash

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.server.server_library import ServerLibrary
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.server.store_settings import StoreSettings
    from finder.core.library.vectors.store import VectorStore
    from finder.core.library.writer import LibraryWriter

_AT_ONCE = 500
_LIBRARY = "library"


class Step(StrEnum):
    VECTORS = "vectors"
    PLACES = "places"
    VERIFYING = "verifying"
    FETCHING = "fetching"
    FETCHING_PLACES = "fetching places"
    REMOVING = "removing"
    FILLING = "filling"


@dataclass(frozen=True)
class SendProgress:
    """done of total vectors, files, or machines (REMOVING). model: whose vectors. wrong: vectors
    that have arrived as other numbers. precision: of the vectors on the server."""

    step: Step
    done: int
    total: int
    model: str = ""
    wrong: int = 0
    precision: Precision = Precision.FLOAT32

    @property
    def doing(self) -> str:
        texts = {
            Step.VECTORS: tr("Sending the vectors of {model}"),
            Step.PLACES: tr("Sending the places of the pictures"),
            Step.VERIFYING: tr("Comparing the vectors of {model}"),
            Step.FETCHING: tr("Fetching the vectors of {model}"),
            Step.FETCHING_PLACES: tr("Fetching the places of the pictures of other machines"),
            Step.REMOVING: tr("Removing the copy of what other machines have"),
            Step.FILLING: tr("Putting the vectors of {model} into the library's folder"),
        }
        return texts[self.step].format(model=title_of(self.model, {}))


Report = Callable[[SendProgress], None]
"""Is called with each step of something long; what it raises ends that."""


def no_report(step: SendProgress) -> None:
    pass


def join(library: ServerLibrary, catalogue: Catalogue) -> StoreSettings:
    """Register this machine with a library on the server, which is made if there is none. Returns
    the settings with this machine's name there. Raises FinderError."""
    settings = library.settings.with_machine()
    require_machine_name(settings.machine)
    agree_on_content_ids(library, catalogue)
    first, number = settings.machine, 1
    while True:
        others = library.state.machines()
        while settings.machine in others and others[settings.machine].token != settings.token:
            number += 1
            settings = replace(settings, machine=f"{first}-{number}")
        if settings.machine in others:
            return settings
        new = Machine(settings.machine, settings.token, datetime.now(UTC), 0, 0)
        library.state.put_machine(new)  # another machine may do the same: the last one counts


def agree_on_content_ids(library: ServerLibrary, catalogue: Catalogue) -> None:
    """All machines must give the same picture the same content id."""
    kept = library.state.get(_LIBRARY)
    ours = catalogue.content_hash
    if not isinstance(kept, dict) or kept.get("content_hash") not in set(ContentHash):
        library.state.put(_LIBRARY, {"content_hash": str(ours)})
        return
    theirs = ContentHash(kept["content_hash"])
    if theirs is ours:
        return
    if catalogue.pictures.count():
        raise FinderError(
            tr("The library on the server and this one name their pictures in different ways."),
            tr("Use another name for it there: image-finder store use … --library NAME"),
        )
    with catalogue.transaction():
        catalogue.settings.put(CONTENT_HASH, str(theirs))


def send(writer: LibraryWriter, store: ServerStore) -> Generator[SendProgress]:
    """Send what the server does not have yet: vectors, then places. Of what was removed while the
    library was elsewhere, the places are removed, and `Removals.finish` removes the vectors. May be
    closed at any `yield`; the next call goes on. Raises FinderError."""
    for name, state in writer.catalogue.models.states().items():
        for progress in _send_vectors(writer, store, state):
            yield replace(progress, model=name)
    library = store.library
    paths, gone = compared_places(writer.catalogue, library.places, library.settings.machine)
    with writer.catalogue.transaction():
        writer.catalogue.unpublished.begin()
        writer.catalogue.unpublished.add(paths)
        writer.catalogue.embeddings.add_tombstones(gone)
    publisher = Publisher(writer.catalogue, writer.thumbnails, writer.home.nearest)
    total, done = writer.catalogue.unpublished.count(), 0
    while some := publisher.publish_some(store):
        done += some
        yield SendProgress(Step.PLACES, done, total)
    publisher.note_machine(store)


def _send_vectors(
    writer: LibraryWriter, store: ServerStore, state: ModelState
) -> Generator[SendProgress]:
    rows = writer.catalogue.embeddings.rows(state.name)
    stored = store.ids(state, rows[:, 0])
    lacking = rows[~np.isin(rows[:, 0], stored)]
    done, total = len(stored), len(rows)
    yield SendProgress(Step.VECTORS, done, total)
    for start in range(0, len(lacking), _AT_ONCE):
        chunk = lacking[start : start + _AT_ONCE]
        for pictures, vectors in intact_rows(writer.home.nearest, state, chunk):
            facts = writer.catalogue.pictures.stored_facts(pictures.tolist())
            store.upsert(state, pictures.tolist(), vectors, facts)
        done += len(chunk)
        yield SendProgress(Step.VECTORS, done, total)


def verify(writer: LibraryWriter, store: VectorStore) -> Generator[SendProgress]:
    """Fetch every vector of this machine from the store, and compare it, as the store keeps it."""
    wrong = 0
    for name, state in writer.catalogue.models.states().items():
        rows = writer.catalogue.embeddings.rows(name)
        for start in range(0, len(rows), _AT_ONCE):
            chunk = rows[start : start + _AT_ONCE]
            ids, vectors = store.fetch(state, chunk[:, 0].tolist())
            found = dict(zip(ids.tolist(), checksums(vectors), strict=True))
            pairs = zip(chunk[:, 0].tolist(), chunk[:, 2].tolist(), strict=True)
            differ = [picture for picture, crc in pairs if found.get(picture) != crc]
            wrong += len(differ) - _same_but_rounded(writer, store, state, differ, found)
            yield SendProgress(Step.VERIFYING, start + len(chunk), len(rows), name, wrong)


def _same_but_rounded(
    writer: LibraryWriter,
    store: VectorStore,
    state: ModelState,
    pictures: Sequence[int],
    found: Mapping[int, int],
) -> int:
    """How many of these pictures have the vector of this machine in a store that keeps fewer bits.
    found: the checksums there."""
    rows = writer.catalogue.embeddings.of_pictures(state.name, pictures)
    same = 0
    for ids, vectors in intact_rows(writer.home.nearest, state, rows):
        kept = checksums(store.as_stored(state, vectors))
        same += sum(
            found.get(picture) == crc for picture, crc in zip(ids.tolist(), kept, strict=True)
        )
    return same
