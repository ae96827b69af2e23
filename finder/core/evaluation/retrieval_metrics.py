"""The usual figures of retrieval, for rankings in which some answers are relevant.

The definitions are those of the field (Manning, Raghavan, Schütze: Introduction to Information
Retrieval, chapter 8), with relevance that is either 0 or 1. R@k is what metric learning calls so:
the share of queries with at least one relevant answer among the first k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

FIRST: Final = 10
"""How many answers of each query are kept, and counted by the figures for the first k."""
_NDCG_AT = 10
_LOW_HALF = np.uint64(0xFFFF_FFFF)
_SIGN = np.uint32(1 << 31)


@dataclass(frozen=True)
class QueryMetrics:
    """The figures of Q queries, each float64 [Q], 0 … 1."""

    average_precision: NDArray[np.float64]
    recall_at_1: NDArray[np.float64]
    recall_at_5: NDArray[np.float64]
    recall_at_10: NDArray[np.float64]
    precision_at_5: NDArray[np.float64]
    precision_at_10: NDArray[np.float64]
    ndcg_at_10: NDArray[np.float64]

    @classmethod
    def of(cls, relevant: NDArray[np.bool_], numbers: NDArray[np.int64]) -> Self:
        """relevant: [Q, n], whether each answer is relevant, best answer first. numbers: [Q], how
        many are relevant to each query, at least one."""
        hits = np.cumsum(relevant[:, :FIRST], axis=1, dtype=np.int64)
        one, five, ten = (hits[:, min(k, hits.shape[1]) - 1] for k in (1, 5, 10))
        return cls(
            average_precision(relevant, numbers),
            recall_at_1=(one > 0).astype(np.float64),
            recall_at_5=(five > 0).astype(np.float64),
            recall_at_10=(ten > 0).astype(np.float64),
            precision_at_5=five / 5,
            precision_at_10=ten / 10,
            ndcg_at_10=_ndcg(relevant[:, :_NDCG_AT], numbers),
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Of all queries of these parts, in order."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def means(self) -> dict[str, float]:
        """The mean of each figure over all queries, by its short name."""
        names = {SHORT_NAMES[field.name]: field.name for field in fields(self)}
        return {short: float(getattr(self, name).mean()) for short, name in names.items()}


SHORT_NAMES: Final = {
    "average_precision": "map",
    "recall_at_1": "r1",
    "recall_at_5": "r5",
    "recall_at_10": "r10",
    "precision_at_5": "p5",
    "precision_at_10": "p10",
    "ndcg_at_10": "ndcg10",
}
"""The names of the figures' means in JSON and CSV."""


def average_precision(
    relevant: NDArray[np.bool_], numbers: NDArray[np.int64]
) -> NDArray[np.float64]:
    """[Q]: for each query the mean of the precisions at its relevant answers; one that is missing
    counts 0. Arguments as of `QueryMetrics.of`."""
    queries, places = np.nonzero(relevant)  # row by row, each in order of rank
    firsts = np.searchsorted(queries, np.arange(len(relevant)))
    counts = np.arange(len(queries)) - firsts[queries] + 1
    precisions = counts / (places + 1.0)
    return np.divide(np.bincount(queries, precisions, len(relevant)), numbers)


def descending_order(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """[Q, n]: for each row of scores the columns, the largest score first; equal ones as they are.

    A stable sort in half the time of numpy's: of one integer for each score, whose upper half is
    in the opposite order of the scores, and whose lower half is the column.
    """
    bits = (-scores).view(np.uint32)
    keys = np.where(bits & _SIGN, ~bits, bits | _SIGN).astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(scores.shape[1], dtype=np.uint64)
    keys.sort(axis=1)
    keys &= _LOW_HALF
    return keys.view(np.int64)


def _ndcg(relevant: NDArray[np.bool_], numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    """The discounted gain, divided by that of the best order. relevant: of the first answers."""
    discounts = 1.0 / np.log2(np.arange(_NDCG_AT) + 2.0)
    best = np.cumsum(discounts)[np.minimum(numbers, _NDCG_AT) - 1]
    gains: NDArray[np.float64] = relevant @ discounts[: relevant.shape[1]]
    return np.asarray(gains / best)
