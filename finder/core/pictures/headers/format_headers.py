"""Reads the headers of picture files before a decoder does.

Pillow keeps all metadata that it finds, in objects of up to forty times the size, and some of its
readers advance one byte at a time. So files whose headers are unlike any real picture are rejected
here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from finder.core.errors import Reason, SkippedPicture

if TYPE_CHECKING:
    from finder.core.pictures.mapped_file import Bytes

Size = tuple[int, int]

MAX_METADATA_BYTES = 64_000_000
"""For all of a picture's metadata; the largest real ones hold an embedded preview or a depth
map."""

MAX_EXIF_BYTES = 4_000_000
"""The EXIF standard allows 64 kB; Pillow uses up to 25 bytes of memory for one."""

_MAX_STRAY_BYTES = 1_000_000
_MAX_METADATA_PARTS = 100_000
"""Segments, chunks or blocks of metadata."""

_MAX_PARTS = 1_000_000
"""Chunks that hold pixels: a large picture may have many."""

_MAX_FRAME_HEADER_BYTES = 4_096
"""Bytes; a JPEG has one frame header, of at most 773."""


def _damaged(what: str) -> SkippedPicture:
    return SkippedPicture(Reason.DAMAGED, what)


# JPEG (ITU-T T.81, annex B)


@dataclass(frozen=True)
class JpegHeader:
    """size: (width, height). coefficients: bytes in which libjpeg keeps them until the last scan,
    if there are several; 0 if there is one, as libjpeg then rejects a second."""

    size: Size
    coefficients: int
    has_several_scans: bool


def read_jpeg_header(data: Bytes) -> JpegHeader | None:
    """The facts in the frame header; None without a frame header or scan. Raises SkippedPicture."""
    at, stray, exif, frames = 2, 0, 0, 0
    frame = b""
    for _ in range(_MAX_METADATA_PARTS):
        end = min(len(data), at + _MAX_STRAY_BYTES + 1)
        marker = data.find(b"\xff", at, end)
        stray += (marker if marker >= 0 else end) - at
        if stray > _MAX_STRAY_BYTES:
            raise _damaged(f"{stray} bytes outside any segment")
        if marker < 0 or marker + 4 > len(data):
            return None
        kind, body = data[marker + 1], marker + 2
        if kind in _STANDALONE_MARKERS:
            at = marker + (1 if kind == 0xFF else 2)
            continue
        if kind == 0xDA:
            return _jpeg_header(frame, data[body + 2 : body + 3]) if frame else None
        at = body + max(2, int.from_bytes(data[body : body + 2], "big"))
        if kind in _FRAME_MARKERS:
            frames += at - body
            frame = (
                frame
                or bytes([kind]) + data[body + 2 : min(at, body + 2 + _MAX_FRAME_HEADER_BYTES)]
            )
        elif kind == 0xE1 and data[body + 2 : body + 6] == b"Exif":
            exif += at - body
        if exif > MAX_EXIF_BYTES or frames > _MAX_FRAME_HEADER_BYTES:
            raise _damaged("a header that no camera writes")
        if at > MAX_METADATA_BYTES:
            raise _damaged(f"more than {MAX_METADATA_BYTES} bytes of metadata")
    raise _damaged(f"more than {_MAX_METADATA_PARTS} segments")


_STANDALONE_MARKERS = frozenset((0x00, 0xFF, *range(0xD0, 0xDA)))
_FRAME_MARKERS = frozenset({*range(0xC0, 0xD0), 0xDE} - {0xC4, 0xC8, 0xCC})


def _jpeg_header(frame: bytes, scan: bytes) -> JpegHeader:
    """frame: the marker's second byte and the frame header. scan: one byte, the number of
    components in the first scan."""
    size = _uint_be(frame[4:6]), _uint_be(frame[2:4])
    samplings = [(part >> 4) * (part & 15) for part in frame[8::3]]
    is_progressive = frame[0] in (0xC2, 0xC6, 0xCA, 0xCE)
    if not (is_progressive or scan < frame[6:7]):
        return JpegHeader(size, 0, False)
    coefficients = 2 * size[0] * size[1] * sum(samplings) // max(1, *samplings, 1)
    return JpegHeader(size, coefficients, True)


# PNG (ISO/IEC 15948, clause 5)


@dataclass(frozen=True)
class PngHeader:
    """size: (width, height). largest_chunk: bytes of the largest chunk of pixels, which Pillow may
    read at once."""

    size: Size
    largest_chunk: int


def read_png_header(data: Bytes) -> PngHeader:
    """Raises SkippedPicture."""
    at, metadata, parts, largest_chunk = 8, 0, 0, 0
    for _ in range(_MAX_PARTS):
        head = data[at : at + 8]
        if len(head) < 8 or head[4:] == b"IEND":
            size = data[16:24]
            return PngHeader((_uint_be(size[:4]), _uint_be(size[4:])), largest_chunk)
        length = min(_uint_be(head[:4]), len(data) - at - 8)
        at += 12 + length
        if head[4:] in (b"IDAT", b"fdAT"):
            largest_chunk = max(largest_chunk, length)
            continue
        parts += 1
        metadata += length
        if parts > _MAX_METADATA_PARTS or metadata > MAX_METADATA_BYTES:
            raise _damaged(f"{parts} chunks with {metadata} bytes of metadata")
    raise _damaged(f"more than {_MAX_PARTS} chunks")


def _uint_be(part: bytes) -> int:
    return int.from_bytes(part, "big")


def _uint_le(part: bytes) -> int:
    return int.from_bytes(part, "little")


# GIF (GIF89a)


@dataclass(frozen=True)
class FirstFrame:
    """A GIF's first frame. size: of the screen, extended to contain the frame."""

    size: Size
    head: bytes
    pixels_start: int
    max_bytes: int

    def as_gif(self, data: Bytes) -> bytes:
        """A GIF with only this frame, shown as in the whole file. Pillow would otherwise prepare
        the second frame while it opens the file."""
        return self.head + data[self.pixels_start : self.pixels_start + self.max_bytes] + b"\0;"


