"""File → upright RGB picture, at no more size than is needed.

One rule makes an embedding repeatable: the size a picture is decoded at depends on the picture
and on `short_side` alone, never on which models happen to run beside each other.
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

from finder.core.errors import Reason, SkippedPicture
from finder.core.limits import MAX_PIXELS
from finder.core.pictures.decode_limits import (
    Bounds,
    TooCostly,
    check_bytes,
    check_loaded_size,
    check_opened,
)
from finder.core.pictures.facts import PictureFacts as PictureFacts
from finder.core.pictures.file_reading import read_file as read_file
from finder.core.pictures.format_headers import EXIF_BYTES, find_first_frame
from finder.core.pictures.formats import (
    begins_like_a_picture,
    decoders,
    ends_early,
    looks_like_heif,
)
from finder.core.pictures.mapped_file import Bytes, stream_of

# The limit is ours to check (`bounds`, before decoding); Pillow's own would warn at 89 million.
Image.MAX_IMAGE_PIXELS = None

# Remarks on odd but readable metadata. Once and for all, because warnings.catch_warnings is not
# safe in several threads at a time.
warnings.filterwarnings("ignore", module=r"(PIL|pillow_heif)\.")


@dataclass(frozen=True)
class DecodedPicture:
    """An upright RGB image on white, its short side in [short_side, 2 × short_side) if the
    original was that large, and the original's facts."""

    image: Image.Image
    facts: PictureFacts


def decode(
    data: Bytes, short_side: int, max_pixels: int = MAX_PIXELS, spare: int | None = None
) -> DecodedPicture:
    """Decode a picture's bytes.

    short_side: pixels that the picture's shorter side must keep, where it has them. A JPEG is
    decoded at the smallest DCT scale (1/2, 1/4, 1/8) that keeps it; the rest is averaged down by
    whole factors. Of an animation it is the first frame. spare: bytes of memory that may be spent
    on it, if not all that a picture of max_pixels needs. Raises SkippedPicture, Costly.
    """
    if not data:
        raise SkippedPicture(Reason.EMPTY)
    bounds = Bounds(max_pixels, spare)
    try:
        check_bytes(data, bounds)
        with Image.open(_stream(data, bounds), formats=decoders()) as image:
            check_opened(image, data, bounds)
            return _decode_opened(image, short_side, bounds)
    except (SkippedPicture, TooCostly):
        raise
    except UnidentifiedImageError as error:
        raise SkippedPicture(_why_unidentified(data), "no decoder knows it") from error
    except MemoryError as error:
        raise SkippedPicture(Reason.OUT_OF_MEMORY, str(error)) from error
    except Exception as error:  # whatever a decoder raises is a fault of this one file
        reason = _why_broken(data, error)
        raise SkippedPicture(reason, f"{type(error).__name__}: {error}") from error


def _stream(data: Bytes, bounds: Bounds) -> BinaryIO:
    if data[:4] != b"GIF8":
        return stream_of(data)
    frame = find_first_frame(data)
    bounds.check_size(*frame.size)
    return io.BytesIO(frame.alone(data))


def _decode_opened(image: Image.Image, short_side: int, bounds: Bounds) -> DecodedPicture:
    width, height = image.size
    name = image.format or "?"
    drafted = name in _DRAFTED
    if drafted:
        image.draft("RGB", _draft_size(width, height, short_side))
    check_loaded_size(image, short_side, bounds)
    image.load()
    if not drafted:
        width, height = image.size  # a TIFF turns itself upright while loading
    orientation, taken = _read_exif(image)
    upright = _on_white(_reduced(image, short_side))
    if orientation in _UPRIGHT:
        upright = upright.transpose(_UPRIGHT[orientation])
    if orientation >= 5:
        width, height = height, width
    return DecodedPicture(upright, PictureFacts(width, height, name, taken, orientation))


_DRAFTED = ("JPEG", "MPO")
"""Formats whose decoder scales; the HEIF one would take an embedded preview instead."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation (EXIF 2.32, 4.6.4 A) to what turns the picture upright."""


def _draft_size(width: int, height: int, short_side: int) -> tuple[int, int]:
    """The size to ask the JPEG decoder for: it takes the smallest scale not below it."""
    short = min(width, height)
    wanted = min(short, short_side)
    return width * wanted // short, height * wanted // short


def _reduced(image: Image.Image, short_side: int) -> Image.Image:
    """Averaged down by a whole factor, so that what follows is cheap."""
    factor = min(image.size) // short_side
    if factor < 2:
        return image
    spread = _spread(image)
    bands = [_plain_channels(band, spread).reduce(factor) for band in _bands(image, factor)]
    small = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    top = 0
    for band in bands:
        small.paste(band, (0, top))
        top += band.height
    return small


