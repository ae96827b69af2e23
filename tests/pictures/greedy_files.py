"""Small files that ask for much memory."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from picture_files import encoded, noisy


def gif(screen: tuple[int, int], frame: tuple[int, int], disposal: int = 2) -> bytes:
    """One frame with a graphic control extension (GIF89a, 23)."""
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80, 0, 0) + bytes(6)
    control = b"!\xf9\4" + bytes([disposal << 2, 0, 0, 0, 0])
    image = b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\2\2\x44\1\0"
    return head + control + image + b";"


def _gif_with_comments() -> bytes:
    whole = encoded(noisy(), "GIF")
    at = 13 + (3 << ((whole[10] & 7) + 1))
    return whole[:at] + b"!\xfe" + b"\2ab" * 10_000_000 + b"\0" + whole[at:]


def _jpeg_with(segment: bytes, times: int) -> bytes:
    plain = encoded(noisy(), "JPEG")
    return plain[:2] + segment * times + plain[2:]


def _frame_headers() -> bytes:
    body = struct.pack(">BHHB", 8, 16, 16, 3) + bytes((1, 0x11, 0)) * 20_000
    return _jpeg_with(b"\xff\xc0" + struct.pack(">H", len(body) + 2) + body, 400)


def _exif_of_numbers() -> bytes:
    """A tag of fractions in as many EXIF segments as it takes (they are joined)."""
    count = 3_000_000
    tags = struct.pack("<HHHIII", 1, 0x8769, 4, 1, 26, 0)
    inner = struct.pack("<HHHIII", 1, 0x9000, 5, count, 44, 0)
    tiff = b"II*\0" + struct.pack("<I", 8) + tags + inner + b"\1\0\0\0" * (2 * count)
    parts = [tiff[i : i + 65_000] for i in range(0, len(tiff), 65_000)]
    segments = [b"\xff\xe1" + struct.pack(">H", len(p) + 8) + b"Exif\0\0" + p for p in parts]
    return _jpeg_with(b"".join(segments), 1)


def _separate_scans() -> bytes:
    """A baseline JPEG of 256 megapixels, each component in a scan of its own."""
    plain = encoded(noisy(), "JPEG", subsampling=0)
    frame, scan = plain.index(b"\xff\xc0"), plain.index(b"\xff\xda")
    large = struct.pack(">HH", 16_000, 16_000)
    one = b"\xff\xda\0\x08\1\1\0\0\x3f\0"
    return plain[: frame + 5] + large + plain[frame + 9 : scan] + one + bytes(1_000) + b"\xff\xd9"


def _png_with(chunks: bytes) -> bytes:
    plain = encoded(noisy(), "PNG")
    return plain[:33] + chunks + plain[33:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check


def _tiff(tags: dict[int, tuple[int, int, int]], tail: int = 0) -> bytes:
    """tags: number → (type, count, value)."""
    plain = {256: 16, 257: 16, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 279: 256}
    entries = {number: (4, 1, value) for number, value in plain.items()} | tags
    body = b"".join(struct.pack("<HHII", tag, *entries[tag]) for tag in sorted(entries))
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + bytes(4) + bytes(tail)


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def _grid(brand: bytes, side: int) -> bytes:
    """A file whose picture is a grid of one tile; the grid says how large it is."""
    grid = bytes((0, 1, 0, 0)) + struct.pack(">II", side, side)
    infe = _box(b"infe", b"\2\0\0\0" + struct.pack(">HH", 1, 0) + b"grid\0")
    items = _box(b"iinf", bytes(4) + struct.pack(">H", 1) + infe)
    place = struct.pack(">HHHHHHII", 0x4400, 1, 1, 1, 0, 1, 0, len(grid))
    iloc = _box(b"iloc", b"\1\0\0\0" + place)
    primary = _box(b"pitm", bytes(4) + struct.pack(">H", 1))
    meta = _box(b"meta", bytes(4) + primary + items + iloc + _box(b"idat", grid))
    return _box(b"ftyp", brand + bytes(4) + brand) + meta


def lying_avif(width_bits: int = 15, height_bits: int = 15) -> bytes:
    """An AVIF of 160 × 120 whose stream says 32,768 × 32,768 (or other powers of two)."""
    data = bytearray(encoded(noisy(), "AVIF"))
    at = data.index(b"mdat") + 4
    start = data.index(b"\x0a", at)  # a sequence header with a size
    size = data[start + 1]
    bits = "".join(f"{byte:08b}" for byte in data[start + 2 : start + 2 + size])
    assert bits[4] == "1", "the header of a still picture"
    field = 5 + 5
    numbers = f"{width_bits - 1:04b}{height_bits - 1:04b}" + "1" * (width_bits + height_bits)
    old = int(bits[field : field + 4], 2) + int(bits[field + 4 : field + 8], 2) + 2
    bits = bits[:field] + numbers + bits[field + 8 + old :]
    bits += "0" * (-len(bits) % 8)
    header = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    grown = len(header) - size
    data[start + 1 : start + 2 + size] = bytes([len(header)]) + header
    return _grown(bytes(data), grown)


def _grown(data: bytes, by: int) -> bytes:
    """The first item's length in `iloc`, made good (version 0, 4 bytes for a length)."""
    at = data.index(b"iloc") + 4
    assert data[at] == 0 and data[at + 4] >> 4 == 4
    length = at + 8 + 6 + 4
    new = struct.pack(">I", struct.unpack(">I", data[length : length + 4])[0] + by)
    return data[:length] + new + data[length + 4 :]


