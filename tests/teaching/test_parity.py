"""A taught model's file is kept only if it gives what was taught."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from making import tiny_spec
from numpy.typing import NDArray
from PIL import Image

from finder.core.errors import FinderError, Reason, SkippedPicture
from finder.core.teaching.parity import require_parity
from finder.core.teaching.projection import Projection

Vector = NDArray[np.float32]
PROJECTION = Projection(np.eye(3, 2, dtype=np.float32), np.array([0.1, 0.2], np.float32))


class Fake:
    """The embedder of a model that gives what the function gives."""

    def __init__(self, embed: Callable[[Image.Image], Vector]) -> None:
        self.spec = tiny_spec()
        self.embed_image = embed


def colours(image: Image.Image) -> Vector:
    mean = np.asarray(image, np.float64).mean(axis=(0, 1))
    unit: Vector = (mean / np.linalg.norm(mean)).astype(np.float32)
    return unit


def taught(image: Image.Image) -> Vector:
    (vector,) = PROJECTION(colours(image)[np.newaxis])
    return np.asarray(vector)


def nothing(image: Image.Image) -> Vector:
    raise SkippedPicture(Reason.NO_FEATURE)


def test_the_same_vectors_pass() -> None:
    require_parity([Fake(colours)], Fake(taught), PROJECTION)


def test_other_vectors_do_not() -> None:
    with pytest.raises(FinderError, match="does not compute what was taught"):
        require_parity([Fake(colours)], Fake(lambda image: taught(image)[::-1]), PROJECTION)


def test_no_vector_where_the_base_has_one_does_not() -> None:
    with pytest.raises(FinderError, match="does not compute"):
        require_parity([Fake(colours)], Fake(nothing), PROJECTION)


def test_a_base_without_any_vector_cannot_be_tried() -> None:
    with pytest.raises(FinderError, match="cannot be tried"):
        require_parity([Fake(nothing)], Fake(taught), PROJECTION)
