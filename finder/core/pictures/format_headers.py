"""What lies before a picture's pixels, looked at byte by byte before a decoder is.

Pillow keeps whatever it meets there, in objects that take up to forty times the bytes, and some of
its readers go through it one byte at a time. So what is unlike any real picture is refused here.
"""

from __future__ import annotations

from dataclasses import dataclass

from finder.core.errors import Reason, SkippedPicture
from finder.core.pictures.mapped_file import Bytes

Size = tuple[int, int]

METADATA_BYTES = 64_000_000
"""For all of a picture's metadata; what the largest ones hold is an embedded preview or a depth
map."""

EXIF_BYTES = 4_000_000
"""The EXIF standard allows 64 kB; Pillow makes up to 25 bytes of one."""

_JUNK_BYTES = 1_000_000
_PARTS = 100_000
"""Segments, chunks or blocks of metadata."""

_SMALL_PARTS = 1_000_000
"""Chunks that hold pixels: a large picture may have many."""

_FRAME_HEADERS = 4_096
"""Bytes; a JPEG has one frame header, of at most 773."""


def _refused(what: str) -> SkippedPicture:
    return SkippedPicture(Reason.DAMAGED, what)


# JPEG (ITU-T T.81, annex B)


@dataclass(frozen=True)
class JpegHead:
    """size: width and height. coefficients: bytes that libjpeg needs for them until the last scan,
    where there are several. Where there are not, libjpeg refuses a second one."""

    size: Size
    coefficients: int
    has_several_scans: bool


def check_jpeg(data: Bytes) -> JpegHead | None:
    """What the frame header tells; None if there is none, or no scan. Raises SkippedPicture."""
    at, junk, exif, frames = 2, 0, 0, 0
    frame = b""
    for _ in range(_PARTS):
        end = min(len(data), at + _JUNK_BYTES + 1)
        mark = data.find(b"\xff", at, end)
        junk += (mark if mark >= 0 else end) - at
        if junk > _JUNK_BYTES:
            raise _refused(f"{junk} bytes that belong to nothing")
        if mark < 0 or mark + 4 > len(data):
            return None
        kind, body = data[mark + 1], mark + 2
        if kind in _ALONE:
            at = mark + (1 if kind == 0xFF else 2)
            continue
        if kind == 0xDA:
            return _jpeg_head(frame, data[body + 2 : body + 3]) if frame else None
        at = body + max(2, int.from_bytes(data[body : body + 2], "big"))
        if kind in _FRAMES:
            frames += at - body
            frame = frame or bytes([kind]) + data[body + 2 : min(at, body + 2 + _FRAME_HEADERS)]
        elif kind == 0xE1 and data[body + 2 : body + 6] == b"Exif":
            exif += at - body
        if exif > EXIF_BYTES or frames > _FRAME_HEADERS:
            raise _refused("a header that no camera writes")
        if at > METADATA_BYTES:
            raise _refused(f"more than {METADATA_BYTES} bytes of metadata")
    raise _refused(f"more than {_PARTS} segments")


_ALONE = frozenset((0x00, 0xFF, *range(0xD0, 0xDA)))
_FRAMES = frozenset({*range(0xC0, 0xD0), 0xDE} - {0xC4, 0xC8, 0xCC})


def _jpeg_head(frame: bytes, scan: bytes) -> JpegHead:
    """frame: the marker's second byte and the frame header. scan: how many components the first
    scan has."""
    size = _big(frame[4:6]), _big(frame[2:4])
    samplings = [(part >> 4) * (part & 15) for part in frame[8::3]]
    is_progressive = frame[0] in (0xC2, 0xC6, 0xCA, 0xCE)
    if not (is_progressive or scan < frame[6:7]):
        return JpegHead(size, 0, False)
    coefficients = 2 * size[0] * size[1] * sum(samplings) // max(1, *samplings, 1)
    return JpegHead(size, coefficients, True)


# PNG (ISO/IEC 15948, clause 5)


@dataclass(frozen=True)
class PngHead:
    """size: width and height. largest: bytes of the largest chunk of pixels, which Pillow may read
    whole."""

    size: Size
    largest: int


