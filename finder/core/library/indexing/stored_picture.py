"""A picture that another machine has embedded already, in a library that several share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.bounded_cache import BoundedCache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from finder.core.pictures.facts import PictureFacts

_BOUND = 64_000_000
"""Bytes: thousands of pictures with three models; a run looks some hundreds of files ahead."""
_FACTS_BYTES = 500


@dataclass(frozen=True, eq=False)
class StoredPicture:
    """vectors: by model, float32 [dimension]. facts and thumbnail (a small JPEG) are both there, or
    neither."""

    vectors: Mapping[str, NDArray[np.float32]]
    facts: PictureFacts | None = None
    thumbnail: bytes = b""

    @property
    def bytes(self) -> int:
        sizes = (vector.nbytes for vector in self.vectors.values())
        return sum(sizes) + len(self.thumbnail) + _FACTS_BYTES


StoredPictures = BoundedCache[int, StoredPicture]
"""Those that were asked for last, by content id."""
AskForStored = Callable[[Sequence[int], Sequence[str]], Mapping[int, StoredPicture]]
"""Those of the pictures (content ids, some hundreds) that any of these models (names) has embedded
on any machine. Raises FinderError, Cancelled."""


def no_stored_pictures() -> StoredPictures:
    return BoundedCache(_BOUND, lambda stored: stored.bytes)
