"""Whether a taught model's file gives what the product of its bases' vectors gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.samples import spread_samples

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import Embedder
    from finder.core.teaching.projection import Projection

_SAMPLES = 6
_LARGEST_DIFFERENCE = 1e-4
"""Of a cosine from 1."""


def require_parity(bases: Sequence[Embedder], taught: Embedder, projection: Projection) -> None:
    """Compares the vectors of pictures that ship with the program. Raises FinderError."""
    compared = False
    for image in _pictures(taught.spec.decode_side):
        try:
            of_bases = np.concatenate([base.embed_image(image) for base in bases])
        except SkippedPicture:  # a base has no feature of this one
            continue
        compared = True
        (expected,) = projection(of_bases[np.newaxis])
        cosine = _cosine(taught, image, expected)
        if not 1.0 - cosine <= _LARGEST_DIFFERENCE:
            raise FinderError(
                tr("The taught model's file does not compute what was taught (cosine {n}).").format(
                    n=f"{cosine:.4f}"
                ),
                _hint(),
            )
    if not compared:
        raise FinderError(
            tr("The model has no vector of any of the sample pictures, so it cannot be tried."),
            _hint(),
        )


def _cosine(taught: Embedder, image: Image.Image, expected: NDArray[np.float32]) -> float:
    """NaN where the file gives no vector."""
    try:
        return float(expected.astype(np.float64) @ taught.embed_image(image))
    except SkippedPicture:
        return float("nan")


def _hint() -> str:
    return tr("Nothing was kept: teach from another model.")


def _pictures(side: int) -> Iterator[Image.Image]:
    """The samples, or noise where they are not installed."""
    for path in spread_samples(_SAMPLES):
        yield decode(read_file(str(path)), side).image
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    yield Image.fromarray(noise)
