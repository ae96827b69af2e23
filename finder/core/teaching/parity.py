"""Whether a taught model's file gives what the product of its bases' vectors gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from finder.core.errors import FinderError
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
    for image in _pictures(taught.spec.decode_side):
        of_bases = np.concatenate([base.embed_image(image) for base in bases])
        (expected,) = projection(of_bases[np.newaxis])
        cosine = float(expected.astype(np.float64) @ taught.embed_image(image))
        if not 1.0 - cosine <= _LARGEST_DIFFERENCE:
            raise FinderError(
                tr(
                    "The taught model's file does not compute what was taught (cosine {n:.4f})."
                ).format(n=cosine),
                tr("Nothing was kept: teach from another model."),
            )


def _pictures(side: int) -> Iterator[Image.Image]:
    """The samples, or noise where they are not installed."""
    for path in spread_samples(_SAMPLES):
        yield decode(read_file(str(path)), side).image
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    yield Image.fromarray(noise)
