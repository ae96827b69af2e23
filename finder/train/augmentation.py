"""Random changes of a training picture that leave what it shows."""

from __future__ import annotations

from math import exp, log, sqrt
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageEnhance

from finder.core.models.preprocess import resized

if TYPE_CHECKING:
    import numpy as np

    from finder.core.models.spec import InputSpec

_SMALLEST_CROP: Final = 0.6  # of the area
_ASPECT: Final = log(4 / 3)
_DEGREES: Final = 10.0
_COLOUR: Final = 0.2
_GREY: Final = (127, 127, 127)


def augmented(image: Image.Image, given: InputSpec, random: np.random.Generator) -> Image.Image:
    """A part of the picture, turned a little, perhaps mirrored, its colours changed a little, at
    the model's size and resized by the model's rule."""
    small = resized(_part(_turned(image, random), random), given)
    if random.random() < 0.5:
        small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for change in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        small = change(small).enhance(1 + random.uniform(-_COLOUR, _COLOUR))
    return small


def _turned(image: Image.Image, random: np.random.Generator) -> Image.Image:
    angle = random.uniform(-_DEGREES, _DEGREES)
    return image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=_GREY)


def _part(image: Image.Image, random: np.random.Generator) -> Image.Image:
    area = random.uniform(_SMALLEST_CROP, 1.0)
    stretch = sqrt(exp(random.uniform(-_ASPECT, _ASPECT)))
    width = max(1, min(image.width, round(image.width * sqrt(area) * stretch)))
    height = max(1, min(image.height, round(image.height * sqrt(area) / stretch)))
    left = int(random.integers(0, image.width - width + 1))
    top = int(random.integers(0, image.height - height + 1))
    return image.crop((left, top, left + width, top + height))
