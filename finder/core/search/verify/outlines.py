"""Areas of convex outlines, and of what is left of them inside a picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Corners = NDArray[np.float64]
"""float64 [n, 2], one after the other around the outline; n may be 0."""


def rectangle(width: float, height: float) -> Corners:
    """Top left, top right, bottom right, bottom left."""
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)


def clipped(corners: Corners, width: float, height: float) -> Corners:
    """What is inside a picture of this size (Sutherland and Hodgman)."""
    for axis, limit, sign in ((0, 0.0, 1), (0, width, -1), (1, 0.0, 1), (1, height, -1)):
        kept: list[NDArray[np.float64]] = []
        for corner, following in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            inside, next_inside = (sign * (c[axis] - limit) >= 0 for c in (corner, following))
            if inside:
                kept.append(corner)
            if inside != next_inside:
                part = (limit - corner[axis]) / (following[axis] - corner[axis])
                kept.append(corner + part * (following - corner))
        corners = np.array(kept).reshape(-1, 2)
    return corners


def area(corners: Corners) -> float:
    across, down = corners.T
    return abs(float((across * np.roll(down, -1) - down * np.roll(across, -1)).sum())) / 2
