"""Vectors whose labels show in some directions only, under others that vary more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from finder.core.evaluation.labels import LabelledPictures

Vectors = NDArray[np.float32]
LABELS, EACH, SIZE, TELLING = 8, 24, 40, 10


def labels_of(labels: int = LABELS, each: int = EACH) -> NDArray[np.int64]:
    return np.arange(labels * each) % labels


def hidden_labels(labels: NDArray[np.int64], seed: int = 0, signal: float = 1.0) -> Vectors:
    """float32 [N, SIZE] of length 1. The first TELLING directions tell the labels apart, as far as
    signal goes, also labels that were not seen; the others vary three times as much, and tell
    nothing. Both are mixed by a rotation."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(int(labels.max()) + 1, TELLING))
    telling = signal * centres[labels] + 0.3 * random.normal(size=(len(labels), TELLING))
    rest = 3.0 * random.normal(size=(len(labels), SIZE - TELLING))
    mixed = np.concatenate([telling, rest], axis=1) @ rotation()
    unit: Vectors = (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)
    return unit


def rotation() -> NDArray[np.float64]:
    return np.linalg.qr(np.random.default_rng(7).normal(size=(SIZE, SIZE)))[0]


def labelled(labels: NDArray[np.int64]) -> LabelledPictures:
    names = [f"label {label:02}" for label in labels.tolist()]
    return LabelledPictures.of(enumerate(names))
