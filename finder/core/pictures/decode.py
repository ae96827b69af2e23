"""Decodes a picture file to an upright RGB image, no larger than needed.

The size that a picture is decoded at depends on the picture and on `short_side` only, never on
which models run together: this makes embeddings reproducible.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError
from PIL.ImageFile import ImageFile

from finder.core.errors import Reason, SkippedPicture
from finder.core.limits import MAX_PIXELS
from finder.core.pictures.decode_limits import (
    BudgetExceeded,
    DecodeLimits,
    check_decoded_size,
    check_headers,
    check_opened_image,
)
from finder.core.pictures.facts import PictureFacts as PictureFacts
from finder.core.pictures.file_reading import read_file as read_file
from finder.core.pictures.formats import (
    decoders,
    has_picture_signature,
    is_heif,
    is_truncated,
)
from finder.core.pictures.headers.format_headers import MAX_EXIF_BYTES, read_first_frame
from finder.core.pictures.mapped_file import Bytes, open_stream
from finder.core.pictures.metadata.describe import describe
from finder.core.pictures.metadata.description import NOTHING, Description

# `decode_limits` checks the size before decoding; Pillow's own limit would warn at 89 million
# pixels.
Image.MAX_IMAGE_PIXELS = None

# Pillow warns of odd but readable metadata. Filtered globally, because warnings.catch_warnings is
# not thread-safe.
warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\.")


@dataclass(frozen=True)
class DecodedPicture:
    """An upright RGB image on white, and the facts of the original. The short side is in
    [short_side, 2 × short_side) if the original was that large."""

    image: Image.Image
    facts: PictureFacts
    description: Description = NOTHING


def decode(
    data: Bytes, short_side: int, max_pixels: int = MAX_PIXELS, memory_limit: int | None = None
) -> DecodedPicture:
    """Decode a picture's bytes.

    short_side: pixels that the picture's shorter side keeps at least, if it has that many. A JPEG
    is decoded at the smallest DCT scale (1/2, 1/4, 1/8) that is large enough; the result is
    averaged down by a whole factor. Of an animation the first frame is decoded. memory_limit:
    bytes that may be used; by default as much as a picture of max_pixels needs. Raises
    SkippedPicture, BudgetExceeded.
    """
    if not data:
        raise SkippedPicture(Reason.EMPTY)
    limits = DecodeLimits(max_pixels, memory_limit)
    try:
        check_headers(data, limits)
        with Image.open(_open_stream(data, limits), formats=decoders()) as image:
            check_opened_image(image, data, limits)
            return _decode_opened(image, short_side, limits)
    except (SkippedPicture, BudgetExceeded):
        raise
    except UnidentifiedImageError as error:
        raise SkippedPicture(_unidentified_reason(data), "no decoder accepts it") from error
    except MemoryError as error:
        raise SkippedPicture(Reason.OUT_OF_MEMORY, str(error)) from error
    except Exception as error:  # whatever a decoder raises concerns this one file only
        reason = _failure_reason(data, error)
        raise SkippedPicture(reason, f"{type(error).__name__}: {error}") from error


def read_description(data: Bytes, memory_limit: int | None = None) -> Description | None:
    """What a picture's metadata says, without decoding the picture; None where that cannot be
    known here. memory_limit: see `decode`."""
    limits = DecodeLimits(MAX_PIXELS, memory_limit)
    try:
        check_headers(data, limits)
        with Image.open(_open_stream(data, limits), formats=decoders()) as image:
            check_opened_image(image, data, limits)
            return describe(image)
    except Exception:  # as for `decode`
        return None


def _open_stream(data: Bytes, limits: DecodeLimits) -> BinaryIO:
    if data[:4] != b"GIF8":
        return open_stream(data)
    frame = read_first_frame(data)
    limits.check_size(*frame.size)
    return io.BytesIO(frame.as_gif(data))


def _decode_opened(image: ImageFile, short_side: int, limits: DecodeLimits) -> DecodedPicture:
    width, height = image.size
    name = image.format or "?"
    is_scaled = name in _SCALED_BY_DECODER
    if is_scaled:
        image.draft("RGB", _draft_size(width, height, short_side))
        image.decodermaxblock = _JPEG_BLOCK
    check_decoded_size(image, short_side, limits)
    image.load()
    if not is_scaled:
        width, height = image.size  # Pillow rotates a TIFF while loading it
    orientation, taken = _read_exif(image)
    upright = _on_white(_reduced(image, short_side))
    if orientation in _TRANSPOSE_FOR:
        upright = upright.transpose(_TRANSPOSE_FOR[orientation])
    if orientation >= 5:
        width, height = height, width
    facts = PictureFacts(width, height, name, taken, orientation)
    return DecodedPicture(upright, facts, describe(image))


_SCALED_BY_DECODER = ("JPEG", "MPO")
"""Formats whose decoder can scale. The one for HEIF would use an embedded preview instead."""

_JPEG_BLOCK = 1_000_000
"""Bytes that the JPEG decoder gets at a time. With Pillow's 64 kB a picture of 12 megapixels takes
2.5 % longer, and Python's lock is taken thirty times instead of twice."""

