"""What a picture may cost, judged by what it says of itself before anything is decoded.

What a header says is used to refuse a file, never to trust it: a file of some bytes can ask for
gigabytes or minutes. docs/security.md has the limits that come of this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finder.core.errors import Reason, SkippedPicture
from finder.core.pictures.format_headers import check_bitmap, check_jpeg, check_png, webp_size
from finder.core.pictures.formats import HEIF_BRANDS
from finder.core.pictures.iso_media import check_boxes
from finder.core.pictures.jpeg_scans import count_scans
from finder.core.pictures.mapped_file import Bytes
from finder.core.pictures.tiff_tags import check_tags

if TYPE_CHECKING:
    from PIL import Image

_LONGEST_SIDE = 65_535
"""Pixels. JPEG and GIF can say no more; longer pictures are strips that no model sees a thing in,
and which cannot be averaged down (their short side is short)."""

_BYTES_FOR_PIXEL = 4
"""What Pillow's own image takes for each pixel allowed, and with it the most that a decoder may."""

_FREELY = 64_000_000
"""Bytes that any decoder may take, however low the limit."""

_WEBP_BYTES, _WEBP_COPIES = 20, 3
"""For each pixel of the canvas: two canvases in libwebp, one copy as bytes, one as an image, and
what turns transparency white (measured: 16 to 18). Copies of the file itself."""

_AVIF_BYTES, _AV1_BYTES, _HEIF_BYTES, _BOX_COPIES = 8, 6, 12, 2
"""For each pixel of an AVIF, for each that its streams decode to (12 bits, no subsampling), for
each pixel of a HEIC. Measured in all: 9 to 13 for AVIF, 7 to 9 for HEIC. Copies of the file."""

_RLE_BYTES = 3
"""For each pixel of a run-length encoded BMP, beside the picture."""

_SLOW_RLE_PIXELS = 4_000_000
_COPIES_OF_STRIPS = 4
"""How often a picture is in memory that is not averaged down: made opaque and turned."""

_SLOW_PIXELS = 100_000_000
"""To be decoded, after a JPEG was scaled: some formats take five seconds for that many."""

_ONLY_FIRST = 256_000_000
"""Bytes of a file that need not be pixels: videos behind photographs, an animation's frames."""

_FEW_SCANS, _MANY_SCANS = 64, 1_000
_SCANNED_PIXELS = 20_000_000_000
"""Every scan of a JPEG visits every pixel, even one of ten bytes: 1 s for 20 thousand million."""


class TooCostly(Exception):
    """Decoding would take more memory or time than this process may spend on it."""


@dataclass(frozen=True)
class Bounds:
    """max_pixels: of a picture; with it the memory that a decoder may need grows. spare: bytes
    that may be spent here on one picture; None where a process is there for this picture only."""

    max_pixels: int
    spare: int | None = None

    def check_size(self, width: int, height: int) -> None:
        """Raises SkippedPicture."""
        if width * height > self.max_pixels or max(width, height) > _LONGEST_SIDE:
            raise SkippedPicture(Reason.TOO_MANY_PIXELS, f"{width} × {height}")

    def check_memory(self, needed: int) -> None:
        """needed: bytes. Raises SkippedPicture, Costly."""
        if needed > max(self.max_pixels * _BYTES_FOR_PIXEL, _FREELY):
            raise SkippedPicture(Reason.TOO_MANY_PIXELS, f"decoding takes {needed:,} bytes")
        if self.spare is not None and needed > self.spare:
            raise TooCostly(f"decoding takes {needed:,} bytes")

    def check_slow(self) -> None:
        """For what takes long. Raises Costly."""
        if self.spare is not None:
            raise TooCostly("decoding takes long")


def check_file(head: bytes, size: int) -> None:
    """head: a file's first bytes, size: all of its bytes. Raises SkippedPicture for more bytes
    than a picture of as many pixels as the head tells can have."""
    if head[:2] == b"\xff\xd8":
        jpeg = check_jpeg(head)
        _check_length(size, jpeg.size if jpeg else None, 4)
    elif head[:4] == b"\x89PNG":
        _check_length(size, check_png(head[:33]).size, 9)
    elif head[:2] == b"BM":
        bitmap = check_bitmap(head)
        _check_length(size, bitmap.size if bitmap else None, 5)


def _check_length(length: int, size: tuple[int, int] | None, bytes_for_pixel: int) -> None:
    if size is not None and length > _ONLY_FIRST + size[0] * size[1] * bytes_for_pixel:
        raise SkippedPicture(Reason.TOO_LARGE, f"{length:,} bytes for {size[0]} × {size[1]} pixels")


def check_bytes(data: Bytes, bounds: Bounds) -> None:
    """Before any decoder sees them. Raises SkippedPicture, Costly."""
    for magic, check in _CHECKS:
        if data[: len(magic)] == magic:
            check(data, bounds)
    if data[4:8] == b"ftyp":
        _check_box_file(data, bounds)


def _check_webp(data: Bytes, bounds: Bounds) -> None:
    size = webp_size(data)
    if size is not None:
        bounds.check_size(*size)
        bounds.check_memory(size[0] * size[1] * _WEBP_BYTES + len(data) * _WEBP_COPIES)


