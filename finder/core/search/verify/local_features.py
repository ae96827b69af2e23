"""The local features of a picture (SIFT): keypoints that are found again in a copy of it, cropped,
turned, smaller or brighter, and a descriptor of what is around each.

The only module that imports OpenCV. The features depend on the picture alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from finder.core.errors import cannot_verify

LONG_SIDE: Final = 360
"""To which pictures are scaled, in pixels: more finds no more copies."""
DECODE_SIDE: Final = 320
"""The short side to decode a picture with: most have a long side of LONG_SIDE then."""
MOST_POINTS: Final = 500
SMALL_SIDE: Final = 96
"""The long side of the small picture that is compared pixel by pixel."""
_SHORTEST_SIDE = 8
"""Of a scaled picture, for one that is extremely wide or high."""
_LARGEST_FACTOR = 4.0
_CONTRAST = 0.01
"""Low enough to find points in soft pictures."""
_CANDIDATES = 1500
_FIELDS = 6
"""Across and down: each gives as many points, so that letters on a picture do not give all."""
_QUANTUM = 512
"""The descriptors' numbers are at most about a half."""

# The features are computed by several threads at a time, and do not depend on how many there are.
cv2.setNumThreads(1)


@dataclass(frozen=True, eq=False)
class LocalFeatures:
    """size: width and height of the scaled picture. points: the keypoints, float32 [n, 2], across
    and down in it, the most distinct first. descriptors: uint8 [n, 128], the square roots of SIFT's
    numbers. small: uint8 [height, width, 3], the picture itself, RGB."""

    size: tuple[int, int]
    points: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    small: NDArray[np.uint8]

    def mirrored(self) -> LocalFeatures:
        """Those of the picture with left and right exchanged."""
        points = self.points.copy()
        points[:, 0] = self.size[0] - points[:, 0]
        small = np.ascontiguousarray(self.small[:, ::-1])
        return replace(self, points=points, descriptors=self.descriptors[:, _MIRRORED], small=small)


def opencv_version() -> str:
    return cv2.__version__


def local_features(image: Image.Image) -> LocalFeatures:
    """image: upright, RGB, of any size. Raises CannotVerifyError if OpenCV fails."""
    scaled = _scaled(image, LONG_SIDE)
    grey = np.asarray(scaled.convert("L"))
    try:
        sift = cv2.SIFT.create(nfeatures=_CANDIDATES, contrastThreshold=_CONTRAST)
        found, described = sift.detectAndCompute(grey, None)
    except cv2.error as error:
        raise cannot_verify(error) from error
    points = np.array([point.pt for point in found], np.float32).reshape(-1, 2)
    strength = np.array([point.response for point in found], np.float32)
    chosen = _spread(points, strength, scaled.size)[:MOST_POINTS]
    descriptors = np.zeros((0, 128), np.uint8)
    if described is not None:
        descriptors = _root(described[chosen])
    small = np.asarray(_scaled(scaled, SMALL_SIDE))
    return LocalFeatures(scaled.size, points[chosen], descriptors, small)


def _spread(
    points: NDArray[np.float32], strength: NDArray[np.float32], size: tuple[int, int]
) -> NDArray[np.intp]:
    """The points' order: the strongest of each field, the second of each, and so on."""
    at = np.minimum(points * _FIELDS // np.array(size), _FIELDS - 1).astype(np.int64)
    order = np.argsort(-strength, kind="stable")
    fields = (at[:, 0] * _FIELDS + at[:, 1])[order]
    grouped = np.argsort(fields, kind="stable")
    starts = np.searchsorted(fields[grouped], fields)
    ranks = np.empty(len(points), np.int64)
    ranks[grouped] = np.arange(len(points)) - starts[grouped]
    return order[np.argsort(ranks, kind="stable")]


def _scaled(image: Image.Image, long_side: int) -> Image.Image:
    factor = min(long_side / max(image.size), _LARGEST_FACTOR)
    width, height = (max(_SHORTEST_SIDE, round(side * factor)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _root(described: NDArray[Any]) -> NDArray[np.uint8]:
    """The square roots of the shares (RootSIFT): differences of small numbers count, too."""
    sums = np.maximum(described.sum(1, keepdims=True), 1e-6)
    whole: NDArray[np.float64] = np.rint(np.sqrt(described / sums) * _QUANTUM)
    return np.minimum(whole, 255).astype(np.uint8)


def _mirrored_order() -> NDArray[np.intp]:
    """Where each number of a descriptor goes when its picture is mirrored: the rows of its 4 x 4
    fields are reversed, and so are its 8 directions."""
    order = np.arange(128).reshape(4, 4, 8)[::-1]
    return order[:, :, -np.arange(8) % 8].reshape(-1)


_MIRRORED: Final = _mirrored_order()
