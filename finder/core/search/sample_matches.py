"""A preview of a new model: the nearest neighbours it finds among the sample pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import SkippedPicture
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.samples import sample_pictures
from finder.core.search.sample_words import SampleWords, match_words

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import Embedder, TextEmbedder

QUERIES = ("chambord.jpg", "goldfish.jpg")
"""Each has an altered copy among the samples, and pictures of similar things."""
_NEIGHBOURS = 5
_EQUAL_DISTANCE = 1e-3
"""Unit vectors with a smaller distance differ only by rounding."""


@dataclass(frozen=True)
class Neighbours:
    """The samples nearest to one of them, with their Euclidean distances of unit vectors."""

    picture: Path
    nearest: tuple[tuple[Path, float], ...]


@dataclass(frozen=True)
class SampleMatches:
    """The progress of a preview: done of total samples. The last step has the result.

    failed: the number of pictures whose feature was zero or not finite; all_alike: whether all
    others have the same embedding, so that neighbours mean nothing; words: how well they fit the
    pictures, for a model that understands words.
    """

    done: int
    total: int
    failed: int = 0
    all_alike: bool = False
    neighbours: tuple[Neighbours, ...] = ()
    words: SampleWords | None = None


def match_samples(
    embedder: Embedder,
    folder: Path,
    executor: Executor | None = None,
    texts: TextEmbedder | None = None,
) -> Iterator[SampleMatches]:
    """Embed all samples, and find the neighbours of two. texts: the model's, if it understands
    words. Raises FinderError if the model cannot be run."""
    pictures = sample_pictures(folder)
    total, embed = len(pictures), partial(_embed, embedder)
    results = executor.map(embed, pictures) if executor is not None else map(embed, pictures)
    embedded: list[Path] = []
    vectors: list[NDArray[np.float32]] = []
    for done, (path, vector) in enumerate(zip(pictures, results, strict=True)):
        yield SampleMatches(done, total, done - len(embedded))
        if vector is not None:
            vectors.append(vector)
            embedded.append(path)
    failed = total - len(embedded)
    if len(embedded) < 2:
        yield SampleMatches(total, total, failed)
        return
    matrix = np.stack(vectors).astype(np.float64)
    all_alike = bool(np.linalg.norm(matrix - matrix[0], axis=1).max() < _EQUAL_DISTANCE)
    queries = [row for row, path in enumerate(embedded) if path.name in QUERIES]
    found = tuple(_neighbours(embedded, matrix, row) for row in queries)
    words = match_words(texts, embedded, matrix) if texts else None
    yield SampleMatches(total, total, failed, all_alike, found, words)


def _embed(embedder: Embedder, path: Path) -> NDArray[np.float32] | None:
    """None if the model has no usable feature for the picture."""
    image = decode(read_file(str(path)), embedder.spec.decode_side).image
    try:
        return embedder.embed_image(image)
    except SkippedPicture:
        return None


def _neighbours(pictures: Sequence[Path], matrix: NDArray[np.float64], query: int) -> Neighbours:
    """matrix: the embedding of each picture [N, D]; query: a row of it."""
    distances = np.linalg.norm(matrix - matrix[query], axis=1)
    nearest = [int(row) for row in np.argsort(distances, kind="stable") if row != query]
    return Neighbours(
        pictures[query],
        tuple((pictures[row], float(distances[row])) for row in nearest[:_NEIGHBOURS]),
    )
