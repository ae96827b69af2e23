"""Features without a network, as baselines for the models: small pixels and perceptual hashes.

A hash is a vector of ±1/√n, so the inner product s gives the Hamming distance: h = n·(1 − s)/2.
Pixels are x/√d with one more number that makes the length 1, so that x can be recovered.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec

_BOX = Image.Resampling.BOX
_LANCZOS = Image.Resampling.LANCZOS
_OVERSAMPLED = 4
"""pHash scales the picture to four times the hash's side and keeps the lowest quarter of the
frequencies in each direction."""


class Baseline:
    """The `Embedder` of a model without a file. Safe to use from several threads at a time."""

    def __init__(
        self, spec: ModelSpec, embed: Callable[[Image.Image, int], NDArray[np.float32]]
    ) -> None:
        """embed: from an image and the side of the square it is scaled to, a unit vector."""
        self.spec = spec
        self._embed = embed

    def embed_image(self, image: Image.Image) -> NDArray[np.float32]:
        """An RGB image's vector: float32 [dimension], of length 1."""
        return self._embed(image, self.spec.input.width)


def pixels(image: Image.Image, side: int) -> NDArray[np.float32]:
    """The picture at side × side, 0 … 1, flattened, as a unit vector of 3·side² + 1 numbers."""
    small = np.asarray(image.resize((side, side), _BOX), np.float64).ravel() / 255.0
    scaled = small / sqrt(len(small))
    rest = sqrt(max(0.0, 1.0 - float(scaled @ scaled)))
    return np.append(scaled, rest).astype(np.float32)


def phash(image: Image.Image, side: int) -> NDArray[np.float32]:
    """Which of the side² lowest frequencies of the grey picture are above their median (Zauner,
    Implementation and benchmarking of perceptual image hash functions, 2010)."""
    whole = side * _OVERSAMPLED
    grey = _grey(image, whole, whole)
    waves = _cosines(whole)[:side]
    low = waves @ grey @ waves.T
    return _signs(low > np.median(low))


def dhash(image: Image.Image, side: int) -> NDArray[np.float32]:
    """Where the grey picture of side × (side + 1) becomes brighter to the right (Krawetz,
    Kind of like that, 2013)."""
    grey = _grey(image, side + 1, side)
    return _signs(grey[:, 1:] > grey[:, :-1])


def _grey(image: Image.Image, width: int, height: int) -> NDArray[np.float64]:
    return np.asarray(image.convert("L").resize((width, height), _LANCZOS), np.float64)


@cache
def _cosines(length: int) -> NDArray[np.float64]:
    """The DCT-II's rows [frequency, place]."""
    places = np.arange(length) + 0.5
    return np.cos(np.pi / length * np.outer(np.arange(length), places))


def _signs(bits: NDArray[np.bool_]) -> NDArray[np.float32]:
    scale = np.float32(1.0 / sqrt(bits.size))
    return np.where(bits.ravel(), scale, -scale).astype(np.float32)
