"""Pictures with their files, put into a catalogue only: for tests of filters and listings."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import FileRecord
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts

_NS = 10**9


@dataclass
class Place:
    path: str
    size: int = 1_000
    changed: datetime = datetime(2024, 6, 1, 12)


@dataclass
class Picture:
    id: int
    places: list[Place]
    width: int = 640
    height: int = 480
    format: str = "JPEG"
    taken: datetime | None = None


def store(home: Home, pictures: Sequence[Picture]) -> None:
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        for one in pictures:
            taken = None if one.taken is None else str(one.taken)
            facts = PictureFacts(one.width, one.height, one.format, taken, 1)
            catalogue.pictures.put(one.id, facts)
            for place in one.places:
                time_ns = int(place.changed.timestamp()) * _NS
                catalogue.files.put(FileRecord(place.path, place.size, time_ns, one.id))