def check_png(data: Bytes) -> PngHead:
    """Raises SkippedPicture."""
    at, metadata, parts, largest = 8, 0, 0, 0
    for _ in range(_SMALL_PARTS):
        head = data[at : at + 8]
        if len(head) < 8 or head[4:] == b"IEND":
            size = data[16:24]
            return PngHead((_big(size[:4]), _big(size[4:])), largest)
        length = min(_big(head[:4]), len(data) - at - 8)
        at += 12 + length
        if head[4:] in (b"IDAT", b"fdAT"):
            largest = max(largest, length)
            continue
        parts += 1
        metadata += length
        if parts > _PARTS or metadata > METADATA_BYTES:
            raise _refused(f"{parts} chunks with {metadata} bytes of metadata")
    raise _refused(f"more than {_SMALL_PARTS} chunks")


def _big(part: bytes) -> int:
    return int.from_bytes(part, "big")


def _little(part: bytes) -> int:
    return int.from_bytes(part, "little")


# GIF (GIF89a)


@dataclass(frozen=True)
class FirstFrame:
    """A GIF's first frame by itself. size: the screen's, made large enough for the frame."""

    size: Size
    head: bytes
    pixels_at: int
    most_bytes: int

    def alone(self, data: Bytes) -> bytes:
        """A GIF that has this frame only, shows it as the whole file would, and tells nothing of
        what comes after it: Pillow prepares for the second frame while it opens a file."""
        return self.head + data[self.pixels_at : self.pixels_at + self.most_bytes] + b"\0;"


def find_first_frame(data: Bytes) -> FirstFrame:
    """Raises SkippedPicture where there is none."""
    at = palette_end = 13 + _palette_bytes(data[10:11])
    transparent = None
    for _ in range(_SMALL_PARTS):
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
    """Behind a row of sub-blocks."""
    for _ in range(_SMALL_PARTS):
        size = data[at] if at < len(data) else 0
        at += 1 + size
        if not size:
            return min(at, len(data))
    raise _refused(f"more than {_SMALL_PARTS} blocks")


def _palette_bytes(flags: bytes) -> int:
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 128 else 0


def _first_frame(data: Bytes, palette_end: int, at: int, transparent: int | None) -> FirstFrame:
    place = data[at + 1 : at + 10]
    if len(place) < 9:
        raise SkippedPicture(Reason.TRUNCATED, "the frame is cut off")
    left, top, width, height = (_little(place[i : i + 2]) for i in (0, 2, 4, 6))
    screen = _little(data[6:8]), _little(data[8:10])
    pixels_at = at + 10 + _palette_bytes(place[8:])
    control = b"" if transparent is None else b"!\xf9\4\1\0\0" + bytes([transparent, 0])
    return FirstFrame(
        (max(screen[0], left + width), max(screen[1], top + height)),
        data[:palette_end] + control + data[at:pixels_at],
        pixels_at,
        _LZW_FREELY + _LZW_BYTES * width * height,
    )


_LZW_BYTES, _LZW_FREELY = 4, 65_536
"""A pixel takes at most one code of 12 bits, and as much again where the codes begin anew."""


# WebP (RFC 9649, 2.5 to 2.7), BMP


def webp_size(data: Bytes) -> Size | None:
    """The canvas, which libwebp takes memory for as soon as it opens a file."""
    kind, part = data[12:16], data[20:30]
    if kind == b"VP8X":
        return 1 + _little(part[4:7]), 1 + _little(part[7:10])
    if kind == b"VP8L":
        bits = _little(part[1:5])
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        return _little(part[6:8]) & 0x3FFF, _little(part[8:10]) & 0x3FFF
    return None


@dataclass(frozen=True)
class BitmapHead:
    """is_packed: run-length encoded, which Pillow decodes in Python."""

    size: Size
    is_packed: bool


def check_bitmap(data: Bytes) -> BitmapHead | None:
    """What follows a BMP's first 14 bytes, and a DIB begins with. Raises SkippedPicture."""
    at = 14 if data[:2] == b"BM" else 0
    length = _little(data[at : at + 4])
    if length == 12:
        return BitmapHead((_little(data[at + 4 : at + 6]), _little(data[at + 6 : at + 8])), False)
    if length not in (40, 52, 56, 64, 108, 124):
        raise _refused(f"a header of {length} bytes")
    height = int.from_bytes(data[at + 8 : at + 12], "little", signed=True)
    size = _little(data[at + 4 : at + 8]), abs(height)
    return BitmapHead(size, _little(data[at + 16 : at + 20]) in (1, 2))
