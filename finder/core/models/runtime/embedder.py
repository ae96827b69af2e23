"""The interfaces of what computes a model's vectors, from pictures and from words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from finder.core.errors import Reason, SkippedPicture

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_SMALLEST_NORM = 1e-6
"""A feature shorter than this carries no information: dividing by it would magnify rounding."""


class Embedder(Protocol):
    """Computes one model's vectors; safe to use from several threads at a time.

    An embedder with resources to release, such as a process, also has a method `close`.
    """

    spec: ModelSpec

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        """An RGB image's embedding: float32 [dimension], L2-normalised. Raises SkippedPicture."""


class TextEmbedder(Protocol):
    """Computes one model's vectors of words, comparable with those of its pictures; safe to use
    from several threads at a time. It may have a method `close`, as an `Embedder`."""

    spec: ModelSpec

    def embed_text(self, text: str) -> NDArray[np.float32]:
        """Some words' vector: float32 [dimension], L2-normalised. Raises FinderError."""


def normalised(features: NDArray[np.floating]) -> NDArray[np.float32]:
    """Rows [N, D] scaled to length 1, computed in float64.

    Raises SkippedPicture(NO_FEATURE) where a row is zero, or has NaN or infinite numbers.
    """
    wide = features.astype(np.float64)
    norms = np.sqrt(np.vecdot(wide, wide))[:, np.newaxis]
    if not np.isfinite(norms).all() or (norms < _SMALLEST_NORM).any():
        raise SkippedPicture(Reason.NO_FEATURE, f"norms {norms.ravel().tolist()}")
    unit: NDArray[np.float32] = (wide / norms).astype(np.float32)
    return unit
