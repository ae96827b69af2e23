"""What was computed for the pictures and words of queries, kept for the queries that follow."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.bounded_cache import BoundedCache

if TYPE_CHECKING:
    from finder.core.pictures.decode import DecodedPicture

_KEPT_PIXELS = 64_000_000
"""Of decoded images; each takes four bytes. A frame that is dragged needs the whole picture."""
_LARGE = 2_000_000
"""Pixels. Larger images are kept while their picture is in the query only."""
_KEPT_NUMBERS = 8_000_000
"""Of vectors: those of a thousand orientations, parts and models."""


class QueryCaches:
    """Decoded images, and vectors of pictures and words: shared by queries of the same ones."""

    def __init__(self) -> None:
        self.images: BoundedCache[tuple[object, ...], DecodedPicture] = BoundedCache(
            _KEPT_PIXELS, _pixels
        )
        self.vectors: BoundedCache[object, NDArray[np.float32]] = BoundedCache(_KEPT_NUMBERS, len)

    def drop_large(self, but: Collection[object]) -> None:
        """Drop large images, but not of pictures with these sources (`QueryItem.source`)."""
        self.images.drop(lambda key, decoded: key[0] not in but and _pixels(decoded) > _LARGE)


def _pixels(decoded: DecodedPicture) -> int:
    return decoded.image.width * decoded.image.height
