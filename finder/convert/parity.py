"""Compares the features of the same pictures from the framework and from ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from finder.core.errors import FinderError, first_line
from finder.core.i18n import tr
from finder.core.models.preprocess import resized, to_input
from finder.core.models.runtime.embedder import normalised
from finder.core.pictures.samples import spread_samples

if TYPE_CHECKING:
    from finder.convert.source import Features, Source
    from finder.core.models.runtime.extractor import Extractor

TOLERANCE: Final = 1e-4
_PICTURES: Final = 8


@dataclass(frozen=True)
class Parity:
    """The largest differences over all values of all pictures.

    raw: of the network's features, divided by the largest of them, because their scale can be
    anything from 1e-6 to 1e6; unit: of the vectors of length 1 that are searched.
    """

    pictures: int
    raw: float
    unit: float

    @property
    def is_within_tolerance(self) -> bool:
        return max(self.raw, self.unit) <= TOLERANCE  # also False for NaN


def parity_pictures() -> list[Image.Image]:
    """Some of the pictures that ship, of all kinds."""
    return [_opened(path) for path in spread_samples(_PICTURES)]


def reference_features(source: Source, images: Sequence[Image.Image]) -> Features:
    """The framework's own features of the pictures at the model's size, [N, dimension].

    Raises FinderError if the network gives anything else.
    """
    sized = [np.array(resized(image, source.spec.input), dtype=np.uint8) for image in images]
    try:
        rows = [source.reference(pixels[np.newaxis]) for pixels in sized]
    except FinderError:
        raise
    except Exception as error:  # a network may fail in any way, especially at another size
        raise FinderError(
            tr("The network failed on a picture: {why}.").format(
                why=first_line(error).rstrip(".!")
            ),
            tr("Try another --input."),
        ) from error
    shape = rows[0].shape
    if len(shape) != 2 or shape[0] != 1:
        raise FinderError(
            tr("The network returns {shape} for one picture instead of a row of numbers.").format(
                shape=list(shape)
            ),
            tr("It must end with pooling over the picture, and return no list or dictionary."),
        )
    return np.concatenate(rows)


def compare(extractor: Extractor, images: Sequence[Image.Image], expected: Features) -> Parity:
    """Compare the exported file, with the preprocessing of its model.toml, with the framework's
    features.

    ONNX Runtime gets two pictures at a time, so that a file that mixes up the pictures of a batch,
    or accepts only one, does not pass.
    """
    inputs = np.concatenate([to_input(image, extractor.spec.input) for image in images])
    pairs = [inputs[at : at + 2] for at in range(0, len(inputs), 2)]
    features = np.concatenate([extractor.features(pair) for pair in pairs])
    scale = float(np.abs(expected).max()) or 1.0
    return Parity(
        pictures=len(images),
        raw=float(np.abs(features - expected).max()) / scale,
        unit=float(np.abs(normalised(features) - normalised(expected)).max()),
    )


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")
