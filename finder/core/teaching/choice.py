"""Which head finds best, by cross-validation over pictures and over labels.

Each head is taught with part of the labelled pictures, and pictures that were held out are searched
for among all. The head is chosen by the held-out pictures of taught labels; of those that are as
good, but for one standard error (Breiman et al.: Classification and Regression Trees, 1984), the
one that is best with labels that were not taught.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.evaluation.retrieval_metrics import average_precision, descending_order
from finder.core.teaching.heads import Head, Teacher
from finder.core.teaching.projection import Basis
from finder.core.teaching.splits import make_splits

if TYPE_CHECKING:
    from finder.core.teaching.splits import Split

_FEW = 1_000
"""Up to so many pictures, others included, each split has a basis of its own; above that, a split
hardly changes it. Above so many labelled ones, there are two splits instead of three."""
_SPLITS, _SPLITS_OF_MANY = 3, 2
_QUERIES = 200
"""Of each split and kind, at most."""


@dataclass(frozen=True)
class TriedHead:
    """pictures, labels: the mean average precision of held-out pictures of taught labels, and of
    labels that were not taught; None where no label was held out. error: the standard error of the
    former."""

    head: Head
    pictures: float
    labels: float | None
    error: float


@dataclass(frozen=True)
class HeadChoice:
    """tried: of all heads, in the order of `possible_heads`."""

    chosen: TriedHead
    tried: tuple[TriedHead, ...]


def choose_head(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    others: NDArray[np.float32],
    heads: Sequence[Head],
    seed: int,
) -> Generator[float, None, HeadChoice]:
    """Yields the share that is done, 0 … 1. vectors: [N, D], with labels [N]; others: [n, D], of
    pictures without a label, which tell in what all pictures vary; heads: at least one."""
    shared = Basis(vectors, others) if len(labels) + len(others) > _FEW else None
    splits = make_splits(labels, _SPLITS if len(labels) <= _FEW else _SPLITS_OF_MANY, seed)
    found: list[list[_Judged]] = [[] for _ in heads]
    for number, split in enumerate(splits):
        yield number / len(splits)
        taught = vectors[split.teach]
        teacher = Teacher(shared or Basis(taught, others), taught, labels[split.teach], seed)
        for place, head in enumerate(heads):
            yield (number + (place + 1) / (len(heads) + 1)) / len(splits)
            new = teacher.projection(head)(vectors)
            found[place].append(_judged(new, labels, split, seed + number))
    yield 1.0
    tried = tuple(_tried(*one) for one in zip(heads, found, strict=True))
    return HeadChoice(_best(tried), tried)


_Judged = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The average precisions of searches for held-out pictures, and for those of held-out labels."""


def _judged(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], split: Split, seed: int
) -> _Judged:
    sizes = np.bincount(labels)[labels]
    random = np.random.default_rng(seed)
    found = []
    for mask in (split.pictures, split.labels):
        queries = np.flatnonzero(mask & (sizes > 1))
        if len(queries) > _QUERIES:
            queries = np.sort(random.choice(queries, _QUERIES, replace=False))
        found.append(_precisions(vectors, labels, queries, sizes))
    return found[0], found[1]


def _precisions(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    queries: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> NDArray[np.float64]:
    scores = vectors[queries] @ vectors.T
    scores[np.arange(len(queries)), queries] = -np.inf  # the query itself is last
    order = descending_order(scores)[:, :-1]
    relevant = labels[order] == labels[queries][:, np.newaxis]
    return average_precision(relevant, sizes[queries] - 1)


def _tried(head: Head, found: Sequence[_Judged]) -> TriedHead:
    pictures = np.concatenate([one for one, _ in found])
    of_labels = np.concatenate([other for _, other in found])
    return TriedHead(
        head,
        float(pictures.mean()),
        float(of_labels.mean()) if len(of_labels) else None,
        float(pictures.std() / np.sqrt(len(pictures))),
    )


def _best(tried: Sequence[TriedHead]) -> TriedHead:
    best = max(tried, key=lambda one: one.pictures)
    as_good = [one for one in tried if one.pictures >= best.pictures - best.error]
    return max(as_good, key=lambda one: (one.labels or 0.0, one.pictures))
