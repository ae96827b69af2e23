"""Which matches of a search are the query's picture, by the local features of both."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from PIL import Image

from finder.core.bounded_cache import BoundedCache
from finder.core.library.feature_store import FeatureStore
from finder.core.library.thumbnail_store import read_thumbnail
from finder.core.pictures.thumbnails import THUMB_SIDE
from finder.core.search.verify.comparison import compare
from finder.core.search.verify.local_features import DECODE_SIDE, LocalFeatures, local_features
from finder.core.search.verify.sameness import DIFFERENT, Different, Sameness
from finder.core.search.verify.stored_features import as_bytes, features_version, from_bytes

if TYPE_CHECKING:
    from finder.core.paths import Home
    from finder.core.search.query.query import Query, QueryItem

_LARGEST: Final = 2 * THUMB_SIDE
"""The long side of a thumbnail: a larger picture is not one."""
QUERY_PICTURES: Final = 4
"""Of a query, with which matches are compared at most: each takes as long as the first."""
_KEPT_QUERIES: Final = 16
"""Of pictures of queries, whose features are kept: about 90 kB each."""


class Verifier:
    """Compares a query's pictures with those of a library, many threads at a time. The library's
    are described by their thumbnails: these are here, too, when the files are offline or on another
    machine, are no hostile files, and show as much as the features need."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._kept = FeatureStore(home, features_version())
        self._of_queries: BoundedCache[object, LocalFeatures] = BoundedCache(
            _KEPT_QUERIES, lambda _: 1
        )

    def close(self) -> None:
        """Threads that are at work may go on; nothing is kept of what they find."""
        self._kept.close()

    def describe(self, item: QueryItem) -> LocalFeatures | None:
        """The features of what is searched for in a picture of a query; the last ones are kept. One
        whose file is gone is described by its thumbnail: None if there is none. Raises
        FinderError."""
        key = item.source, item.transform
        features = self._of_queries.peek(key)
        if features is None:
            features = self._described(item)
            if features is not None:
                self._of_queries.put(key, features)
        return features

    def verify(
        self, query: Mapping[int, LocalFeatures], picture: int
    ) -> Sameness | Different | None:
        """How a picture of the library is the same as one of the query's, by their numbers in it:
        the one of which most points agree. None if it cannot be compared. Raises
        CannotVerifyError."""
        features = self._of_library(picture)
        if features is None:
            return None
        found = {number: compare(one, features) for number, one in query.items()}
        proofs = [replace(proof, example=number) for number, proof in found.items() if proof]
        return max(proofs, key=lambda proof: proof.share, default=DIFFERENT)

    def _described(self, item: QueryItem) -> LocalFeatures | None:
        if not item.is_gone:
            return local_features(item.image(DECODE_SIDE))
        image = _decoded(self._thumbnail(item.picture)) if item.picture is not None else None
        return local_features(item.transform.apply(image)) if image is not None else None

    def _of_library(self, picture: int) -> LocalFeatures | None:
        kept = self._kept.read(picture)
        features = from_bytes(kept) if kept is not None else None
        if features is None:
            jpeg = self._thumbnail(picture)
            image = _decoded(jpeg)
            if image is None:
                return None
            features = local_features(image)
            self._kept.put(picture, as_bytes(features))
            if self._thumbnail(picture) != jpeg:  # removed or made anew meanwhile
                self._kept.remove([picture])
        return features

    def _thumbnail(self, picture: int) -> bytes | None:
        return read_thumbnail(self._home, picture)


def compared_items(query: Query) -> dict[int, QueryItem]:
    """What is searched for, by its number in the query: the first QUERY_PICTURES pictures, but not
    those that matches should not resemble."""
    numbers: dict[object, int] = {}
    for number, item in enumerate(query.items):
        if item.weight > 0:
            numbers.setdefault((item.source, item.transform), number)
    return {number: query.items[number] for number in islice(numbers.values(), QUERY_PICTURES)}


def _decoded(jpeg: bytes | None) -> Image.Image | None:
    """None if there is none, or it is damaged."""
    try:
        with Image.open(io.BytesIO(jpeg or b""), formats=["JPEG"]) as image:
            return image.convert("RGB") if max(image.size) <= _LARGEST else None
    except (OSError, SyntaxError, ValueError):
        return None
