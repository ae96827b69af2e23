"""Mutations that follow a format's structure: sizes, disposal, chunks, tiles, boxes, directories.

Each makes a change to a real file that a parser accepts; flipped bits are mostly detected.
"""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Callable, Mapping

Mutation = Callable[[bytearray, random.Random], bytearray]


def side(chance: random.Random, most: int = 65_535) -> int:
    """A width or height: edges, what is just within the limits, and anything."""
    known = (0, 1, 2, 255, 4_000, 16_383, 16_384, 17_000, 17_321, 32_768, 65_500, 65_535, 65_536)
    return min(most, chance.choice((*known, chance.randint(1, 20_000), chance.randint(1, most))))


# GIF


def _gif(data: bytearray, chance: random.Random) -> bytearray:
    """Another screen; before the first frame other control blocks, comments or extensions; another
    place and size of the frame."""
    if len(data) < 13 or data[:3] != b"GIF":
        return data
    at = 13 + (3 << ((data[10] & 7) + 1) if data[10] & 128 else 0)
    head, rest = bytearray(data[:at]), data[at:]
    if chance.random() < 0.4:
        struct.pack_into("<HH", head, 6, side(chance), side(chance))
    blocks = b"".join(_gif_block(chance) for _ in range(chance.choice((0, 1, 1, 2, 5))))
    frame = rest.find(b",")
    if frame >= 0 and frame + 10 <= len(rest) and chance.random() < 0.7:
        place = [chance.choice((0, 0, side(chance))) for _ in range(2)]
        struct.pack_into("<HHHH", rest, frame + 1, *place, side(chance), side(chance))
        rest[frame + 9] ^= chance.choice((0, 0, 0x40, 0x80, 7))
    return head + blocks + rest


