"""Tells the other machines which pictures this one has, and where."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from finder.core.library.server.machines import Machine
from finder.core.library.server.places import Place
from finder.core.library.server.server_tables import MAX_THUMBNAIL
from finder.core.library.vectors.repair import intact_rows

if TYPE_CHECKING:
    from pathlib import Path

    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.server.server_store import ServerStore
    from finder.core.library.thumbnail_store import ThumbnailStore

_AT_ONCE = 200
_SEQUENCE = "server: sequence"
PLACES = "server: places"
"""Which collection of places this machine's files were compared with."""
_SIDES = (200, 160, 120, 80, 48)
"""Of the thumbnails that are tried until one is small enough, in pixels."""


class Publisher:
    """Publishes the changes of a library that is open for writing. The order: vectors, catalogue,
    places; so another machine that sees a place finds its vectors."""

    def __init__(self, catalogue: Catalogue, thumbnails: ThumbnailStore, nearest: Path) -> None:
        self._catalogue = catalogue
        self._thumbnails = thumbnails
        self._nearest = nearest
        self._others_have: int | None = None

    def publish(self, store: ServerStore) -> int:
        """Publish what has changed; returns how many files. What was published is marked so only
        once the server has acknowledged it. Raises FinderError."""
        number = 0
        while some := self.publish_some(store):
            number += some
        return number

    def publish_some(self, store: ServerStore) -> int:
        """The same for the next files, 200 at most; 0 if nothing is left."""
        paths = self._catalogue.unpublished.first(_AT_ONCE)
        if paths:
            places = list(self._places(store, paths))
            store.library.places.put(places)  # gone ones, too: other machines may have them still
            self._send_missing(store, [p.picture for p in places if p.picture is not None])
            with self._catalogue.transaction():
                self._catalogue.unpublished.remove(paths)
        return len(paths)

    def note_machine(self, store: ServerStore) -> None:
        """This machine was here, and has published all up to its last sequence."""
        settings = store.library.settings
        machine = Machine(
            settings.machine,
            settings.token,
            datetime.now(UTC),
            self._last_sequence(store),
            self._catalogue.pictures.count_local(),
            str(self._catalogue.settings.get(PLACES, "")),
        )
        store.library.state.put_machine(machine)

    def _places(self, store: ServerStore, paths: Sequence[bytes]) -> Iterator[Place]:
        machine, sequence = store.library.settings.machine, self._next_sequence(store)
        for path in paths:
            name = os.fsdecode(path)
            file = self._catalogue.files.get(name)
            if file is None or file.picture is None:
                yield Place(machine, name, 0, 0, None, sequence)
                continue
            picture = self._catalogue.pictures.get([file.picture]).get(file.picture)
            yield Place(
                machine,
                name,
                file.size,
                file.mtime_ns,
                file.picture,
                sequence,
                picture.facts if picture is not None else None,
                small_thumbnail(self._thumbnails.read(file.picture)),
            )

    def _next_sequence(self, store: ServerStore) -> int:
        """Always larger than before: the time in microseconds; the number after the last one where
        the clock went back, also after an old catalogue was restored."""
        sequence = max(self._last_sequence(store) + 1, time.time_ns() // 1_000)
        with self._catalogue.transaction():
            self._catalogue.settings.put(_SEQUENCE, sequence)
        return sequence

    def _last_sequence(self, store: ServerStore) -> int:
        if self._others_have is None:
            machine = store.library.state.machines().get(store.library.settings.machine)
            self._others_have = machine.sequence if machine is not None else 0
        return max(int(self._catalogue.settings.get(_SEQUENCE, 0)), self._others_have)

    def _send_missing(self, store: ServerStore, pictures: Sequence[int]) -> None:
        """Another machine may have removed the last place of a picture, with its vectors, just
        before this one published its own."""
        for state in self._catalogue.models.states().values():
            embedded = self._catalogue.embeddings.of_pictures(state.name, pictures)
            lacking = np.setdiff1d(embedded[:, 0], store.ids(state, embedded[:, 0]))
            rows = embedded[np.isin(embedded[:, 0], lacking)]
            if len(rows) and not store.library.settings.mirror:  # the next run makes them again
                with self._catalogue.transaction():
                    self._catalogue.embeddings.remove(state.name, rows[:, 0].tolist())
                continue
            for ids, vectors in intact_rows(self._nearest, state, rows):
                facts = self._catalogue.pictures.stored_facts(ids.tolist())
                store.upsert(state, ids.tolist(), vectors, facts)


def small_thumbnail(thumbnail: bytes | None) -> bytes:
    """The same picture as a JPEG of at most 4 kB; nothing if there is none that can be read."""
    if not thumbnail or len(thumbnail) <= MAX_THUMBNAIL:
        return thumbnail or b""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(thumbnail), formats=["JPEG"]) as image:
            image.load()
            return next((small for small in _smaller(image) if len(small) <= MAX_THUMBNAIL), b"")
    except (OSError, ValueError, Image.DecompressionBombError):  # the library makes it again
        return b""


def _smaller(image: Image.Image) -> Iterator[bytes]:
    for side in _SIDES:
        copy = image.copy()
        copy.thumbnail((side, side))
        buffer = io.BytesIO()
        copy.save(buffer, "JPEG", quality=60)
        yield buffer.getvalue()


if TYPE_CHECKING:
    from PIL import Image
