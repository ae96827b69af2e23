"""Comparing a machine's places on the server with the files that it has."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from finder.core.library.catalogue.records import LOCAL_PATH
from finder.core.library.server.places import Place

if TYPE_CHECKING:
    from finder.core.library.catalogue.catalogue import Catalogue
    from finder.core.library.server.places import Places

_ESCAPED = re.compile(r"\\x([0-9a-f]{2})")


def differing_places(catalogue: Catalogue, places: Places, machine: str) -> list[bytes]:
    """The files whose places are missing, out of date, or of no picture that is here: these are to
    be published again. Those that are marked so already are left out."""
    known = set(catalogue.unpublished.all())
    return [path for path in compared_places(catalogue, places, machine)[0] if path not in known]


def compared_places(
    catalogue: Catalogue, places: Places, machine: str
) -> tuple[list[bytes], list[int]]:
    """The files as `differing_places`, with those that are marked; and the pictures that the server
    has places of, but the catalogue no such file."""
    there = {entry.id: entry for entry in places.entries(machine)}
    differing, gone = [], set[int]()
    for path, size, mtime_ns, picture in catalogue.connection.execute(_OWN):
        entry = there.pop(Place(machine, os.fsdecode(path), 0, 0, None, 0).id, None)
        if entry is None or (entry.size, entry.mtime_ns, entry.picture) != (
            size,
            mtime_ns,
            picture,
        ):
            differing.append(path)
            gone.update([entry.picture] if entry is not None else [])
    gone.update(entry.picture for entry in there.values())
    differing += [
        os.fsencode(path)
        for entry in there.values()
        if (path := path_with_id(machine, entry.path, entry.id)) is not None
    ]
    return differing, sorted(gone)


_OWN = (
    "SELECT path, size, mtime_ns, picture FROM file"
    f" WHERE picture NOT NULL AND {LOCAL_PATH.format(path='path')}"
)


def path_with_id(machine: str, shown: str, id: int) -> str | None:
    """The path of a place from its text on the server, where bytes that are no text are \\xNN."""
    as_bytes = _ESCAPED.sub(lambda found: chr(0xDC00 + int(found[1], 16)), shown)
    for path in (shown, as_bytes):
        if Place(machine, path, 0, 0, None, 0).id == id:
            return path
    return None
