"""Limits on what decoding a picture may cost, checked from its headers before anything is decoded.

A file of a few bytes can make a decoder use gigabytes or minutes. Headers are only used to reject a
file, never to trust it. docs/security.md lists the resulting limits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finder.core.errors import Reason, SkippedPicture
from finder.core.pictures.formats import HEIF_BRANDS
from finder.core.pictures.headers.format_headers import (
    read_bmp_header,
    read_jpeg_header,
    read_png_header,
    read_webp_size,
)
from finder.core.pictures.headers.iso_media import read_media_sizes
from finder.core.pictures.headers.jpeg_scans import count_scans
from finder.core.pictures.headers.tiff_tags import tag_memory

if TYPE_CHECKING:
    from PIL import Image

    from finder.core.pictures.mapped_file import Bytes

_MAX_SIDE = 65_535
"""Pixels. JPEG and GIF allow no more. Longer pictures are narrow strips, which are useless to
models and too short on one side to be scaled down."""

_DECODER_BYTES_PER_PIXEL = 4
"""Memory that a decoder may use, per pixel of the limit: as much as Pillow's own image."""

_MIN_DECODER_BYTES = 64_000_000
"""Bytes that a decoder may always use, however low the pixel limit."""

_WEBP_BYTES_PER_PIXEL, _WEBP_FILE_COPIES = 20, 3
"""Per pixel of the canvas: two canvases in libwebp, a copy as bytes, one as an image, and the
blending of transparency with white (measured: 16 to 18). And the number of copies of the file."""

_AVIF_BYTES_PER_PIXEL, _AV1_BYTES_PER_PIXEL, _HEIF_BYTES_PER_PIXEL, _MEDIA_FILE_COPIES = 8, 6, 12, 2
"""Per pixel of an AVIF, per pixel of its decoded streams (12 bits, no subsampling), and per pixel
of a HEIC. Measured in total: 9 to 13 for AVIF, 7 to 9 for HEIC. And the number of copies of the
file."""

_RLE_BYTES_PER_PIXEL = 3
"""Per pixel of a run-length encoded BMP, in addition to the picture."""

_SLOW_RLE_PIXELS = 4_000_000
_STRIP_COPIES = 4
"""Copies in memory of a picture that is not scaled down: while it is made opaque and rotated."""

_SLOW_PIXELS = 100_000_000
"""Pixels to be decoded (after scaling, for JPEG). Some formats take five seconds for this many."""

_MAX_EXTRA_BYTES = 256_000_000
"""Bytes of a file beside its first picture: videos attached to photographs, frames of
animations."""

_MIN_SCAN_LIMIT, _MAX_SCAN_LIMIT = 64, 1_000
_MAX_SCANNED_PIXELS = 20_000_000_000
"""Every scan of a JPEG visits every pixel, even a scan of ten bytes: 20 thousand million take 1
s."""


class BudgetExceeded(Exception):
    """Decoding would exceed the memory or time that this process may spend on one picture."""


@dataclass(frozen=True)
class DecodeLimits:
    """max_pixels: of a picture; the memory that a decoder may use grows with it. memory_limit:
    bytes that this process may spend on one picture; None in a process for this picture only, where
    time is not limited either."""

    max_pixels: int
    memory_limit: int | None = None

    def check_size(self, width: int, height: int) -> None:
        """Raises SkippedPicture."""
        if width * height > self.max_pixels or max(width, height) > _MAX_SIDE:
            raise SkippedPicture(Reason.TOO_MANY_PIXELS, f"{width} × {height}")

    def check_memory(self, needed: int) -> None:
        """needed: bytes. Raises SkippedPicture, BudgetExceeded."""
        if needed > max(self.max_pixels * _DECODER_BYTES_PER_PIXEL, _MIN_DECODER_BYTES):
            raise SkippedPicture(Reason.TOO_MANY_PIXELS, f"decoding takes {needed:,} bytes")
        if self.memory_limit is not None and needed > self.memory_limit:
            raise BudgetExceeded(f"decoding takes {needed:,} bytes")

    def require_unlimited_time(self) -> None:
        """For pictures that take long to decode. Raises BudgetExceeded."""
        if self.memory_limit is not None:
            raise BudgetExceeded("decoding takes long")