def read_first_frame(data: Bytes) -> FirstFrame:
    """Raises SkippedPicture if the file has no frame."""
    at = palette_end = 13 + _palette_bytes(data[10:11])
    transparent = None
    for _ in range(_MAX_PARTS):
        kind = data[at : at + 1]
        if kind == b",":
            return _first_frame(data, palette_end, at, transparent)
        if kind in (b"", b";"):
            break
        at += 1
        if kind != b"!":
            continue
        if data[at : at + 1] == b"\xf9" and data[at + 1 : at + 2] >= b"\4" and data[at + 2] & 1:
            transparent = data[at + 5]
        at = _blocks_end(data, at + 1)
    ended = not data[at:]
    raise SkippedPicture(Reason.TRUNCATED if ended else Reason.DAMAGED, "there is no frame")


def _blocks_end(data: Bytes, at: int) -> int:
    """The position after a sequence of sub-blocks."""
    for _ in range(_MAX_PARTS):
        size = data[at] if at < len(data) else 0
        at += 1 + size
        if not size:
            return min(at, len(data))
    raise _damaged(f"more than {_MAX_PARTS} blocks")


def _palette_bytes(flags: bytes) -> int:
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 128 else 0


def _first_frame(data: Bytes, palette_end: int, at: int, transparent: int | None) -> FirstFrame:
    descriptor = data[at + 1 : at + 10]
    if len(descriptor) < 9:
        raise SkippedPicture(Reason.TRUNCATED, "the frame is cut off")
    left, top, width, height = (_uint_le(descriptor[i : i + 2]) for i in (0, 2, 4, 6))
    screen = _uint_le(data[6:8]), _uint_le(data[8:10])
    pixels_start = at + 10 + _palette_bytes(descriptor[8:])
    control = b"" if transparent is None else b"!\xf9\4\1\0\0" + bytes([transparent, 0])
    return FirstFrame(
        (max(screen[0], left + width), max(screen[1], top + height)),
        data[:palette_end] + control + data[at:pixels_start],
        pixels_start,
        _LZW_BASE_BYTES + _LZW_BYTES_PER_PIXEL * width * height,
    )


_LZW_BYTES_PER_PIXEL, _LZW_BASE_BYTES = 4, 65_536
"""A pixel takes at most one code of 12 bits, and as much again where the code table is reset."""


# WebP (RFC 9649, 2.5 to 2.7), BMP


def read_webp_size(data: Bytes) -> Size | None:
    """The canvas, which libwebp allocates when it opens a file. None if unknown."""
    kind, part = data[12:16], data[20:30]
    if kind == b"VP8X":
        return 1 + _uint_le(part[4:7]), 1 + _uint_le(part[7:10])
    if kind == b"VP8L":
        bits = _uint_le(part[1:5])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return _uint_le(part[6:8]) & 0x3FFF, _uint_le(part[8:10]) & 0x3FFF
    return None


@dataclass(frozen=True)
class BmpHeader:
    """is_run_length_encoded: which Pillow decodes in Python."""

    size: Size
    is_run_length_encoded: bool


def read_bmp_header(data: Bytes) -> BmpHeader | None:
    """Reads a BMP or, without the first 14 bytes, a DIB. Raises SkippedPicture."""
    at = 14 if data[:2] == b"BM" else 0
    length = _uint_le(data[at : at + 4])
    if length == 12:
        return BmpHeader((_uint_le(data[at + 4 : at + 6]), _uint_le(data[at + 6 : at + 8])), False)
    if length not in (40, 52, 56, 64, 108, 124):
        raise _damaged(f"a header of {length} bytes")
    height = int.from_bytes(data[at + 8 : at + 12], "little", signed=True)
    size = _uint_le(data[at + 4 : at + 8]), abs(height)
    return BmpHeader(size, _uint_le(data[at + 16 : at + 20]) in (1, 2))
