"""Local features as bytes, for the cache beside the thumbnails."""

from __future__ import annotations

import struct
import zlib
from typing import Final

import numpy as np

from finder.core.search.verify.local_features import LocalFeatures, opencv_version

_FORMAT: Final = 1
"""Another one after each change of the features or of these bytes."""
_HEADER: Final = struct.Struct("<5H")  # sizes: of the scaled picture, the small one, the points


def features_version() -> int:
    """Features are comparable with those of the same version only: another OpenCV may find
    others."""
    return zlib.crc32(f"{_FORMAT} {opencv_version()}".encode())


def as_bytes(features: LocalFeatures) -> bytes:
    height, width = features.small.shape[:2]
    return b"".join(
        (
            _HEADER.pack(*features.size, width, height, len(features.points)),
            features.points.astype("<f4").tobytes(),
            features.descriptors.tobytes(),
            features.small.tobytes(),
        )
    )


def from_bytes(data: bytes) -> LocalFeatures | None:
    """None if these are not the bytes of features."""
    if len(data) < _HEADER.size:
        return None
    across, down, width, height, number = _HEADER.unpack_from(data)
    parts = number * 8, number * 128, width * height * 3
    if not (across and down and width and height) or len(data) != _HEADER.size + sum(parts):
        return None
    begin = _HEADER.size
    points = np.frombuffer(data, "<f4", number * 2, begin).reshape(number, 2)
    if not ((points >= 0) & (points <= (across, down))).all():  # nor NaN
        return None
    begin += parts[0]
    descriptors = np.frombuffer(data, np.uint8, parts[1], begin).reshape(number, 128)
    small = np.frombuffer(data, np.uint8, parts[2], begin + parts[1]).reshape(height, width, 3)
    return LocalFeatures((across, down), points.astype(np.float32), descriptors, small)
