"""Preprocessing against plain arithmetic."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from finder.core.models.preprocess import resized, to_input
from finder.core.models.spec import InputSpec, ModelSpec

SPEC = InputSpec(
    name="pixels",
    layout="NCHW",
    height=24,
    width=40,
    resize="squash",
    resample="bilinear",
    colour="RGB",
    mean=(100.0, 110.0, 120.0),
    std=(50.0, 60.0, 70.0),
)
FILTERS = {"nearest": 0, "lanczos": 1, "bilinear": 2, "bicubic": 3}  # Pillow's numbers


def picture() -> Image.Image:
    """Noise, 80 × 64."""
    return Image.fromarray(np.random.default_rng(7).integers(0, 256, (64, 80, 3), dtype=np.uint8))


def squashed(image: Image.Image, width: int, height: int, number: int) -> Image.Image:
    return image.resize((width, height), Image.Resampling(number))


def cropped(image: Image.Image, width: int, height: int, number: int) -> Image.Image:
    """80 × 64 covers 40 × 24 as 40 × 32: 4 rows go at the top, 4 at the bottom."""
    return image.resize((40, 32), Image.Resampling(number)).crop((0, 4, width, 4 + height))


def padded(image: Image.Image, width: int, height: int, number: int) -> Image.Image:
    """80 × 64 fits into 40 × 24 as 30 × 24: 5 columns are left over at either side."""
    canvas = Image.new("RGB", (width, height), (100, 110, 120))
    canvas.paste(image.resize((30, 24), Image.Resampling(number)), (5, 0))
    return canvas


RULES: dict[str, Any] = {
    "squash": squashed,
    "crop": cropped,
    "crop-rounded": cropped,
    "pad": padded,
}


def reference(image: Image.Image, spec: InputSpec) -> NDArray[np.float64]:
    """Pixel by pixel what model.toml says, in float64 [H, W, 3]."""
    shaped = RULES[spec.resize](image, spec.width, spec.height, FILTERS[spec.resample])
    values = np.zeros((spec.height, spec.width, 3))
    order = (0, 1, 2) if spec.colour == "RGB" else (2, 1, 0)
    for place, channel in enumerate(order):
        plane = np.asarray(shaped.getchannel(channel), dtype=np.float64)
        values[:, :, place] = (plane - spec.mean[place]) / spec.std[place]
    return values


@pytest.mark.parametrize(
    ("resize", "layout", "colour", "resample"),
    list(product(RULES, ("NCHW", "NHWC"), ("RGB", "BGR"), FILTERS)),
)
def test_the_input_is_what_model_toml_says(
    resize: str, layout: str, colour: str, resample: str
) -> None:
    # the mean is given in the model's own order of colours
    mean = (100.0, 110.0, 120.0) if colour == "RGB" else (120.0, 110.0, 100.0)
    spec = replace(SPEC, resize=resize, layout=layout, colour=colour, resample=resample, mean=mean)
    given_input = to_input(picture(), spec)
    expected = reference(picture(), spec)
    assert given_input.dtype == np.float32
    assert given_input.flags["C_CONTIGUOUS"]
    if layout == "NCHW":
        assert given_input.shape == (1, 3, 24, 40)
        expected = expected.transpose(2, 0, 1)
    else:
        assert given_input.shape == (1, 24, 40, 3)
    assert np.abs(given_input[0] - expected).max() < 1e-5


@pytest.mark.parametrize("size", [(7_000, 60), (60, 7_000)])
def test_a_long_strip_is_cropped_before_it_is_scaled(size: tuple[int, int]) -> None:
    spec = replace(SPEC, resize="crop-rounded", width=224, height=224, resample="bicubic")
    strip = picture().resize(size, Image.Resampling.BICUBIC)
    scaled = strip.resize(
        (int(size[0] * 224 / 60), 224) if size[0] > 60 else (224, int(size[1] * 224 / 60)),
        Image.Resampling.BICUBIC,
    )
    left, top = (scaled.width - 224) // 2, (scaled.height - 224) // 2
    middle = scaled.crop((left, top, left + 224, top + 224))
    difference = np.asarray(resized(strip, spec), np.int16) - np.asarray(middle, np.int16)
    assert np.abs(difference).max() <= 2
    assert np.abs(difference).mean() < 0.1


@pytest.mark.parametrize("size", [(300, 200), (200, 300)])
def test_a_share_of_the_short_side_can_be_kept(size: tuple[int, int]) -> None:
    """As the usual “short side to 256, middle 224” does it."""
    image = picture().resize(size)
    spec = replace(SPEC, resize="crop", keep=0.875, width=224, height=224, resample="bicubic")
    scale = 256 / min(size)
    usual = image.resize((round(size[0] * scale), round(size[1] * scale)), Image.Resampling.BICUBIC)
    left, top = (usual.width - 224) / 2, (usual.height - 224) / 2
    middle = usual.crop((round(left), round(top), round(left) + 224, round(top) + 224))
    difference = np.asarray(resized(image, spec), np.int16) - np.asarray(middle, np.int16)
    assert np.abs(difference).mean() < 0.5  # that one rounds twice, and cuts at whole pixels


@pytest.mark.parametrize("dtype", ["float32", "float16", "uint8"])
def test_the_input_has_the_type_that_the_model_takes(dtype: str) -> None:
    spec = replace(SPEC, dtype=dtype, mean=(-20.4, 0.0, 20.4), std=(1.0, 1.0, 1.0))
    given = to_input(picture(), spec)
    exact = to_input(picture(), replace(spec, dtype="float32"))
    assert given.dtype == np.dtype(dtype)
    if dtype == "uint8":
        exact = exact.round().clip(0, 255)
    np.testing.assert_allclose(given.astype(np.float32), exact, atol=0.13)


@pytest.mark.parametrize("colour", ["RGB", "BGR"])
def test_padding_becomes_zero(colour: str) -> None:
    spec = replace(SPEC, resize="pad", colour=colour)
    around = to_input(Image.new("RGB", (10, 60), "red"), spec)[0, :, :, :10]
    assert np.abs(around).max() < 1e-6


def test_a_mean_outside_0_to_255_pads_with_the_nearest_colour() -> None:
    spec = replace(SPEC, resize="pad", mean=(-5.0, 127.6, 300.0))
    assert resized(Image.new("RGB", (10, 60)), spec).getpixel((0, 0)) == (0, 128, 255)


def test_squash_keeps_all_crop_cuts_and_pad_surrounds() -> None:
    image = Image.new("RGB", (120, 24), "blue")
    image.paste("red", (0, 0, 30, 24))
    left = {rule: resized(image, replace(SPEC, resize=rule)).getpixel((1, 12)) for rule in RULES}
    top = {rule: resized(image, replace(SPEC, resize=rule)).getpixel((1, 0)) for rule in RULES}
    red, blue = (255, 0, 0), (0, 0, 255)
    assert left == {"squash": red, "crop": blue, "crop-rounded": blue, "pad": red}
    assert top == {"squash": red, "crop": blue, "crop-rounded": blue, "pad": (100, 110, 120)}


@given(
    width=st.integers(1, 600),
    height=st.integers(1, 600),
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    rule=st.sampled_from(sorted(RULES)),
)
@settings(max_examples=400)
def test_any_picture_fits_any_input(
    width: int, height: int, size: tuple[int, int], rule: str
) -> None:
    spec = replace(SPEC, width=size[0], height=size[1], resize=rule, resample="nearest")
    assert resized(Image.new("RGB", (width, height)), spec).size == size


@pytest.mark.parametrize("size", [(31, 29), (34, 29), (37, 29), (1, 5000), (5000, 1), (1, 1)])
def test_the_cut_never_leaves_the_picture(size: tuple[int, int]) -> None:
    """(31, 29) and its like rounded to a box some 1e-15 outside."""
    spec = replace(SPEC, width=224, height=224, resize="crop")
    shown = resized(Image.new("RGB", size, "red"), spec)
    assert shown.getcolors() == [(224 * 224, (255, 0, 0))]


def test_the_picture_is_left_alone(fast_spec: ModelSpec) -> None:
    image = picture()
    to_input(image, fast_spec.input)
    assert image.tobytes() == picture().tobytes()


def test_the_shipped_models_squash_to_their_size(specs: list[ModelSpec]) -> None:
    for spec in specs:
        side = {"efficientnet-lite0": 224, "efficientnet-lite2": 260, "vgg16": 224}[spec.name]
        assert to_input(picture(), spec.input).shape == (1, 3, side, side)
        assert spec.input.resize == "squash"
