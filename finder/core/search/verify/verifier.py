"""Which matches of a search are the query's picture, by the local features of both."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PIL import Image

from finder.core.library.feature_store import FeatureStore
from finder.core.library.thumbnail_store import ThumbnailStore
from finder.core.pictures.thumbnails import THUMB_SIDE
from finder.core.search.verify.comparison import compare
from finder.core.search.verify.local_features import DECODE_SIDE, LocalFeatures, local_features
from finder.core.search.verify.stored_features import FORMAT, as_bytes, from_bytes

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.core.search.query.query import Query, QueryItem
    from finder.core.search.verify.sameness import Sameness

_LARGEST: Final = 2 * THUMB_SIDE
"""The long side of a thumbnail: a larger picture is not one."""


class Verifier:
    """Compares a query's pictures with those of a library, many threads at a time. The library's
    are described by their thumbnails: these are here, too, when the files are offline or on another
    machine, are no hostile files, and show as much as the features need."""

    def __init__(self, home: Home) -> None:
        self._thumbnails = ThumbnailStore(home)
        self._kept = FeatureStore(home, FORMAT)

    def close(self) -> None:
        self._thumbnails.close()
        self._kept.close()

    def describe(self, query: Query) -> list[LocalFeatures]:
        """The features of what is searched for in each picture of the query, but not of those that
        matches should not resemble. One whose file is gone is described by its thumbnail."""
        items = {(item.source, item.transform): item for item in query.items if item.weight > 0}
        described = map(self._described, items.values())
        return [features for features in described if features is not None]

    def verify(self, query: Sequence[LocalFeatures], picture: int) -> Sameness | None:
        """How a picture of the library is the same as one of the query's: the one of which most
        points agree. None if it is another picture, or cannot be compared."""
        features = self._of_library(picture)
        if features is None:
            return None
        found = [proof for one in query if (proof := compare(one, features)) is not None]
        return max(found, key=lambda proof: proof.share, default=None)

    def _described(self, item: QueryItem) -> LocalFeatures | None:
        if not item.is_gone:
            return local_features(item.image(DECODE_SIDE))
        image = self._thumbnail(item.picture) if item.picture is not None else None
        return local_features(item.transform.apply(image)) if image is not None else None

    def _of_library(self, picture: int) -> LocalFeatures | None:
        kept = self._kept.read(picture)
        features = from_bytes(kept) if kept is not None else None
        if features is None:
            image = self._thumbnail(picture)
            if image is None:
                return None
            features = local_features(image)
            self._kept.put(picture, as_bytes(features))
        return features

    def _thumbnail(self, picture: int) -> Image.Image | None:
        jpeg = self._thumbnails.read(picture)
        try:
            with Image.open(io.BytesIO(jpeg or b""), formats=["JPEG"]) as image:
                return image.convert("RGB") if max(image.size) <= _LARGEST else None
        except (OSError, SyntaxError, ValueError):
            return None  # there is none, or it is damaged