_TRANSPOSE_FOR = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation (EXIF 2.32, 4.6.4 A) to the operation that makes the picture upright."""


def _draft_size(width: int, height: int, short_side: int) -> tuple[int, int]:
    """The size to request from the JPEG decoder, which picks the smallest scale not below it."""
    short = min(width, height)
    target = min(short, short_side)
    return width * target // short, height * target // short


def _reduced(image: Image.Image, short_side: int) -> Image.Image:
    """The image averaged down by a whole factor, so that all further steps are cheap."""
    factor = min(image.size) // short_side
    if factor < 2:
        return image
    value_range = _value_range(image)
    bands = [_averageable(band, value_range).reduce(factor) for band in _bands(image, factor)]
    small = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    top = 0
    for band in bands:
        small.paste(band, (0, top))
        top += band.height
    return small


_BAND_PIXELS = 4_000_000


def _bands(image: Image.Image, factor: int = 1) -> Iterator[Image.Image]:
    """Horizontal bands from the top, each a multiple of `factor` rows high. Converting a large
    picture as a whole would take several times its memory."""
    rows = max(1, _BAND_PIXELS // (image.width * factor)) * factor
    if rows >= image.height or (image.mode in _AVERAGED_MODES and not image.has_transparency_data):
        yield image
        return
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


_AVERAGED_MODES = ("L", "RGB", "CMYK", "RGBa", "YCbCr")


def _averageable(image: Image.Image, value_range: tuple[float, float]) -> Image.Image:
    """The same picture in a mode whose values can be averaged: 0 … 255 per channel, and colours
    premultiplied by their opacity."""
    if image.mode.startswith(("I", "F")):
        return _to_eight_bits(image, *value_range)
    if image.has_transparency_data:
        return image.convert("RGBA").convert("RGBa")
    return image if image.mode in _AVERAGED_MODES else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB, with white behind transparent parts."""
    value_range = _value_range(image)
    bands = list(_bands(image))
    if len(bands) == 1:
        return _band_on_white(image, value_range)
    flat = Image.new("RGB", image.size)
    top = 0
    for band in bands:
        flat.paste(_band_on_white(band, value_range), (0, top))
        top += band.height
    return flat


def _band_on_white(band: Image.Image, value_range: tuple[float, float]) -> Image.Image:
    flat = _averageable(band, value_range)
    if flat.mode == "RGBa":
        flat = flat.convert("RGBA")
        flat = Image.alpha_composite(Image.new("RGBA", flat.size, "white"), flat)
    return flat if flat.mode == "RGB" else flat.convert("RGB")


def _value_range(image: Image.Image) -> tuple[float, float]:
    """The smallest and the largest value of a 32-bit or float picture; (0, 0) for other modes."""
    if image.mode not in ("I", "F"):
        return 0.0, 0.0
    ends = [(values.min(), values.max()) for values in map(_grey_values, _bands(image))]
    return float(min(low for low, _ in ends)), float(max(high for _, high in ends))


def _grey_values(image: Image.Image) -> NDArray[np.float64]:
    """The values of a grey picture, [height, width]. NaN and infinity become 0."""
    return np.nan_to_num(np.asarray(image).astype(np.float64), posinf=0.0, neginf=0.0)


def _to_eight_bits(image: Image.Image, low: float, high: float) -> Image.Image:
    """Convert 16- and 32-bit grey to 8 bits; Pillow's own conversion would clip at 255.

    16 bits are divided by 257; a 32-bit or float picture is stretched from its range, low to high.
    """
    values = _grey_values(image)
    if image.mode.startswith("I;16") or (image.mode == "I" and 255 < high <= 65_535):
        grey = values / 257.0
    elif image.mode == "I" and low >= 0 and high <= 255:
        grey = values
    else:
        grey = (values - low) * (255.0 / (high - low)) if high > low else values * 0
    return Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))


def _read_exif(image: Image.Image) -> tuple[int, str | None]:
    """(orientation 1 to 8, time taken). Unreadable metadata does not make a picture unusable.

    taken is DateTimeOriginal, else DateTimeDigitized, else DateTime (EXIF 2.32, 4.6.4 D).
    """
    if len(image.info.get("exif") or b"") > MAX_EXIF_BYTES:
        return 1, None
    try:
        exif = image.getexif()
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        orientation = exif.get(ExifTags.Base.Orientation, 1)
        times = (
            inner.get(ExifTags.Base.DateTimeOriginal),
            inner.get(ExifTags.Base.DateTimeDigitized),
            exif.get(ExifTags.Base.DateTime),
        )
    except Exception:  # a damaged EXIF block can raise anything
        return 1, None
    taken = next((t for t in map(_iso_time, times) if t), None)
    return (int(orientation) if orientation in _TRANSPOSE_FOR else 1), taken


def _iso_time(value: object) -> str | None:
    if not value:
        return None
    try:
        return str(datetime.strptime(str(value)[:19], "%Y:%m:%d %H:%M:%S"))
    except ValueError:
        return None


def _unidentified_reason(data: Bytes) -> Reason:
    if is_heif(data[:12]) and "HEIF" not in decoders():
        return Reason.NEEDS_HEIF
    if not has_picture_signature(data[:64]):
        return Reason.NOT_A_PICTURE
    return Reason.TRUNCATED if is_truncated(data) else Reason.DAMAGED


def _failure_reason(data: Bytes, error: Exception) -> Reason:
    if isinstance(error, EOFError) or "truncated" in str(error).lower() or is_truncated(data):
        return Reason.TRUNCATED
    return Reason.DAMAGED