def _check_jpeg(data: Bytes, bounds: Bounds) -> None:
    head = check_jpeg(data)
    if head is not None:
        bounds.check_size(*head.size)
        bounds.check_memory(head.coefficients)
        if head.has_several_scans:
            _check_scans(count_scans(data), head.size[0] * head.size[1])


def _check_png(data: Bytes, bounds: Bounds) -> None:
    head = check_png(data)
    bounds.check_size(*head.size)
    bounds.check_memory(head.largest)


def _check_bitmap(data: Bytes, bounds: Bounds) -> None:
    head = check_bitmap(data)
    if head is None:
        return
    bounds.check_size(*head.size)
    if head.is_packed:
        pixels = head.size[0] * head.size[1]
        bounds.check_memory(pixels * _RLE_BYTES)
        if pixels > _SLOW_RLE_PIXELS:
            bounds.check_slow()


def _check_tiff(data: Bytes, bounds: Bounds) -> None:
    bounds.check_memory(check_tags(data))


def _check_box_file(data: Bytes, bounds: Bounds) -> None:
    coded = check_boxes(data)
    for canvas in coded.canvases:
        bounds.check_size(*canvas)
        if data[8:12] in HEIF_BRANDS:
            bounds.check_memory(canvas[0] * canvas[1] * _HEIF_BYTES)
    bounds.check_memory(coded.pixels * _AV1_BYTES + len(data) * _BOX_COPIES)


_CHECKS: tuple[tuple[bytes, Callable[[Bytes, Bounds], None]], ...] = (
    (b"\xff\xd8", _check_jpeg),
    (b"\x89PNG", _check_png),
    (b"RIFF", _check_webp),
    (b"BM", _check_bitmap),
    *((length.to_bytes(4, "little"), _check_bitmap) for length in (12, 40, 52, 56, 64, 108, 124)),
    *((magic, _check_tiff) for magic in (b"II", b"MM")),
)


def check_opened(image: Image.Image, data: Bytes, bounds: Bounds) -> None:
    """When the header was read, before the pixels are. Raises SkippedPicture, Costly."""
    width, height = image.size
    bounds.check_size(width, height)
    pixels = width * height
    if image.format == "WEBP":
        bounds.check_memory(pixels * _WEBP_BYTES + len(data) * _WEBP_COPIES)
    elif image.format == "AVIF":
        bounds.check_memory(pixels * (_AVIF_BYTES + _AV1_BYTES) + len(data) * _BOX_COPIES)
    elif image.format == "HEIF":
        bounds.check_memory(pixels * _HEIF_BYTES + len(data) * _BOX_COPIES)
    elif image.format == "TIFF":
        _check_strips(image, pixels, bounds)


def check_loaded_size(image: Image.Image, short_side: int, bounds: Bounds) -> None:
    """When the size that is decoded at is chosen: what Pillow's own image will take.

    Raises Costly."""
    width, height = image.size
    bytes_for_pixel = 1 if image.mode in ("1", "L", "P") else 4
    copies = _COPIES_OF_STRIPS if min(image.size) < 2 * short_side else 1
    needed = width * height * bytes_for_pixel * copies
    if width * height > _SLOW_PIXELS:
        bounds.check_slow()
    if bounds.spare is not None and needed > bounds.spare:
        raise TooCostly(f"the picture takes {needed:,} bytes")


def _check_scans(scans: int, pixels: int) -> None:
    most = min(max(_FEW_SCANS, _SCANNED_PIXELS // max(1, pixels)), _MANY_SCANS)
    if scans > most:
        raise SkippedPicture(Reason.DAMAGED, f"{scans} scans of {pixels} pixels")


_TILE_WIDTH, _TILE_LENGTH, _ROWS_PER_STRIP, _SAMPLES, _TURN, _BITS = 322, 323, 278, 277, 274, 258

_TILE_PIXELS, _TILE_OF_PICTURE = 2_048 * 2_048, 4
"""Tiles larger than this, and than so many times the picture, would take time and show nothing."""


def _check_strips(image: Any, pixels: int, bounds: Bounds) -> None:
    """libtiff takes memory for a tile or strip as the tags tell it; and a picture that a tag turns
    is held twice while it is turned."""
    tags = image.tag_v2
    if tags.get(_TURN, 1) != 1:
        bounds.check_memory(2 * pixels * len(image.getbands()))
    samples = tags.get(_SAMPLES, 1)
    width, height = tags.get(_TILE_WIDTH), tags.get(_TILE_LENGTH)
    if (width is None) != (height is None):  # libtiff would take the number of rows for the other
        raise SkippedPicture(Reason.DAMAGED, "tiles with one side")
    if width is None or height is None:
        width, height = image.width, min(image.height, tags.get(_ROWS_PER_STRIP, image.height))
    bits = tags.get(_BITS, (1,))
    sample_bytes = -(-max(bits if isinstance(bits, tuple) else (bits,)) // 8)
    bounds.check_memory(width * height * samples * sample_bytes)
    if width * height > max(_TILE_PIXELS, _TILE_OF_PICTURE * pixels):
        raise SkippedPicture(Reason.DAMAGED, f"tiles of {width} × {height}")
