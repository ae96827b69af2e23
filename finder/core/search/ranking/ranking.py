"""Ordering pictures by a number, and the rank of any of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ranked = tuple[int, float]
"""(content id, distance or score)"""
_Float = TypeVar("_Float", np.float32, np.float64)
_Values = NDArray[np.float32] | NDArray[np.float64]
_LEFT_OUT_OR_NOT = np.array([-np.inf, 0.0], np.float32)
_SAMPLE_STEP = 64
"""`largest` looks at one value of so many first."""


@dataclass(frozen=True)
class Own:
    """The content ids of a query's pictures. leader: the only one, if it is searched for as a
    whole."""

    pictures: frozenset[int] = frozenset()
    leader: int | None = None


NOTHING_OWN = Own()


def rank(pictures: NDArray[np.int64], values: NDArray[np.float64], own: Own) -> list[Ranked]:
    """(picture, value), the smallest value first. Equal values: the query's own pictures first,
    then by content id.

    A leader is always first: nothing is nearer to it than itself, but rounding may put an
    identical picture ahead. The vector of several pictures, or of a part of one, can lie nearer to
    another picture.
    """
    is_other = ~is_own(pictures, own.pictures)
    is_first = own.leader is not None
    keys = (pictures, values, is_other) if is_first else (pictures, is_other, values)
    order = np.lexsort(keys)
    return list(zip(pictures[order].tolist(), values[order].tolist(), strict=True))


def is_own(pictures: NDArray[np.int64], own: frozenset[int]) -> NDArray[np.bool_]:
    """bool [N]: which of the pictures belong to the query."""
    # "sort" compares with one id after the other if they are few, the fastest way here
    return np.isin(pictures, np.array(sorted(own), dtype=np.int64), kind="sort")


def ranks(
    pictures: NDArray[np.int64], values: _Values, everything: _Values, top: Sequence[int]
) -> list[int]:
    """The rank of each picture, from 1, among `everything`, the values of the whole library, in
    which larger is nearer (−∞: not ranked). values: of the pictures. top: the pictures that are
    listed, in their order, which decides their ranks; nothing else ranks before them."""
    places = {picture: place for place, picture in enumerate(top, 1)}
    listed = np.array([picture in places for picture in pictures.tolist()], np.bool_)
    nearer = _number_above(values[~listed], everything)
    for picture, number in zip(pictures[~listed].tolist(), nearer.tolist(), strict=True):
        places[picture] = max(number, len(top)) + 1
    return [places[picture] for picture in pictures.tolist()]


def largest(values: _Values, number: int) -> NDArray[np.int64]:
    """The positions of the `number` largest of at least as many values, in no order. Which of
    equal ones are left out is not defined."""
    sample = values[::_SAMPLE_STEP]
    if len(sample) > number:
        # what so many of the sample reach, at least as many of all reach, and few more
        threshold = np.partition(sample, -number)[-number]
        if threshold > -np.inf:
            reaching = np.flatnonzero(values >= threshold)
            return reaching[_largest(values[reaching], number)]
    return _largest(values, number)


def passing_values(values: NDArray[_Float], mask: NDArray[np.bool_] | None) -> NDArray[_Float]:
    """The values, but −∞ where the mask is false."""
    if mask is None:
        return values
    # a table and a sum, because choosing between two values at random costs many times as much
    return values + _LEFT_OUT_OR_NOT[mask.view(np.int8)]


def _largest(values: _Values, number: int) -> NDArray[np.int64]:
    return np.argpartition(values, -number)[-number:].astype(np.int64)


def _number_above(values: _Values, everything: _Values) -> NDArray[np.int64]:
    """For each value how many of everything are larger."""
    if len(values) == 0:
        return np.zeros(0, np.int64)
    ordered = np.sort(everything[everything >= values.min()])
    return len(ordered) - np.searchsorted(ordered, values, side="right")
