"""A projection learned by gradient steps: a softmax over the cosines to one prototype per label.

The projection begins as another one, and is pulled back to it (as L2-SP: Li et al., Explicit
Inductive Bias for Transfer Learning, 2018). Steps are Adam's (Kingma and Ba, 2015). A part of the
pictures says when to stop.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float32]

_SCALE = np.float32(16.0)
"""Of the cosines before the softmax: 1 / temperature."""
_RATE = 2e-3
_FIRST_DECAY, _SECOND_DECAY, _EPSILON = 0.9, 0.999, 1e-8
_SMALLEST_BATCH, _LARGEST_BATCH = 16, 128
_STEPS = 10
"""Of an epoch, at least, where batches can be made that small."""
_EPOCHS: Final = 15
_PATIENCE = 3
_VALIDATION = 6
"""One in so many pictures says when to stop."""
_SMALLEST_NORM = np.float32(1e-6)


@dataclass(frozen=True)
class Step:
    """The mean loss of a batch, without the pull, and its gradients. projection: [P, K];
    prototypes: [labels, K]."""

    loss: float
    projection: Numbers
    prototypes: Numbers


def learn_head(
    coordinates: NDArray[np.float64],
    labels: NDArray[np.int64],
    head: NDArray[np.float64],
    pull: float,
    seed: int,
) -> NDArray[np.float64]:
    """[P, K]: of coordinates [N, P] with labels int64 [N]. head: [P, K], to begin with; pull:
    towards it. The same arguments give the same result."""
    random = np.random.default_rng(seed)
    _, labels = np.unique(labels, return_inverse=True)
    given, start = _scaled(coordinates, head)
    order = random.permutation(len(labels))
    judged, taught = order[::_VALIDATION], np.delete(order, np.s_[::_VALIDATION])
    parameters = [start.copy(), _means(given @ start, labels)]
    best, best_loss, waited = start, np.inf, 0
    steps = _Adam(parameters)
    for _ in range(_EPOCHS):
        for batch in _batches(random.permutation(taught)):
            step = loss_and_gradients(given[batch], labels[batch], *parameters)
            pulled = step.projection + np.float32(pull) * (parameters[0] - start)
            steps.take((pulled, step.prototypes))
        loss = loss_and_gradients(given[judged], labels[judged], *parameters).loss
        if loss < best_loss:
            best, best_loss, waited = parameters[0].copy(), loss, 0
        else:
            waited += 1
            if waited >= _PATIENCE:
                break
    return best.astype(np.float64)


def loss_and_gradients(
    given: Numbers, labels: NDArray[np.int64], projection: Numbers, prototypes: Numbers
) -> Step:
    """given: [B, P], labels [B] as rows of the prototypes."""
    units, lengths = _units(given @ projection)
    targets, target_lengths = _units(prototypes)
    logits = _SCALE * (units @ targets.T)
    logits -= logits.max(axis=1, keepdims=True)
    chances = np.exp(logits)
    chances /= chances.sum(axis=1, keepdims=True)
    rows = np.arange(len(labels))
    loss = float(-np.log(np.maximum(chances[rows, labels], 1e-30)).mean())
    chances[rows, labels] -= 1.0
    chances *= _SCALE / len(labels)
    inner = _through_unit(chances @ targets, units, lengths)
    outer = _through_unit(chances.T @ units, targets, target_lengths)
    return Step(loss, given.T @ inner, outer)


def _scaled(coordinates: NDArray[np.float64], head: NDArray[np.float64]) -> tuple[Numbers, Numbers]:
    """Both so that they, and what they give, are of length 1 in the mean: steps are as large for
    all models."""
    scale = np.sqrt(np.vecdot(coordinates, coordinates).mean())
    given = coordinates / scale
    projected = given @ head
    start = head / np.sqrt(np.vecdot(projected, projected).mean())
    return given.astype(np.float32), start.astype(np.float32)


def _units(rows: Numbers) -> tuple[Numbers, Numbers]:
    """The rows of length 1, and their lengths [N, 1]."""
    lengths = np.maximum(np.sqrt(np.vecdot(rows, rows))[:, np.newaxis], _SMALLEST_NORM)
    return rows / lengths, lengths


def _through_unit(gradient: Numbers, units: Numbers, lengths: Numbers) -> Numbers:
    """The gradient for rows, from that for the rows scaled to length 1."""
    along = np.vecdot(gradient, units)[:, np.newaxis]
    through: Numbers = (gradient - units * along) / lengths
    return through


def _means(rows: Numbers, labels: NDArray[np.int64]) -> Numbers:
    """[labels, K]: of each label's rows."""
    sums = np.zeros((int(labels.max()) + 1, rows.shape[1]), np.float32)
    np.add.at(sums, labels, rows)
    numbers = np.bincount(labels).astype(np.float32)
    return np.divide(sums, numbers[:, np.newaxis])


def _batches(order: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    size = min(max(len(order) // _STEPS, _SMALLEST_BATCH), _LARGEST_BATCH)
    for start in range(0, len(order), size):
        yield order[start : start + size]


class _Adam:
    """Changes the parameters in place."""

    def __init__(self, parameters: Sequence[Numbers]) -> None:
        self._parameters = parameters
        self._first = [np.zeros_like(one) for one in parameters]
        self._second = [np.zeros_like(one) for one in parameters]
        self._number = 0

    def take(self, gradients: Sequence[Numbers]) -> None:
        self._number += 1
        rate = np.float32(_RATE * _correction(self._number))
        for parameter, first, second, gradient in zip(
            self._parameters, self._first, self._second, gradients, strict=True
        ):
            first += np.float32(1.0 - _FIRST_DECAY) * (gradient - first)
            second += np.float32(1.0 - _SECOND_DECAY) * (gradient * gradient - second)
            parameter -= rate * first / (np.sqrt(second) + np.float32(_EPSILON))


def _correction(steps: int) -> float:
    """Of a step's length, as the means begin at 0."""
    first: float = 1.0 - _FIRST_DECAY**steps
    second: float = 1.0 - _SECOND_DECAY**steps
    return math.sqrt(second) / first
