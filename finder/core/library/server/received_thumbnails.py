"""Thumbnails that came from other machines with their places."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Final

from finder.core.errors import FinderError
from finder.core.library.server.server_tables import MAX_THUMBNAIL
from finder.core.library.thumbnail_store import ThumbnailStore

if TYPE_CHECKING:
    from finder.core.library.server.places import Place
    from finder.core.paths import Home

log = logging.getLogger(__name__)

_JPEG: Final = b"\xff\xd8"
_LONGEST_SIDE: Final = 400


def keep_thumbnails(home: Home, places: Mapping[int, Sequence[Place]], machine: str) -> None:
    """Store the thumbnails of pictures that only other machines have, as far as there are none.
    What goes wrong is ignored: the pictures are shown without.

    places: all of each picture; machine: this one, whose thumbnails are made from its files.
    """
    received = {
        picture: thumbnail
        for picture, found in places.items()
        if all(place.machine != machine for place in found)
        if (thumbnail := next((p.thumbnail for p in found if is_thumbnail(p.thumbnail)), b""))
    }
    if not received:
        return
    try:
        with closing(ThumbnailStore(home)) as store:
            new = {one: jpeg for one, jpeg in received.items() if not store.contains(one)}
            store.put(new)
    except (FinderError, OSError) as error:
        log.info("thumbnails of other machines are not kept: %s", error)


def is_thumbnail(data: bytes) -> bool:
    """Whether this is a small JPEG file, by its header: any machine may have sent it."""
    if not data.startswith(_JPEG) or len(data) > MAX_THUMBNAIL:
        return False
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
            return max(image.size) <= _LONGEST_SIDE
    except Exception:  # whatever Pillow raises for a damaged file
        return False
