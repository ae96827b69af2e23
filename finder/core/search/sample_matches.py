"""What a new model finds alike among the sample pictures, before anything is indexed with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import SkippedPicture
from finder.core.models.runtime.embedder import Embedder
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.formats import EXTENSIONS

QUERIES = ("chambord.jpg", "goldfish.jpg")
"""Of each there is an altered copy among the samples, and others of its kind."""
_NEIGHBOURS = 5
_ALIKE = 1e-3
"""Vectors of length 1 that lie closer together say the same: what differs is mostly rounding."""


@dataclass(frozen=True)
class Neighbours:
    """The samples nearest to one of them, with their Euclidean distances of unit vectors."""

    picture: Path
    nearest: tuple[tuple[Path, float], ...]


@dataclass(frozen=True)
class SampleMatches:
    """How far the look has come, and in its last word what it has shown.

    silent: the pictures for which the feature was zero or no number; alike: whether all others
    have the same embedding, so that neighbours mean nothing.
    """

    done: int
    total: int
    silent: int = 0
    alike: bool = False
    neighbours: tuple[Neighbours, ...] = ()


def match_samples(
    embedder: Embedder, folder: Path, executor: Executor | None = None
) -> Iterator[SampleMatches]:
    """Embed all samples, and find the neighbours of two. Raises FinderError if the model cannot
    be run."""
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in EXTENSIONS)
    embed = partial(_embed, embedder)
    given = executor.map(embed, pictures) if executor is not None else map(embed, pictures)
    known: list[Path] = []
    vectors: list[NDArray[np.float32]] = []
    for number, (path, vector) in enumerate(zip(pictures, given, strict=True)):
        yield SampleMatches(number, len(pictures), number - len(known))
        if vector is not None:
            vectors.append(vector)
            known.append(path)
    total, silent = len(pictures), len(pictures) - len(known)
    if len(known) < 2:
        yield SampleMatches(total, total, silent)
        return
    matrix = np.stack(vectors).astype(np.float64)
    alike = bool(np.linalg.norm(matrix - matrix[0], axis=1).max() < _ALIKE)
    asked = [number for number, path in enumerate(known) if path.name in QUERIES]
    found = tuple(_neighbours(known, matrix, number) for number in asked)
    yield SampleMatches(total, total, silent, alike, found)


def _embed(embedder: Embedder, path: Path) -> NDArray[np.float32] | None:
    """None where the model finds nothing to describe."""
    image = decode(read_file(str(path)), embedder.spec.decode_side).image
    try:
        return embedder.embed_image(image)
    except SkippedPicture:
        return None


def _neighbours(known: Sequence[Path], matrix: NDArray[np.float64], number: int) -> Neighbours:
    distances = np.linalg.norm(matrix - matrix[number], axis=1)
    order = [int(n) for n in np.argsort(distances, kind="stable") if n != number][:_NEIGHBOURS]
    return Neighbours(known[number], tuple((known[n], float(distances[n])) for n in order))