def check_file_size(head: bytes, size: int) -> None:
    """Raise SkippedPicture for a file far larger than its picture can be.

    head: the file's first bytes; size: the number of all its bytes."""
    if head[:2] == b"\xff\xd8":
        jpeg = read_jpeg_header(head)
        _require_plausible_size(size, jpeg.size if jpeg else None, 4)
    elif head[:4] == b"\x89PNG":
        _require_plausible_size(size, read_png_header(head[:33]).size, 9)
    elif head[:2] == b"BM":
        bitmap = read_bmp_header(head)
        _require_plausible_size(size, bitmap.size if bitmap else None, 5)


def _require_plausible_size(
    length: int, size: tuple[int, int] | None, bytes_per_pixel: int
) -> None:
    if size is not None and length > _MAX_EXTRA_BYTES + size[0] * size[1] * bytes_per_pixel:
        raise SkippedPicture(Reason.TOO_LARGE, f"{length:,} bytes for {size[0]} × {size[1]} pixels")


def check_headers(data: Bytes, limits: DecodeLimits) -> None:
    """Check a file's bytes before any decoder reads them. Raises SkippedPicture, BudgetExceeded."""
    for signature, check in _CHECKS_BY_SIGNATURE:
        if data[: len(signature)] == signature:
            check(data, limits)
    if data[4:8] == b"ftyp":
        _check_media_file(data, limits)


def _check_webp(data: Bytes, limits: DecodeLimits) -> None:
    size = read_webp_size(data)
    if size is not None:
        limits.check_size(*size)
        limits.check_memory(
            size[0] * size[1] * _WEBP_BYTES_PER_PIXEL + len(data) * _WEBP_FILE_COPIES
        )


def _check_jpeg(data: Bytes, limits: DecodeLimits) -> None:
    header = read_jpeg_header(data)
    if header is not None:
        limits.check_size(*header.size)
        limits.check_memory(header.coefficients)
        if header.has_several_scans:
            _check_scans(count_scans(data), header.size[0] * header.size[1])


def _check_png(data: Bytes, limits: DecodeLimits) -> None:
    header = read_png_header(data)
    limits.check_size(*header.size)
    limits.check_memory(header.largest_chunk)


def _check_bmp(data: Bytes, limits: DecodeLimits) -> None:
    header = read_bmp_header(data)
    if header is None:
        return
    limits.check_size(*header.size)
    if header.is_run_length_encoded:
        pixels = header.size[0] * header.size[1]
        limits.check_memory(pixels * _RLE_BYTES_PER_PIXEL)
        if pixels > _SLOW_RLE_PIXELS:
            limits.require_unlimited_time()


def _check_tiff(data: Bytes, limits: DecodeLimits) -> None:
    limits.check_memory(tag_memory(data))


def _check_media_file(data: Bytes, limits: DecodeLimits) -> None:
    sizes = read_media_sizes(data)
    for canvas in sizes.canvases:
        limits.check_size(*canvas)
        if data[8:12] in HEIF_BRANDS:
            limits.check_memory(canvas[0] * canvas[1] * _HEIF_BYTES_PER_PIXEL)
    limits.check_memory(sizes.av1_pixels * _AV1_BYTES_PER_PIXEL + len(data) * _MEDIA_FILE_COPIES)


_CHECKS_BY_SIGNATURE: tuple[tuple[bytes, Callable[[Bytes, DecodeLimits], None]], ...] = (
    (b"\xff\xd8", _check_jpeg),
    (b"\x89PNG", _check_png),
    (b"RIFF", _check_webp),
    (b"BM", _check_bmp),
    *((length.to_bytes(4, "little"), _check_bmp) for length in (12, 40, 52, 56, 64, 108, 124)),
    *((signature, _check_tiff) for signature in (b"II", b"MM")),
)


