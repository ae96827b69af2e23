"""One ranking from several models: centred, standardised, summed.

For each model the vectors are centred on the library's mean and scaled to length 1 again; the
query's similarities c to the whole library become z = (c − mean) / standard deviation, so that no
model outweighs another by the spread of its numbers; a picture's score is the sum of its z. On
four labelled sets this beat the best single model and rank fusion (see docs/architecture.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finder.core.search.model_index import ModelIndex

_SMALLEST = 1e-12


def combined_scores(
    indexes: Sequence[ModelIndex], similarities: Sequence[NDArray[np.float64]]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(content ids [M], scores [M]) of the pictures that every one of the models has embedded.

    similarities: for each index the query's to all of its rows, centred where that is of use.
    """
    pictures = _common(indexes)
    scores = np.zeros(len(pictures))
    for index, values in zip(indexes, similarities, strict=True):
        z = standardised(values)
        scores += z if index.lists(pictures) else z[index.positions(pictures)]
    return pictures, scores


def centred_similarities(
    index: ModelIndex, query: NDArray[np.float32], products: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Cosine similarities [N] of q − μ and v − μ, from q·v, q·μ, μ·v and |μ|² alone."""
    mean, mean_products = index.centre()
    mean_squared = float(mean @ mean)
    query_mean = float(query @ mean)
    inner = products.astype(np.float64) - mean_products - query_mean + mean_squared
    query_length = np.sqrt(max(0.0, 1.0 - 2.0 * query_mean + mean_squared))
    lengths = np.sqrt(np.maximum(0.0, 1.0 - 2.0 * mean_products + mean_squared))
    scale = query_length * lengths
    cosines: NDArray[np.float64] = np.where(scale > 1e-6, inner / np.maximum(scale, 1e-6), 0.0)
    return cosines


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(x − mean) / standard deviation; zeros where all are alike."""
    deviation = float(values.std()) if len(values) else 0.0
    if deviation < _SMALLEST:
        return np.zeros(len(values))
    z: NDArray[np.float64] = (values - values.mean()) / deviation
    return z


def _common(indexes: Sequence[ModelIndex]) -> NDArray[np.int64]:
    pictures = indexes[0].pictures
    for index in indexes[1:]:
        if not index.lists(pictures):
            pictures = pictures[index.positions(pictures) >= 0]
    return pictures