def run_length_bmp() -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, 17_000, 17_000, 1, 8, 1, 0, 0, 0, 256, 0)
    size = struct.pack("<2sIII", b"BM", 0, 0, 54 + 1_024)
    return size + head + bytes(range(256)) * 4 + b"\1\1\0\0" * 5_000


_SIDE = 65_535

GREEDY: dict[str, Callable[[], bytes]] = {
    "GIF, frame is disposed of": lambda: gif((_SIDE, _SIDE), (_SIDE, _SIDE)),
    "GIF, frame larger than its screen": lambda: gif((1, 1), (_SIDE, _SIDE)),
    "GIF, previous content": lambda: gif((1, 1), (_SIDE, _SIDE), 3),
    "GIF, comments": _gif_with_comments,
    "JPEG, empty comments": lambda: _jpeg_with(b"\xff\xfe\0\2", 4_000_000),
    "JPEG, frame headers": _frame_headers,
    "JPEG, fractions": _exif_of_numbers,
    "JPEG, separate scans": _separate_scans,
    "JPEG, metadata": lambda: _jpeg_with(b"\xff\xe5\xff\xff" + bytes(65_533), 1_500),
    "PNG, empty chunks": lambda: _png_with(_chunk(b"prVt", b"") * 1_000_000),
    "PNG, short texts": lambda: _png_with(
        b"".join(_chunk(b"tEXt", b"%d\0" % n) for n in range(500_000))
    ),
    "PNG, private data": lambda: _png_with(_chunk(b"prVt", bytes(1_000_000)) * 160),
    "WebP, lossless": lambda: b"RIFF\x20\0\0\0WEBPVP8L\x14\0\0\0\x2f\xff\xff\xff\x0f" + bytes(20),
    "TIFF, strips": lambda: _tiff({273: (3, 10_000_000, 200)}, 20_000_000),
    "TIFF, fractions": lambda: _tiff({40_000: (5, 4_000_000, 200)}, 32_000_000),
    "BMP, long header": lambda: (
        b"BM" + bytes(12) + struct.pack("<I", 90_000_000) + bytes(90_000_000)
    ),
    "AVIF, grid": lambda: _grid(b"avif", 20_000),
    "HEIC, grid": lambda: _grid(b"heic", 20_000),
    "AVIF, stream": lying_avif,
    "AVIF, stream within libavif's limit": lambda: lying_avif(14, 14),
}
