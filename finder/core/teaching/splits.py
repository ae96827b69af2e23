"""Which labelled pictures teach and which judge: whole labels and single pictures are held out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

_LABEL_FOLDS = 5
_FEWEST_LABELS = 4
"""Below that no label is held out: at least two must be left to be told apart, and two to be
judged by."""
_MANY_PICTURES = 12
"""Of a label in the middle: above that a quarter of its pictures is held out, else half."""


@dataclass(frozen=True)
class Split:
    """Three masks [N], no picture in two: those that teach; the other pictures of their labels; all
    pictures of labels that were not taught, which may be none."""

    teach: Mask
    pictures: Mask
    labels: Mask


def make_splits(labels: NDArray[np.int64], number: int, seed: int) -> list[Split]:
    """So many splits, 5 at most, of pictures with these labels [N]. In each, another fifth of the
    labels is held out, and of each other label another part of its pictures, but never all of
    them."""
    random = np.random.default_rng(seed)
    present, numbers, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    parts = 4 if np.median(sizes) >= _MANY_PICTURES else 2
    part = _part_of_each(numbers, sizes, parts, random)
    order = random.permutation(len(present))
    made = []
    for rotation in range(min(number, _LABEL_FOLDS)):
        out = np.zeros(len(present), np.bool_)
        if len(present) >= _FEWEST_LABELS:
            out[_fold(order, rotation)] = True
        untaught = out[numbers]
        held_out = ~untaught & (part == rotation % parts)
        made.append(Split(~untaught & ~held_out, held_out, untaught))
    return made


def _fold(order: NDArray[np.int64], rotation: int) -> NDArray[np.int64]:
    """A fifth of the labels, at least two of them where that leaves as many."""
    size = max(2, round(len(order) / _LABEL_FOLDS))
    return np.take(order, np.arange(rotation * size, (rotation + 1) * size), mode="wrap")


def _part_of_each(
    numbers: NDArray[np.int64],
    sizes: NDArray[np.int64],
    parts: int,
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """[N]: in which part each picture is; each label's are spread evenly."""
    order = np.lexsort((random.random(len(numbers)), numbers))
    place = np.empty(len(numbers), np.int64)
    starts = np.cumsum(sizes) - sizes
    place[order] = np.arange(len(numbers)) - np.repeat(starts, sizes)
    return place % parts
