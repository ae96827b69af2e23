"""What a picture may cost, judged by what it says of itself before anything is decoded.

A header is believed here to be refused by, never to be trusted: a file of some bytes can ask for
gigabytes or minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from finder.core.errors import Reason, SkippedPicture
from finder.core.pictures.jpeg_scans import count_scans

if TYPE_CHECKING:
    from PIL import Image

_LONGEST_SIDE = 65_535
"""Pixels. JPEG and GIF can say no more; longer pictures are strips that no model sees a thing in,
and which cannot be averaged down (their short side is short)."""

_BYTES_FOR_PIXEL = 4
"""What Pillow's own image takes for each pixel allowed, and with it the most that a decoder may."""

_FREELY = 64_000_000
"""Bytes that any decoder may take, however low the limit."""

_WEBP_BYTES = 20
"""For each pixel of the canvas: two canvases in libwebp, one copy as bytes, one as an image, and
what turns transparency white (measured: 16 to 18)."""

_FEW_SCANS, _MANY_SCANS = 64, 1_000
_SCANNED_PIXELS = 20_000_000_000
"""Every scan of a JPEG visits every pixel, even one of ten bytes: 1 s for 20 thousand million."""


def check_bytes(data: bytes, max_pixels: int) -> None:
    """Before any decoder sees them. Raises SkippedPicture."""
    if data[:4] == b"RIFF" and data[12:16] == b"VP8X":  # libwebp makes its canvases when opening
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
        check_size(width, height, max_pixels)
        _check_memory(width * height * _WEBP_BYTES, max_pixels)


def check_opened(image: Image.Image, data: bytes, max_pixels: int) -> None:
    """When the header was read, before the pixels are. Raises SkippedPicture."""
    width, height = image.size
    check_size(width, height, max_pixels)
    pixels = width * height
    if image.format == "WEBP":
        _check_memory(pixels * _WEBP_BYTES, max_pixels)
    elif image.format == "TIFF":
        _check_tiff(image, pixels, max_pixels)
    elif image.format in ("JPEG", "MPO"):
        _check_scans(count_scans(data), pixels)
        if image.info.get("progressive"):
            _check_memory(_coefficient_bytes(image, pixels), max_pixels)


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raises SkippedPicture."""
    if width * height > max_pixels or max(width, height) > _LONGEST_SIDE:
        raise SkippedPicture(Reason.TOO_MANY_PIXELS, f"{width} × {height}")


def _check_memory(needed: int, max_pixels: int) -> None:
    if needed > max(max_pixels * _BYTES_FOR_PIXEL, _FREELY):
        raise SkippedPicture(Reason.TOO_MANY_PIXELS, f"decoding takes {needed:,} bytes")


def _check_scans(scans: int, pixels: int) -> None:
    most = min(max(_FEW_SCANS, _SCANNED_PIXELS // max(1, pixels)), _MANY_SCANS)
    if scans > most:
        raise SkippedPicture(Reason.DAMAGED, f"{scans} scans of {pixels} pixels")


def _coefficient_bytes(image: Any, pixels: int) -> int:
    """libjpeg keeps 2 bytes for every sample of a progressive picture until its last scan."""
    samples: list[int] = [across * down for _, across, down, _ in image.layer]
    return 2 * pixels * sum(samples) // max(1, *samples)


_TILE_WIDTH, _TILE_LENGTH, _ROWS_PER_STRIP, _SAMPLES, _TURN = 322, 323, 278, 277, 274


def _check_tiff(image: Any, pixels: int, max_pixels: int) -> None:
    """libtiff takes memory for a tile or strip as the tags tell it; and a picture that a tag turns
    is held twice while it is turned."""
    tags = image.tag_v2
    if tags.get(_TURN, 1) != 1:
        _check_memory(2 * pixels * len(image.getbands()), max_pixels)
    samples = tags.get(_SAMPLES, 1)
    width, height = tags.get(_TILE_WIDTH), tags.get(_TILE_LENGTH)
    if width is None or height is None:
        width, height = image.width, min(image.height, tags.get(_ROWS_PER_STRIP, image.height))
    _check_memory(width * height * samples, max_pixels)
