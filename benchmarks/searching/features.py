"""Made-up vectors that are spread as real features are, and others that are not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import say
from benchmarks.material import default_model, photographs
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.spec import ModelSpec

Vectors = NDArray[np.float32]

_BLOCK = 4_096
_CROPS = 1_500
_NOISE = 0.4


class Kind(Protocol):
    """A kind of made-up vectors. name: for the table."""

    @property
    def name(self) -> str: ...

    def make(self, random: np.random.Generator, number: int) -> Vectors:
        """Unit vectors [number, D]."""


class FeatureMixtures:
    """Mixtures of two features that a shipped model has for crops of the sample photographs, with
    noise on each number: never negative, many near zero and a few large, in groups of all sizes."""

    name = "like features"

    def __init__(self, crops: int = _CROPS) -> None:
        say(f"extracting {crops:,} features")
        self._features = _crop_features(crops, default_model())

    @property
    def dimension(self) -> int:
        return int(self._features.shape[1])

    def make(self, random: np.random.Generator, number: int) -> Vectors:
        first, second = random.integers(0, len(self._features), (2, number))
        share = random.uniform(0.0, 0.5, (number, 1)).astype(np.float32)
        return _mixed(self._features, random, (first, second), share, _NOISE)


class SeenByModels:
    """Made-up pictures as several models see them: for each model mixtures of its features for the
    same two crops, in the same shares, with noise of its own. How much the models disagree, `noise`
    decides, and whether the second crop is another one for each model (`differ`)."""

    def __init__(self, specs: Sequence[ModelSpec], crops: int) -> None:
        self._features = {}
        for spec in specs:
            say(f"extracting {crops:,} features of {spec.name}")
            self._features[spec.name] = _crop_features(crops, spec)
        self._crops = crops

    def make(
        self, random: np.random.Generator, number: int, noise: float, differ: bool
    ) -> dict[str, Vectors]:
        """For each model unit vectors [number, D] of the same pictures."""
        first, second = random.integers(0, self._crops, (2, number))
        share = random.uniform(0.0, 0.5, (number, 1)).astype(np.float32)
        made = {}
        for name, features in self._features.items():
            if differ:
                second = random.integers(0, self._crops, number)
            made[name] = _mixed(features, random, (first, second), share, noise)
        return made


class Uniform:
    """Directions of which none is likelier than another: what no model gives, but the hardest."""

    name = "uniform"

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension

    def make(self, random: np.random.Generator, number: int) -> Vectors:
        return _unit(random.standard_normal((number, self._dimension), dtype=np.float32))


def write_matrix(path: Path, kind: Kind, number: int) -> Vectors:
    """A matrix [number, D] of this kind, made in the file and mapped read-only, as a library's."""
    random = np.random.default_rng(number)
    say(f"making {number:,} vectors, {kind.name}")
    with path.open("wb") as file:
        for start in range(0, number, _BLOCK):
            block = kind.make(random, min(_BLOCK, number - start))
            file.write(block.tobytes())
    shape = (number, block.shape[1])
    return np.asarray(np.memmap(path, np.float32, "r", shape=shape))


def row_blocks(matrix: Vectors) -> Iterator[tuple[slice, Vectors]]:
    """(which rows, these rows), one block after the other."""
    for start in range(0, len(matrix), _BLOCK):
        block = slice(start, start + _BLOCK)
        yield block, matrix[block]


def _mixed(
    features: Vectors,
    random: np.random.Generator,
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    share: Vectors,
    noise: float,
) -> Vectors:
    """Mixtures of two rows each, with noise on each number."""
    vectors = random.standard_normal((len(share), features.shape[1]), dtype=np.float32)
    np.exp(noise * vectors, out=vectors)
    vectors *= (1 - share) * features[rows[0]] + share * features[rows[1]]
    return _unit(vectors)


def _crop_features(number: int, spec: ModelSpec) -> Vectors:
    """Features for random crops of the sample photographs, the same for each model [number, D]."""
    extractor = Extractor(spec)
    random = np.random.default_rng(3)
    images = [_opened(path) for path in photographs()]
    crops = (_crop(images[at % len(images)], random) for at in range(number))
    return np.stack([extractor.embed_image(crop) for crop in crops])


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _crop(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """A square of a third of the shorter side up to all of it, anywhere."""
    side = int(min(image.size) * random.uniform(1 / 3, 1))
    left, top = (int(random.integers(0, length - side + 1)) for length in image.size)
    return image.crop((left, top, left + side, top + side))


def _unit(vectors: Vectors) -> Vectors:
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors
