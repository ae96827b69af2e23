"""Ordering pictures by a number, and the rank of any of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ranked = tuple[int, float]
"""(content id, distance or score)"""


def rank(
    pictures: NDArray[np.int64], values: NDArray[np.float64], own: frozenset[int]
) -> list[Ranked]:
    """(picture, value), the smallest value first. Equal values: the query's own pictures first,
    then by content id.

    A query of one picture is always first: nothing is nearer to it than itself, but rounding may
    put an identical picture ahead. The vector of several pictures can lie nearer to another one.
    """
    is_other = ~is_own(pictures, own)
    keys = (pictures, values, is_other) if len(own) == 1 else (pictures, is_other, values)
    order = np.lexsort(keys)
    return list(zip(pictures[order].tolist(), values[order].tolist(), strict=True))


def is_own(pictures: NDArray[np.int64], own: frozenset[int]) -> NDArray[np.bool_]:
    """bool [N]: which of the pictures belong to the query."""
    # "sort" compares with one id after the other if they are few, the fastest way here
    return np.isin(pictures, np.array(sorted(own), dtype=np.int64), kind="sort")


def ranks(
    pictures: NDArray[np.int64],
    values: NDArray[np.float32] | NDArray[np.float64],
    everything: NDArray[np.float32] | NDArray[np.float64],
    top: Sequence[int],
) -> list[int]:
    """The rank of each picture, from 1, among `everything`, the values of the whole library, in
    which larger is nearer. values: of the pictures. top: the pictures that are listed, in their
    order, which decides their ranks; nothing else ranks before them."""
    listed = {picture: place for place, picture in enumerate(top, 1)}
    ordered = np.sort(everything)
    nearer = len(ordered) - np.searchsorted(ordered, values, side="right")
    return [
        listed.get(picture, max(before, len(top)) + 1)
        for picture, before in zip(pictures.tolist(), nearer.tolist(), strict=True)
    ]
