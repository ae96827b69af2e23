"""The thumbnails that a library has stored."""

from __future__ import annotations

from contextlib import closing

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.thumbnail_store import ThumbnailStore
from finder.core.paths import Home


def stored_thumbnails(home: Home) -> set[int]:
    """The pictures that have one."""
    with closing(ThumbnailStore(home)) as store:
        return store.pictures()


def lose_thumbnail(home: Home) -> int:
    """Remove the thumbnail of one picture that stays in the library; returns the picture."""
    with closing(Catalogue(home)) as catalogue, closing(ThumbnailStore(home)) as store:
        picture = min(catalogue.pictures.thumbnails())
        store.remove([picture])
    return picture
