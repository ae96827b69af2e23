"""How good a network is on pictures that it has not learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from finder.core.evaluation.retrieval_metrics import average_precision, descending_order

if TYPE_CHECKING:
    from finder.train.batches import Batches
    from finder.train.labelled_folder import Example

_SMALLEST = 1e-12


def unit_features(
    network: Any, examples: Sequence[Example], batches: Batches
) -> NDArray[np.float32]:
    """[n, dimension], each of length 1, as a library keeps them."""
    network.eval()
    device = next(network.parameters()).device
    with torch.inference_mode():
        rows = [
            torch.flatten(network(pictures.to(device)), start_dim=1).float().cpu().numpy()
            for pictures, _ in batches.plain(examples)
        ]
    features = np.concatenate(rows)
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = features / np.maximum(lengths, _SMALLEST)
    return scaled


def retrieval(
    network: Any, queries: Sequence[Example], others: Sequence[Example], batches: Batches
) -> float | None:
    """The mean average precision 0 … 1 if each of these pictures is searched for among all of them
    and the others, and those with its label are relevant; copies of the same picture do not count.
    None where nothing is relevant to any."""
    if not queries:
        return None
    searched = [*queries, *others]
    labels = np.array([one.label for one in searched], np.int64)
    originals = np.array([_original(one) for one in searched])
    is_copy = originals[: len(queries), np.newaxis] == originals
    is_relevant = (labels[: len(queries), np.newaxis] == labels) & ~is_copy
    numbers = is_relevant.sum(axis=1)
    if not numbers.any():
        return None
    vectors = unit_features(network, searched, batches)
    scores = vectors[: len(queries)] @ vectors.T
    scores[is_copy] = -np.inf  # last, and not relevant
    order = descending_order(scores)
    relevant = np.take_along_axis(is_relevant, order, axis=1)[numbers > 0]
    return float(average_precision(relevant, numbers[numbers > 0]).mean())


def _original(example: Example) -> str:
    return f"{example.label} {example.original}"
