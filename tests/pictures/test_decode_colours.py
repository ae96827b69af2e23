"""Transparency, depths and colour spaces come out as 8-bit RGB on white."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from picture_files import encoded, pixels, png, worst
from PIL import Image, ImageCms

from finder.core.pictures.decode import decode

WHITE, RED = (255, 255, 255), (255, 0, 0)


# Transparency


def half_clear(hidden: tuple[int, int, int]) -> Image.Image:
    """96 × 96: the left half fully transparent over a hidden colour, the right half red."""
    image = Image.new("RGBA", (96, 96), (*hidden, 0))
    image.paste((*RED, 255), (48, 0, 96, 96))
    return image


@pytest.mark.parametrize("side", [320, 16])
@pytest.mark.parametrize("hidden", [(0, 0, 0), (0, 255, 0), (255, 255, 255)])
@pytest.mark.parametrize(
    ("name", "options"),
    [("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {}), ("GIF", {})],
)
def test_what_is_transparent_is_white(
    name: str, options: dict[str, Any], hidden: tuple[int, int, int], side: int
) -> None:
    shown = decode(encoded(half_clear(hidden), name, **options), side).image
    middle = shown.width // 2
    assert shown.crop((0, 0, middle, shown.height)).getcolors() == [(middle * shown.height, WHITE)]
    assert worst(
        shown.crop((middle, 0, shown.width, shown.height)),
        Image.new("RGB", (middle, shown.height), RED),
    ) <= (1 if name == "WEBP" else 0)


def test_hidden_colours_do_not_shine_through_at_an_edge() -> None:
    image = Image.new("RGBA", (99, 99), (0, 255, 0, 0))
    image.paste((*RED, 255), (50, 0, 99, 99))  # 3 × 3 pixels share the edge
    edge = decode(encoded(image, "PNG"), 33).image.getpixel((16, 16))
    assert isinstance(edge, tuple)
    assert edge[0] == 255 and abs(edge[1] - 170) <= 2 and abs(edge[2] - 170) <= 2


def test_half_transparent_colours_are_mixed_with_white() -> None:
    shown = decode(encoded(Image.new("RGBA", (9, 9), (255, 0, 0, 128)), "PNG"), 320).image
    assert worst(shown, Image.new("RGB", (9, 9), (255, 127, 127))) <= 1


@pytest.mark.parametrize("side", [320, 16])
def test_transparent_grey_is_white(side: int) -> None:
    image = Image.new("LA", (64, 64), (0, 0))
    image.paste((90, 255), (32, 0, 64, 64))
    shown = decode(encoded(image, "PNG"), side).image
    assert shown.getpixel((0, 0)) == WHITE
    assert shown.getpixel((shown.width - 1, 0)) == (90, 90, 90)


@pytest.mark.parametrize("transparent", [0, b"\0\xff"])
def test_a_transparent_palette_colour_is_white(transparent: int | bytes) -> None:
    image = Image.new("P", (64, 64), 0)
    image.putpalette([0, 255, 0, 255, 0, 0])
    image.paste(1, (32, 0, 64, 64))
    shown = decode(encoded(image, "PNG", transparency=transparent), 16).image
    assert (shown.getpixel((0, 0)), shown.getpixel((15, 15))) == (WHITE, RED)


@pytest.mark.parametrize(
    ("colour", "samples", "transparent"),
    [(0, [0], b"\0\0"), (2, [0, 255, 0], b"\0\0\0\xff\0\0")],
    ids=["grey", "RGB"],
)
def test_the_one_transparent_colour_of_a_png_is_white(
    colour: int, samples: list[int], transparent: bytes
) -> None:
    rows = np.full((64, 64, len(samples)), 60, np.uint8)
    rows[:, :32] = samples
    for side in (320, 16):
        shown = decode(png(rows, 8, colour, transparent), side).image
        assert shown.getpixel((0, 0)) == WHITE
        assert shown.getpixel((shown.width - 1, 0)) == (60, 60, 60)


# Depths and colour spaces


def ramp() -> np.ndarray[Any, np.dtype[np.uint16]]:
    return np.linspace(0, 65_535, 64).astype(np.uint16)[None].repeat(32, 0)


@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_16_bits_of_grey_keep_their_whole_range(name: str) -> None:
    shown = decode(encoded(Image.fromarray(ramp()), name), 320).image
    expected = np.rint(ramp() / 257).astype(np.uint8)
    assert worst(shown, Image.fromarray(expected).convert("RGB")) == 0


def test_16_bits_of_grey_are_averaged_right() -> None:
    shown = decode(encoded(Image.fromarray(ramp()), "PNG"), 16).image
    expected = (ramp() / 257).reshape(16, 2, 32, 2).mean((1, 3))
    assert np.abs(pixels(shown) - expected[:, :, None]).max() <= 1


def test_dark_16_bit_grey_stays_dark() -> None:
    dark = Image.fromarray(np.full((8, 8), 257, np.uint16))
    assert decode(encoded(dark, "PNG"), 320).image.getpixel((0, 0)) == (1, 1, 1)


def test_16_bit_colours_are_right() -> None:
    rows = np.stack([ramp(), ramp()[:, ::-1], ramp() // 2], -1)
    shown = decode(png(rows.astype(">u2"), 16, 2), 320).image
    assert np.abs(pixels(shown) - rows / 257).max() <= 1


def test_16_bit_transparency_is_white() -> None:
    rows = np.stack([ramp(), ramp(), ramp(), np.zeros_like(ramp())], -1).astype(">u2")
    assert decode(png(rows, 16, 6), 320).image.getcolors() == [(64 * 32, WHITE)]


@pytest.mark.parametrize("side", [320, 16])
def test_float_pictures_are_stretched_over_their_own_range(side: int) -> None:
    values = np.linspace(-1, 3, 64, dtype=np.float32)[None].repeat(32, 0)
    values[0, 5] = np.nan
    shown = pixels(decode(encoded(Image.fromarray(values), "TIFF"), side).image)
    across = shown[-1, :, 0]
    assert across[0] <= 4 and across[-1] >= 251
    assert (np.diff(across) > 0).all()


def test_a_float_picture_of_one_value_is_black() -> None:
    flat = Image.fromarray(np.full((8, 8), 7.0, np.float32))
    assert decode(encoded(flat, "TIFF"), 320).image.getcolors() == [(64, (0, 0, 0))]


def test_32_bit_whole_numbers_keep_an_8_bit_range() -> None:
    values = np.arange(256, dtype=np.int32).reshape(16, 16)
    shown = decode(encoded(Image.fromarray(values), "TIFF"), 320).image
    assert (pixels(shown)[:, :, 0] == values).all()


CMYK = {
    (0, 0, 0, 0): WHITE,
    (0, 255, 255, 0): RED,
    (255, 0, 0, 0): (0, 255, 255),
    (0, 0, 0, 255): (0, 0, 0),
}


@pytest.mark.parametrize(("ink", "colour"), CMYK.items())
@pytest.mark.parametrize(
    ("name", "options"),
    [("JPEG", {"quality": 95}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})],
)
def test_cmyk_is_converted(
    name: str, options: dict[str, str], ink: tuple[int, ...], colour: tuple[int, ...]
) -> None:
    data = encoded(Image.new("CMYK", (64, 48), ink), name, **options)
    for side in (320, 16):
        shown = decode(data, side).image
        assert worst(shown, Image.new("RGB", shown.size, colour)) <= 3


@pytest.mark.parametrize("side", [320, 16])
def test_lab_is_converted(side: int) -> None:
    colour = (200, 50, 30)
    lab = ImageCms.profileToProfile(
        Image.new("RGB", (64, 48), colour),
        ImageCms.createProfile("sRGB"),
        ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )
    assert lab is not None
    shown = decode(encoded(lab, "TIFF"), side).image
    assert worst(shown, Image.new("RGB", shown.size, colour)) <= 3


@pytest.mark.parametrize("side", [320, 16])
@pytest.mark.parametrize("name", ["PNG", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_bits_greys_and_palettes_are_shown(mode: str, name: str, side: int) -> None:
    image = Image.new("RGB", (64, 64), "black")
    image.paste("white", (32, 0, 64, 64))
    shown = decode(encoded(image.convert(mode), name), side).image
    assert (shown.getpixel((0, 0)), shown.getpixel((shown.width - 1, 0))) == ((0, 0, 0), WHITE)


def test_a_fax_is_not_inverted() -> None:
    image = Image.new("1", (64, 64), 1)
    shown = decode(encoded(image, "TIFF", compression="group4"), 320).image
    assert shown.getcolors() == [(64 * 64, WHITE)]
