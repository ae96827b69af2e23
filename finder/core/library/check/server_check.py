"""The full check of what only a library on a server has: places, and vectors of other machines."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.i18n import trn
from finder.core.library.check.findings import Finding, repairable
from finder.core.library.server.place_comparison import differing_places
from finder.core.models.crops import title_of

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import ModelState
    from finder.core.library.server.sharing import Sharing
    from finder.core.library.writer import LibraryWriter

_LOOK_AGAIN = 10.0
"""Seconds. A machine stores vectors first and says where their pictures are later."""
_YIELD_SECONDS = 0.2


def check_server(
    writer: LibraryWriter, sharing: Sharing, titles: Mapping[str, str], repair: bool
) -> Generator[None, None, list[Finding]]:
    """titles: of the models, by name. Raises FinderError where the server fails."""
    yield
    found = _check_places(writer, sharing, repair)
    for name, state in writer.catalogue.models.states().items():
        found += yield from _check_strays(writer, sharing, state, title_of(name, titles), repair)
    return found


def _check_places(writer: LibraryWriter, sharing: Sharing, repair: bool) -> list[Finding]:
    library = sharing.store().library
    paths = differing_places(writer.catalogue, library.places, library.settings.machine)
    if not paths:
        return []
    if repair:
        with writer.catalogue.transaction():
            if not writer.catalogue.unpublished.is_kept:
                writer.catalogue.unpublished.begin()
            writer.catalogue.unpublished.add(paths)
        sharing.publish()
    sentence = trn(
        "The place of {n} picture of this machine is missing on the server, or wrong.",
        "The places of {n} pictures of this machine are missing on the server, or wrong.",
        len(paths),
    )
    return [repairable(sentence, "places", done=repair)]


def _check_strays(
    writer: LibraryWriter, sharing: Sharing, state: ModelState, title: str, repair: bool
) -> Generator[None, None, list[Finding]]:
    """Vectors of no picture of any machine. To remove them is safe at any time: a machine that says
    later that it has one of the pictures looks whether the vector is there, and sends it."""
    strays = _unplaced(sharing, state, _unknown(writer, sharing, state))
    end = time.monotonic() + _LOOK_AGAIN
    while len(strays) and time.monotonic() < end:
        time.sleep(_YIELD_SECONDS)
        yield
    strays = _unplaced(sharing, state, strays)
    if not len(strays):
        return []
    if repair:
        sharing.store().delete(state, strays.tolist())
    sentence = trn(
        "{title}: {n} vector on the server is of no picture of any machine.",
        "{title}: {n} vectors on the server are of no picture of any machine.",
        len(strays),
        title=title,
    )
    return [repairable(sentence, "strays", state.name, done=repair)]


def _unknown(writer: LibraryWriter, sharing: Sharing, state: ModelState) -> NDArray[np.int64]:
    """Vectors on the server of pictures that are not known here."""
    stored = sharing.store().ids(state)
    known = writer.catalogue.connection.execute("SELECT id FROM picture")
    return np.setdiff1d(stored, np.fromiter((picture for (picture,) in known), np.int64))


def _unplaced(
    sharing: Sharing, state: ModelState, pictures: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Those of the pictures that are on no machine, and still have a vector."""
    if not len(pictures):
        return pictures
    store = sharing.store()
    placed = store.library.places.placed(pictures.tolist())
    left = pictures[~np.isin(pictures, list(placed))]
    return store.ids(state, left)