def check_opened_image(image: Image.Image, data: Bytes, limits: DecodeLimits) -> None:
    """Check an image after Pillow has read its header and before it decodes pixels. Raises
    SkippedPicture, BudgetExceeded."""
    width, height = image.size
    limits.check_size(width, height)
    pixels = width * height
    if image.format == "WEBP":
        limits.check_memory(pixels * _WEBP_BYTES_PER_PIXEL + len(data) * _WEBP_FILE_COPIES)
    elif image.format == "AVIF":
        limits.check_memory(
            pixels * (_AVIF_BYTES_PER_PIXEL + _AV1_BYTES_PER_PIXEL) + len(data) * _MEDIA_FILE_COPIES
        )
    elif image.format == "HEIF":
        limits.check_memory(pixels * _HEIF_BYTES_PER_PIXEL + len(data) * _MEDIA_FILE_COPIES)
    elif image.format == "TIFF":
        _check_strips(image, pixels, limits)


def check_decoded_size(image: Image.Image, short_side: int, limits: DecodeLimits) -> None:
    """Check the memory of Pillow's own image, once the size to decode at is set.

    Raises BudgetExceeded."""
    width, height = image.size
    bytes_per_pixel = 1 if image.mode in ("1", "L", "P") else 4
    copies = _STRIP_COPIES if min(image.size) < 2 * short_side else 1
    needed = width * height * bytes_per_pixel * copies
    if width * height > _SLOW_PIXELS:
        limits.require_unlimited_time()
    if limits.memory_limit is not None and needed > limits.memory_limit:
        raise BudgetExceeded(f"the picture takes {needed:,} bytes")


def _check_scans(scans: int, pixels: int) -> None:
    most = min(max(_MIN_SCAN_LIMIT, _MAX_SCANNED_PIXELS // max(1, pixels)), _MAX_SCAN_LIMIT)
    if scans > most:
        raise SkippedPicture(Reason.DAMAGED, f"{scans} scans of {pixels} pixels")


_TILE_WIDTH, _TILE_LENGTH, _ROWS_PER_STRIP, _SAMPLES, _ORIENTATION, _BITS = (
    322,
    323,
    278,
    277,
    274,
    258,
)

_MAX_TILE_PIXELS, _MAX_TILE_TO_PICTURE = 2_048 * 2_048, 4
"""Tiles larger than this, and than this multiple of the picture, cost time for nothing."""


def _check_strips(image: Any, pixels: int, limits: DecodeLimits) -> None:
    """libtiff allocates a tile or strip of the size in the tags; and a picture that a tag rotates
    is in memory twice while it is rotated."""
    tags = image.tag_v2
    if tags.get(_ORIENTATION, 1) != 1:
        limits.check_memory(2 * pixels * len(image.getbands()))
    samples = tags.get(_SAMPLES, 1)
    width, height = tags.get(_TILE_WIDTH), tags.get(_TILE_LENGTH)
    if (width is None) != (
        height is None
    ):  # libtiff would use the number of rows for the missing one
        raise SkippedPicture(Reason.DAMAGED, "tiles with one side")
    if width is None or height is None:
        width, height = image.width, min(image.height, tags.get(_ROWS_PER_STRIP, image.height))
    bits = tags.get(_BITS, (1,))
    sample_bytes = -(-max(bits if isinstance(bits, tuple) else (bits,)) // 8)
    limits.check_memory(width * height * samples * sample_bytes)
    if width * height > max(_MAX_TILE_PIXELS, _MAX_TILE_TO_PICTURE * pixels):
        raise SkippedPicture(Reason.DAMAGED, f"tiles of {width} × {height}")