def _gif_block(chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.6:
        flags = chance.randrange(8) << 2 | chance.randrange(2)
        return b"!\xf9\4" + bytes([flags, 1, 0, chance.randrange(256), 0])
    sizes = [chance.choice((1, 2, 255)) for _ in range(chance.choice((1, 30, 3_000)))]
    blocks = b"".join(bytes([size]) + b"c" * size for size in sizes)
    if kind < 0.8:
        return b"!\xfe" + blocks + b"\0"
    return b"!\xff\x0bXMP DataXMP" + blocks + chance.choice((b"\0", b""))


# JPEG, MPO


def _jpeg(data: bytearray, chance: random.Random) -> bytearray:
    """A frame's kind, size or sampling; scans of single components; metadata again and again; the
    entries of an MP index."""
    frame = re.search(rb"\xff[\xc0-\xc2]\0[\x0b-\x14]\x08", data)
    way = chance.random()
    if frame and way < 0.5:
        at = frame.start()
        struct.pack_into(">HH", data, at + 5, side(chance), side(chance))
        if chance.random() < 0.4:
            data[at + 1] = chance.choice((0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xCA))
        if chance.random() < 0.4 and at + 12 < len(data):
            data[at + 11] = chance.choice((0x11, 0x22, 0x44, 0x14, 0x41, 0xFF, 0))
    elif way < 0.65:
        scan = data.find(b"\xff\xda")
        one = bytes([0xFF, 0xDA, 0, 8, 1, chance.randrange(4), 0, 0, 63, 0])
        if scan >= 0:
            data[scan:scan] = one + bytes(chance.choice((0, 3, 200)))
    elif way < 0.9:
        body = chance.choice(
            (b"", b"Exif\0\0II*\0\x08\0\0\0", b"MPF\0II*\0\x08\0\0\0", b"ICC_PROFILE\0")
        )
        body += _directory(chance) if body else b""
        body += bytes(chance.choice((0, 10, 60_000)))
        mark = bytes([0xFF, chance.choice((0xE0, 0xE1, 0xE2, 0xED, 0xFE))])
        body = body[:65_000]
        segment = mark + struct.pack(">H", len(body) + 2) + body
        data[2:2] = segment * chance.choice((1, 2, 20))
    else:
        data[2:2] = chance.choice((b"\0", b"\xff", b"\xff\0")) * chance.choice((10, 5_000))
    return data


def _directory(chance: random.Random) -> bytes:
    """Entries of a TIFF directory whose counts and places hold together."""
    number = chance.choice((1, 3, 40))
    count = chance.choice((1, 100, 5_000))
    entries = [
        struct.pack(
            "<HHII",
            chance.choice((0x8769, 0x8825, 0x9003, 0x0112, 0xB001, 0xB002, 0x9286)),
            chance.choice((1, 2, 3, 4, 5, 7, 10, 12)),
            count,
            chance.choice((8, 26, 2 + 12 * number)),
        )
        for _ in range(number)
    ]
    return struct.pack("<H", number) + b"".join(entries) + bytes(4) + bytes(count * 8)


# PNG


def _png(data: bytearray, chance: random.Random) -> bytearray:
    """Another header with a stream that fits or does not; animation chunks; many small chunks."""
    way, head = chance.random(), bytes(data[:33])
    if len(head) < 33 or data[:4] != b"\x89PNG":
        return data
    if way < 0.5:
        depth, colour = chance.choice(((1, 0), (8, 0), (16, 0), (8, 2), (16, 2), (8, 3), (16, 6)))
        ihdr = struct.pack(
            ">IIBBBBB", side(chance), side(chance), depth, colour, 0, 0, chance.randrange(2)
        )
        stream = zlib.compress(bytes(chance.choice((0, 100, 1_000_000))))
        middle = data[33:] if chance.random() < 0.5 else _chunk(b"IDAT", stream) + _chunk(b"IEND")
        return data[:8] + _chunk(b"IHDR", ihdr) + middle
    if way < 0.8:
        wide, high = struct.unpack_from(">II", head, 16)
        frame = (chance.choice((wide, side(chance))), chance.choice((high, side(chance))))
        control = struct.pack(">IIIIIHHBB", 0, *frame, 0, 0, 1, 1, *chance.choices(range(3), k=2))
        frames = struct.pack(">II", chance.choice((1, 2, 2**31 - 1)), 0)
        return data[:33] + _chunk(b"acTL", frames) + _chunk(b"fcTL", control) + data[33:]
    kind = chance.choice((b"tEXt", b"zTXt", b"iTXt", b"iCCP", b"eXIf", b"prVt", b"PLTE"))
    body = chance.choice(
        (b"", b"k\0", b"k\0\0" + zlib.compress(bytes(900_000)), _directory(chance))
    )
    return data[:33] + _chunk(kind, body) * chance.choice((1, 5, 80)) + data[33:]


def _chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# WebP


def _webp(data: bytearray, chance: random.Random) -> bytearray:
    """A size in each of the headers that have one; a canvas put before a still picture."""
    for found in re.finditer(rb"VP8[ LX]|ANMF", bytes(data)):
        at = found.end() + 4
        if chance.random() < 0.5 or at + 12 > len(data):
            continue
        if found.group() == b"VP8X":
            data[at + 4 : at + 10] = b"".join(side(chance).to_bytes(3, "little") for _ in range(2))
        elif found.group() == b"VP8L":
            bits = side(chance, 16_383) | side(chance, 16_383) << 14
            struct.pack_into("<I", data, at + 1, bits | chance.randrange(2) << 28)
        elif found.group() == b"VP8 ":
            struct.pack_into("<HH", data, at + 6, side(chance, 16_383), side(chance, 16_383))
        else:
            data[at + 6 : at + 12] = b"".join(side(chance).to_bytes(3, "little") for _ in range(2))
    if bytes(data[12:16]) in (b"VP8 ", b"VP8L") and chance.random() < 0.3:
        sizes = b"".join(side(chance).to_bytes(3, "little") for _ in range(2))
        flags = bytes([chance.choice((0, 2, 16, 18)), 0, 0, 0])
        data[12:12] = b"VP8X\x0a\0\0\0" + flags + sizes
        struct.pack_into("<I", data, 4, len(data) - 8)
    return data


# BMP, DIB


def _bmp(data: bytearray, chance: random.Random) -> bytearray:
    """A header that holds together: size, bits, compression, colours."""
    at = 14 if data[:2] == b"BM" else 0
    if len(data) < at + 40:
        return data
    struct.pack_into("<ii", data, at + 4, side(chance), side(chance) * chance.choice((1, 1, -1)))
    if chance.random() < 0.7:
        bits, way = chance.choice(
            ((8, 1), (4, 2), (8, 0), (1, 0), (24, 0), (32, 0), (32, 3), (16, 3))
        )
        struct.pack_into("<HI", data, at + 14, bits, way)
    if chance.random() < 0.3:
        struct.pack_into("<I", data, at + 32, chance.choice((0, 1, 256, 65_536, 2**31)))
    if chance.random() < 0.5:
        pair = bytes([chance.choice((0, 1, 255)), chance.choice((0, 1, 2, 9))])
        data += pair * chance.choice((10, 5_000))
    return data


# TIFF


def _tiff(data: bytearray, chance: random.Random) -> bytearray:
    """The first directory again, at the file's end, with tags added or changed that hold
    together."""
    order = "<" if data[:1] == b"I" else ">"
    if len(data) < 16 or bytes(data[2:4]) not in (b"*\0", b"\0*"):
        return data
    (at,) = struct.unpack_from(order + "I", data, 4)
    if at + 2 > len(data):
        return data
    (number,) = struct.unpack_from(order + "H", data, at)
    entries = {}
    for place in range(at + 2, min(at + 2 + 12 * number, len(data) - 11), 12):
        tag, *rest = struct.unpack_from(order + "HHII", data, place)
        entries[tag] = tuple(rest)
    for _ in range(chance.choice((1, 2, 4))):
        tag = chance.choice((256, 257, 258, 259, 262, 274, 277, 278, 284, 317, 322, 323, 339))
        entries[tag] = (chance.choice((3, 4, 4)), 1, _tag_value(tag, chance))
    if chance.random() < 0.3:
        tag = chance.choice((273, 279, 324, 325, 33_432, 34_665, 34_853, 37_724, 700))
        kind, count = chance.choice((1, 2, 3, 4, 5, 7, 12, 16)), chance.choice((1, 500, 60_000))
        entries[tag] = (kind, count, len(data))
        data += bytes(count * 8)
    if order == "<" and data[2:3] != b"+":
        struct.pack_into("<I", data, 4, len(data))
        body = b"".join(struct.pack("<HHII", tag, *entries[tag]) for tag in sorted(entries))
        data += struct.pack("<H", len(entries)) + body + bytes(4)
    return data


def _tag_value(tag: int, chance: random.Random) -> int:
    values = {
        258: (1, 8, 16, 32, 64),
        259: (1, 2, 3, 4, 5, 6, 7, 8, 32_773, 34_925, 50_000, 50_001),
        262: (0, 1, 2, 3, 5, 6, 8),
        274: tuple(range(1, 9)),
        277: (1, 2, 3, 4, 6, 64, 65_535),
        284: (1, 2),
        317: (1, 2, 3),
        339: (1, 2, 3),
    }
    return chance.choice(values.get(tag, (side(chance), 2**20, 2**31)))


# AVIF, HEIC


def _boxes(data: bytearray, chance: random.Random) -> bytearray:
    """A picture's size, a grid's, a stream's, how many samples a track has, which item is which."""
    way = chance.random()
    if way < 0.4:
        for found in re.finditer(b"ispe", bytes(data)):
            if found.end() + 12 <= len(data) and chance.random() < 0.7:
                struct.pack_into(">II", data, found.end() + 4, side(chance), side(chance))
    elif way < 0.6:
        _spoil_stream(data, chance)
    elif way < 0.75:
        entry = chance.choice([m.start() for m in re.finditer(b"infe", bytes(data))] or [0])
        if entry and entry + 16 <= len(data):
            kinds = (b"grid", b"iovl", b"iden", b"unci", b"av01", b"hvc1", b"Exif", b"tmap")
            data[entry + 12 : entry + 16] = chance.choice(kinds)
    elif way < 0.9:
        _make_grid(data, chance)
    else:
        for kind in (b"stsz", b"stsc", b"stco", b"stts"):
            at = data.find(kind)
            if at >= 0 and at + 16 <= len(data) and chance.random() < 0.6:
                number = chance.choice((0, 1, 2_000, 199_999, 2_600_000, 2**31))
                struct.pack_into(">I", data, at + chance.choice((8, 12)), number)
    return data


def _spoil_stream(data: bytearray, chance: random.Random) -> None:
    """The bytes that begin an AV1 stream, or a HEVC decoder configuration, hold the size."""
    begins = [m.end() for m in re.finditer(rb"mdat.{0,4}?\x0a.", bytes(data), re.DOTALL)]
    begins += [m.end() + 23 for m in re.finditer(b"hvcC", bytes(data))]
    if begins:
        at = chance.choice(begins) + chance.randrange(12)
        if at + 4 <= len(data):
            data[at : at + 3] = chance.randbytes(3)


def _make_grid(data: bytearray, chance: random.Random) -> None:
    """The first item becomes a grid; what its data begin with is taken for the grid's size."""
    at, first = data.find(b"infe"), data.find(b"mdat")
    if at < 0 or first < 0 or first + 16 > len(data):
        return
    data[at + 12 : at + 16] = b"grid"
    counts = bytes([chance.randrange(256), chance.randrange(256)])
    data[first + 4 : first + 16] = b"\0\1" + counts + struct.pack(">II", side(chance), side(chance))


STRUCTURES: Mapping[str, Mutation] = {
    "JPEG": _jpeg,
    "MPO": _jpeg,
    "PNG": _png,
    "WEBP": _webp,
    "GIF": _gif,
    "BMP": _bmp,
    "DIB": _bmp,
    "TIFF": _tiff,
    "AVIF": _boxes,
    "HEIF": _boxes,
}
