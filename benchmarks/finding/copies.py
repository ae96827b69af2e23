"""Altered copies of pictures of the sets: ten kinds, several at once, and turned."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from benchmarks.finding.sets import EMOJI, SAMPLES, LabelledFile
from finder.core.evaluation.alterations import ALTERATIONS, Alteration, altered_jpeg

_SEED = 15
_SMALLEST = 180
"""The short side of a picture of which copies are made, in pixels."""
TURNED: Final = "turned"
MIXED: Final = "mixed"


@dataclass(frozen=True)
class Copy:
    """original: the number of the picture that it was made of."""

    path: Path
    original: int
    kind: str


def _grey(image: Image.Image, random: np.random.Generator) -> Image.Image:
    return ImageOps.grayscale(image)


def _framed(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """A border of 5 to 15 % of the short side, black, white or coloured."""
    width = round(min(image.size) * random.uniform(0.05, 0.15))
    colour = tuple(random.choice([0, 90, 255], 3).tolist())
    return ImageOps.expand(image, width, colour)


def _turned(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """By a quarter, a half or three quarters, half of them mirrored, too."""
    turn = (
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_180,
        Image.Transpose.ROTATE_270,
    )[int(random.integers(3))]
    image = image.transpose(turn)
    return ImageOps.mirror(image) if random.random() < 0.5 else image


_MORE: Mapping[str, Alteration] = {"grey": _grey, "framed": _framed, TURNED: _turned}
KINDS_OF_COPIES: Final = (*ALTERATIONS, *_MORE)


def choose_originals(pictures: Sequence[LabelledFile], number: int) -> list[int]:
    """All samples, and others at random that are not too small."""
    samples = [at for at, one in enumerate(pictures) if one.set == SAMPLES]
    others = [
        at
        for at, one in enumerate(pictures)
        if one.set not in (SAMPLES, EMOJI) and _short_side(one.path) >= _SMALLEST
    ]
    random = np.random.default_rng(_SEED)
    chosen = random.choice(others, number - len(samples), replace=False)
    return sorted([*samples, *chosen.tolist()])


def make_copies(
    folder: Path, pictures: Sequence[LabelledFile], originals: Sequence[int]
) -> list[Copy]:
    """A copy of every kind of each of these pictures, as JPEG files."""
    folder.mkdir(parents=True, exist_ok=True)
    copies = []
    for original in originals:
        image: Image.Image | None = None
        for number, kind in enumerate(KINDS_OF_COPIES):
            path = folder / f"{original:05}-{kind}.jpg"
            copies.append(Copy(path, original, kind))
            if path.is_file():
                continue
            if image is None:
                with Image.open(pictures[original].path) as opened:
                    image = opened.convert("RGB")
            path.write_bytes(_copy(image, kind, seed=original * 100 + number))
    return copies


def _copy(image: Image.Image, kind: str, seed: int) -> bytes:
    if kind not in _MORE:
        return altered_jpeg(image, kind, seed)
    file = io.BytesIO()
    altered = _MORE[kind](image, np.random.default_rng(seed))
    altered.convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()


def _short_side(path: Path) -> int:
    with Image.open(path) as opened:
        return min(opened.size)