_BAND_PIXELS = 4_000_000


def _bands(image: Image.Image, factor: int = 1) -> Iterator[Image.Image]:
    """The picture from the top, each part a multiple of `factor` rows high: a copy of a large
    picture in another mode would take several times its memory."""
    rows = max(1, _BAND_PIXELS // (image.width * factor)) * factor
    if rows >= image.height or (image.mode in _PLAIN and not image.has_transparency_data):
        yield image
        return
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


_PLAIN = ("L", "RGB", "CMYK", "RGBa", "YCbCr")


def _plain_channels(image: Image.Image, spread: tuple[float, float]) -> Image.Image:
    """The same picture in a mode whose numbers may be averaged: 0 … 255 for each channel, and
    colours that are transparent do not shine through (premultiplied)."""
    if image.mode.startswith(("I", "F")):
        return _to_eight_bits(image, *spread)
    if image.has_transparency_data:
        return image.convert("RGBA").convert("RGBa")
    return image if image.mode in _PLAIN else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    """Any mode to RGB; what is transparent shows white."""
    spread = _spread(image)
    bands = list(_bands(image))
    if len(bands) == 1:
        return _band_on_white(image, spread)
    flat = Image.new("RGB", image.size)
    top = 0
    for band in bands:
        flat.paste(_band_on_white(band, spread), (0, top))
        top += band.height
    return flat


def _band_on_white(band: Image.Image, spread: tuple[float, float]) -> Image.Image:
    flat = _plain_channels(band, spread)
    if flat.mode == "RGBa":
        flat = flat.convert("RGBA")
        flat = Image.alpha_composite(Image.new("RGBA", flat.size, "white"), flat)
    return flat.convert("RGB")


def _spread(image: Image.Image) -> tuple[float, float]:
    """The smallest and the largest value of a 32-bit or float picture, else (0, 0)."""
    if image.mode not in ("I", "F"):
        return 0.0, 0.0
    ends = [(values.min(), values.max()) for values in map(_numbers, _bands(image))]
    return float(min(low for low, _ in ends)), float(max(high for _, high in ends))


def _numbers(image: Image.Image) -> NDArray[np.float64]:
    """A grey picture's values, [height, width]; what is no number or endless is 0."""
    return np.nan_to_num(np.asarray(image).astype(np.float64), posinf=0.0, neginf=0.0)


def _to_eight_bits(image: Image.Image, low: float, high: float) -> Image.Image:
    """16- and 32-bit grey to 8 bits. Pillow's own conversion would clip at 255.

    16-bit counts to 65,535; a 32-bit or float picture is stretched over its own range, low to high.
    """
    values = _numbers(image)
    if image.mode.startswith("I;16") or (image.mode == "I" and 255 < high <= 65_535):
        grey = values / 257.0
    elif image.mode == "I" and low >= 0 and high <= 255:
        grey = values
    else:
        grey = (values - low) * (255.0 / (high - low)) if high > low else values * 0
    return Image.fromarray(np.clip(np.rint(grey), 0, 255).astype(np.uint8))


def _read_exif(image: Image.Image) -> tuple[int, str | None]:
    """(orientation 1 to 8, time taken). Metadata that cannot be read is no fault of the picture.

    taken is DateTimeOriginal, else DateTimeDigitized, else DateTime (EXIF 2.32, 4.6.4 D).
    """
    if len(image.info.get("exif") or b"") > EXIF_BYTES:
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
    except Exception:  # a damaged EXIF block raises whatever the damage leads to
        return 1, None
    taken = next((t for t in map(_iso_time, times) if t), None)
    return (int(orientation) if orientation in _UPRIGHT else 1), taken


def _iso_time(value: object) -> str | None:
    try:
        return str(datetime.strptime(str(value or "")[:19], "%Y:%m:%d %H:%M:%S"))
    except ValueError:
        return None


def _why_unidentified(data: Bytes) -> Reason:
    if looks_like_heif(data[:12]) and "HEIF" not in decoders():
        return Reason.NEEDS_HEIF
    if not begins_like_a_picture(data[:64]):
        return Reason.NOT_A_PICTURE
    return Reason.TRUNCATED if ends_early(data) else Reason.DAMAGED


def _why_broken(data: Bytes, error: Exception) -> Reason:
    if isinstance(error, EOFError) or "truncated" in str(error).lower() or ends_early(data):
        return Reason.TRUNCATED
    return Reason.DAMAGED
