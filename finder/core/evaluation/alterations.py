"""Altered copies of pictures, as they turn up: cut, saved again, turned, written on."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Alteration = Callable[[Image.Image, np.random.Generator], Image.Image]
"""Takes an RGB image, and what chance decides."""

_QUALITY, _WORST_QUALITY = 90, 20
_FONT_SHARE = 0.09


def altered_jpeg(image: Image.Image, name: str, seed: int) -> bytes:
    """The altered image as a JPEG file. image: RGB; name: a key of ALTERATIONS; seed: the same one
    gives the same copy."""
    altered = ALTERATIONS[name](image, np.random.default_rng(seed))
    file = io.BytesIO()
    quality = _WORST_QUALITY if name == "compressed" else _QUALITY
    altered.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def _cropped(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """60 to 90 % of each side is left."""
    share = random.uniform(0.6, 0.9, 2)
    width, height = (max(1, round(side * s)) for side, s in zip(image.size, share, strict=True))
    x = int(random.integers(0, image.width - width + 1))
    y = int(random.integers(0, image.height - height + 1))
    return image.crop((x, y, x + width, y + height))


def _resized(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """A quarter to a half of the size, and another shape by up to 10 %."""
    share = random.uniform(0.25, 0.5)
    width = max(8, round(image.width * share * random.uniform(0.9, 1.1)))
    return image.resize((width, max(8, round(image.height * share))), Image.Resampling.LANCZOS)


def _blurred(image: Image.Image, random: np.random.Generator) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(min(image.size) * random.uniform(0.005, 0.015)))


def _rotated(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """By 3 to 12 degrees to either side; the corners are black."""
    angle = random.uniform(3, 12) * random.choice([-1, 1])
    return image.rotate(angle, Image.Resampling.BICUBIC)


def _written_on(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Two lines of large white letters, as on a shared picture."""
    copy = image.copy()
    draw = ImageDraw.Draw(copy)
    size = max(8.0, min(image.size) * _FONT_SHARE)
    font = ImageFont.load_default(size)
    for place in (0.06, 0.82):
        letters = "".join(random.choice(list("ABCDEFGHIJKLMNOPRSTUW "), 14))
        at = (image.width * 0.05, image.height * place)
        draw.text(at, letters, "white", font, stroke_width=max(1, round(size / 12)), stroke_fill=0)
    return copy


def _brightened(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Brighter or darker by a quarter to a half, with other contrast and colour."""
    brightness = 1 + random.uniform(0.25, 0.5) * random.choice([-1, 1])
    image = ImageEnhance.Brightness(image).enhance(brightness)
    image = ImageEnhance.Contrast(image).enhance(random.uniform(0.8, 1.2))
    return ImageEnhance.Color(image).enhance(random.uniform(0.6, 1.4))


def _mixed(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Three of the others, one after the other."""
    steps = (_cropped, _resized, _blurred, _rotated, _written_on, _brightened)
    for step in random.choice(len(steps), 3, replace=False).tolist():
        image = steps[step](image, random)
    return image


ALTERATIONS: Final[Mapping[str, Alteration]] = MappingProxyType(
    {
        "cropped": _cropped,
        "resized": _resized,
        "compressed": lambda image, random: image,
        "blurred": _blurred,
        "mirrored": lambda image, random: ImageOps.mirror(image),
        "rotated": _rotated,
        "written on": _written_on,
        "brightness": _brightened,
        "mixed": _mixed,
    }
)
"""By name (`alteration_names.TITLES`). “compressed” is saved as a JPEG of quality 20."""
