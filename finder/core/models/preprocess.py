"""From a picture to a model's input, as `model.toml` describes it. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from finder.core.models.spec import InputSpec

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_MOST_SCALED = 8
"""Times the model's input: a longer picture is not scaled as a whole before it is cropped."""


def to_input(image: Image.Image, spec: InputSpec) -> NDArray[Any]:
    """An RGB image as the model's input: [1, 3, H, W] (NCHW) or [1, H, W, 3] (NHWC), float32
    unless the model takes another type."""
    return pixels_to_input(np.asarray(resized(image, spec)), spec)


def pixels_to_input(pixels: NDArray[np.uint8], spec: InputSpec) -> NDArray[Any]:
    """As `to_input`, of the pixels [H, W, 3] of an image that is `resized` already."""
    planes = _normalised_planes(pixels, spec)
    if spec.dtype == "uint8":
        planes = planes.round().clip(0, 255)
    laid_out = planes if spec.layout == "NCHW" else planes.transpose(1, 2, 0)
    return np.ascontiguousarray(laid_out[np.newaxis], dtype=spec.dtype)


def _normalised_planes(pixels: NDArray[np.uint8], spec: InputSpec) -> NDArray[np.float32]:
    """(pixels − mean) / std, [H, W, 3] to float32 [3, H, W] in the model's order of colours.

    One plane at a time: with the three channels innermost, numpy takes ten times as long.
    """
    planes = np.empty((3, *pixels.shape[:2]), np.float32)
    channels = (2, 1, 0) if spec.colour == "BGR" else (0, 1, 2)
    for plane, channel, mean, std in zip(planes, channels, spec.mean, spec.std, strict=True):
        np.subtract(pixels[:, :, channel], np.float32(mean), out=plane)
        np.divide(plane, np.float32(std), out=plane)
    return planes


def resized(image: Image.Image, spec: InputSpec) -> Image.Image:
    """The image at the model's size.

    squash ignores the aspect ratio; crop scales the picture to cover the size (or more, to keep
    only a share of its short side) and keeps the middle; crop-rounded does so in whole pixels, as
    CLIP's own preprocessing; pad scales it to fit and fills the rest with the mean colour.
    """
    size = (spec.width, spec.height)
    resample = _FILTERS[spec.resample]
    if spec.resize == "squash":
        return image.resize(size, resample)
    if spec.resize == "crop":
        return image.resize(size, resample, box=_covering_box(image.size, size, spec.keep))
    if spec.resize == "crop-rounded":
        return _crop_rounded(image, size, resample)
    return _padded(image, spec, resample)


def _covering_box(
    size: tuple[int, int], target: tuple[int, int], keep: float
) -> tuple[float, float, float, float]:
    """The largest centred box (left, top, right, bottom) with the target's aspect ratio, scaled by
    `keep`."""
    scale = min(size[0] / target[0], size[1] / target[1]) * keep
    width, height = target[0] * scale, target[1] * scale
    left, top = max(0.0, (size[0] - width) / 2), max(0.0, (size[1] - height) / 2)
    return left, top, min(size[0], left + width), min(size[1], top + height)


def _crop_rounded(
    image: Image.Image, target: tuple[int, int], resample: Image.Resampling
) -> Image.Image:
    """Scaled to cover the target, its longer side rounded down to whole pixels, and then cropped in
    the middle, also rounded down."""
    scale = max(target[0] / image.width, target[1] / image.height)
    wide, high = (
        max(want, int(side * scale + 1e-6)) for side, want in zip(image.size, target, strict=True)
    )
    left, top = (wide - target[0]) // 2, (high - target[1]) // 2
    right, bottom = left + target[0], top + target[1]
    if wide * high <= _MOST_SCALED * target[0] * target[1]:
        return image.resize((wide, high), resample).crop((left, top, right, bottom))
    # The same but for rounding in the last bit, without the parts of a long strip that are cut off.
    across, down = image.width / wide, image.height / high
    end = min(image.width, right * across), min(image.height, bottom * down)
    return image.resize(target, resample, box=(left * across, top * down, *end))


def _padded(image: Image.Image, spec: InputSpec, resample: Image.Resampling) -> Image.Image:
    scale = min(spec.width / image.width, spec.height / image.height)
    width = max(1, round(image.width * scale))
    height = max(1, round(image.height * scale))
    mean = spec.mean if spec.colour == "RGB" else spec.mean[::-1]
    fill = tuple(min(255, max(0, round(channel))) for channel in mean)
    canvas = Image.new("RGB", (spec.width, spec.height), fill)
    at = ((spec.width - width) // 2, (spec.height - height) // 2)
    canvas.paste(image.resize((width, height), resample), at)
    return canvas
