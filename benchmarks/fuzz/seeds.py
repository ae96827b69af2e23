"""The fuzzer's seeds: small real files of every format, and how to damage them."""

from __future__ import annotations

import io
import random
import re
import struct
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.fuzz.structures import STRUCTURES
from finder.core.pictures.formats import decoders

_ALL = {"save_all": True}


@cache
def seeds() -> Mapping[str, tuple[bytes, ...]]:
    """Small picture files by format, the same in every run."""
    image = _picture()
    known = set(decoders())
    files = {
        name: [_encoded(picture, name, options) for picture, options in variants]
        for name, variants in _variants(image).items()
        if name in known
    }
    files["PNG"].append(_interlaced(image))
    return {name: tuple(variants) for name, variants in files.items()}


def _variants(image: Image.Image) -> dict[str, list[tuple[Image.Image, dict[str, Any]]]]:
    """By format, images and the options to save each with."""
    clear = image.convert("RGBA")
    clear.putalpha(image.convert("L"))
    frames = [image.rotate(angle) for angle in (90, 180)]
    exif = Image.Exif()
    exif[0x0112], exif[0x0132] = 6, "2024:05:06 07:08:09"
    more: dict[str, Any] = {**_ALL, "append_images": frames}
    wide = Image.fromarray((np.asarray(image.convert("L")).astype(np.uint16)) * 257)
    real = Image.fromarray(np.asarray(image.convert("L")).astype(np.float32))
    return {
        "JPEG": [
            (image, {"exif": exif, "icc_profile": bytes(200), "comment": b"a"}),
            (image, {"progressive": True}),
            (image.convert("CMYK"), {}),
            (image.convert("L"), {"subsampling": 0}),
        ],
        "MPO": [(image, more)],
        "PNG": [
            (image, {"exif": exif}),
            (clear, {"icc_profile": bytes(200)}),
            (image.convert("1"), {}),
            (image.convert("P"), {"transparency": 3}),
            (wide, {}),
            (image, more),
        ],
        "WEBP": [
            (image, {"exif": exif}),
            (clear, {"lossless": True}),
            (clear, {"quality": 60}),
            (image, more),
        ],
        "GIF": [(image, {}), (image, {**more, "loop": 0}), (clear.quantize(16), {"interlace": 1})],
        "BMP": [(image, {}), (image.convert("P"), {}), (image.convert("1"), {}), (clear, {})],
        "DIB": [(image, {})],
        "TIFF": [
            *((image, {"compression": way, "exif": exif}) for way in _TIFF_WAYS),
            (image.convert("1"), {"compression": "group4"}),
            (image.convert("1"), {"compression": "group3"}),
            (image.convert("CMYK"), {"compression": "tiff_lzw"}),
            (wide, {"compression": "tiff_adobe_deflate"}),
            (real, {}),
            (image.convert("P"), more),
            (image, {"big_tiff": True, "compression": "tiff_lzw"}),
        ],
        "AVIF": [(image, {"exif": exif}), (clear, {"quality": 50}), (image, more)],
        "HEIF": [(image, {"exif": exif}), (clear, {"quality": 50}), (image, more)],
    }


_TIFF_WAYS = ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "zstd", "lzma")


def _picture() -> Image.Image:
    """48 × 40 pixels: gradients with a little noise, so that no two parts are alike."""
    across = np.linspace(0, 255, 48)[None, :].repeat(40, 0)
    down = np.linspace(0, 255, 40)[:, None].repeat(48, 1)
    plain = np.stack([across, down, 255 - across], -1)
    noise = np.random.default_rng(0).integers(-20, 20, plain.shape)
    return Image.fromarray(np.clip(plain + noise, 0, 255).astype(np.uint8))


def _encoded(image: Image.Image, name: str, options: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def _interlaced(image: Image.Image) -> bytes:
    """Adam7 (ISO/IEC 15948, 8.2), which Pillow reads but does not write."""
    pixels = np.asarray(image)
    steps = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2))
    passes = [pixels[y::dy, x::dx] for y, x, dy, dx in (*steps, (1, 0, 2, 1))]
    rows = b"".join(b"\0" + row.tobytes() for part in passes for row in part)
    head = struct.pack(">IIBBBBB", *image.size, 8, 2, 0, 0, 1)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*chunk) for chunk in chunks)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# Mutations

Mutation = Callable[[bytearray, random.Random], bytearray]


def spoiled(number: int, seed: int, by_structure: bool = False) -> tuple[str, bytes]:
    """(format, bytes) of one input: a real file with one to six mutations. by_structure: nearly all
    of them follow the format's structure, else some do. The same number and seed give the same
    input."""
    chance = random.Random(f"{seed}/{number}")
    name = chance.choice(sorted(seeds()))
    data = bytearray(chance.choice(seeds()[name]))
    if by_structure:
        for _ in range(chance.choice((1, 1, 2, 3))):
            known = _OWN if chance.random() < 0.2 else STRUCTURES
            data = known[name](data, chance) or data
        if chance.random() < 0.1:
            data = chance.choice(_GENERAL)(data, chance) or data
        return name, bytes(data)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        own = _OWN.get(name)
        mutation = own if own and chance.random() < 0.5 else chance.choice(_GENERAL)
        data = mutation(data, chance) or data
    return name, bytes(data)


_EDGES = (0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 65_535, 16_383, 10**8)
_TOKENS = (
    *(edge.to_bytes(4, "big") for edge in _EDGES),
    *(edge.to_bytes(4, "little") for edge in _EDGES),
    *(b"IHDR IDAT IEND iCCP zTXt iTXt acTL fcTL fdAT eXIf RIFF VP8X VP8L ANIM ANMF ALPH".split()),
    *(b"ICCP EXIF ftypavif ftypheic meta iloc iinf iprp ispe av1C hvcC grid <html> PK\3\4".split()),
    *(b"\xff\xd8\xff", b"\xff\xd9", b"\xff\xda\0\x0c\3\1\0\2\x11\3\x11\0\x3f\0"),
    *(b"\x21\xf9\4\1\0\0\0\0", b"\x21\xff\x0bNETSCAPE2.0", b";"),
    *(b"\x2c\0\0\0\0\xff\xff\xff\xff\0", b"\xff\xdd\0\4\0\1"),
    *(b"VP8 ", b"XMP ", b"II*\0", b"MM\0*", b"Exif\0\0", b"MPF\0", b"%PDF-1.7"),
)


def _flip(data: bytearray, chance: random.Random) -> bytearray:
    for _ in range(chance.choice((1, 1, 2, 8, 32))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def _early(data: bytearray, chance: random.Random) -> bytearray:
    """A byte of the head, where sizes and counts are."""
    data[chance.randrange(min(len(data), 128))] = chance.choice((0, 1, 127, 128, 255))
    return data


def _token(data: bytearray, chance: random.Random) -> bytearray:
    at, token = chance.randrange(len(data)), chance.choice(_TOKENS)
    data[at : at + (len(token) if chance.random() < 0.7 else 0)] = token
    return data


def _cut(data: bytearray, chance: random.Random) -> bytearray:
    return data[: chance.randrange(1, len(data) + 1)]


def _splice(data: bytearray, chance: random.Random) -> bytearray:
    """A piece of another real file, of any format."""
    other = chance.choice(seeds()[chance.choice(sorted(seeds()))])
    start, at = chance.randrange(len(other)), chance.randrange(len(data))
    piece = other[start : start + chance.choice((4, 40, 400))]
    data[at : at + chance.choice((0, len(piece)))] = piece
    return data


def _repeat(data: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(data))
    piece = data[start : start + chance.choice((2, 16, 64, 512))]
    times = min(chance.choice((1, 4, 64, 1000)), 60_000 // len(piece))
    return data[:start] + piece * times + data[start:]


def _remove(data: bytearray, chance: random.Random) -> bytearray:
    start = chance.randrange(len(data))
    del data[start : start + chance.choice((1, 2, 4, 16, 256))]
    return data or bytearray(b"\0")


def _join(data: bytearray, chance: random.Random) -> bytearray:
    other = chance.choice(seeds()[chance.choice(sorted(seeds()))])
    return data + other if chance.random() < 0.5 else bytearray(other) + data


_GENERAL: tuple[Mutation, ...] = (
    _flip, _flip, _early, _token, _token, _cut, _splice, _repeat, _remove, _join
)  # fmt: skip


def _number(chance: random.Random, bits: int) -> int:
    """A number that may cause trouble: an edge, a power of two or any."""
    most = (1 << bits) - 1
    near = (0, 1, 2, most, most >> 1, (most >> 1) + 1, 17_000, 65_500, chance.randint(0, most))
    return min(most, chance.choice(near))


def _spoil_png(data: bytearray, chance: random.Random) -> bytearray:
    """A chunk's body is changed and its checksum corrected; or a chunk is doubled or left out."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        chunks.append((bytes(data[at + 4 : at + 8]), bytearray(data[at + 8 : at + 8 + size])))
        at += 12 + size
    if not chunks:
        return data
    number = chance.randrange(len(chunks))
    kind, body = chunks[number]
    way = chance.random()
    if kind == b"IHDR" and way < 0.6 and len(body) >= 13:
        struct.pack_into(
            ">I", body, chance.choice((0, 4)), _number(chance, chance.choice((16, 31)))
        )
    elif kind == b"IDAT" and way < 0.4:
        body[:] = zlib.compress(bytes(chance.choice((0, 9, 5_000_000))))
    elif way < 0.5 and body:
        _flip(body, chance)
    elif way < 0.6:
        chunks.insert(number, (chance.choice((b"zTXt", b"iCCP")), _bomb()))
    elif way < 0.8:
        chunks.insert(number, (kind, body))
    else:
        del chunks[number]
    return data[:8] + b"".join(_png_chunk(kind, bytes(body)) for kind, body in chunks)


@cache
def _bomb() -> bytearray:
    return bytearray(b"a\0\0" + zlib.compress(bytes(8_000_000)))


def _spoil_jpeg(data: bytearray, chance: random.Random) -> bytearray:
    """A segment's length, a frame's size or components, a segment again, many scans."""
    marks = [m.start() for m in re.finditer(rb"\xff[\xc0-\xcf\xda-\xdf\xe0-\xef\xfe]", data)]
    marks = [at for at in marks if at + 10 < len(data)]
    if not marks:
        return data
    at = chance.choice(marks)
    if data[at + 1] in range(0xC0, 0xC4) and chance.random() < 0.7:
        struct.pack_into(">H", data, at + chance.choice((5, 7)), _number(chance, 16))
    elif chance.random() < 0.5:
        struct.pack_into(">H", data, at + 2, _number(chance, 16))
    else:
        size = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        data[at:at] = bytes(data[at : at + size][:2_000]) * chance.choice((1, 3, 30))
    return data


def _spoil_tiff(data: bytearray, chance: random.Random) -> bytearray:
    """A field of a tag in the first directory, or where the directory is."""
    order = "<" if data[:1] == b"I" else ">"
    if len(data) < 16:
        return data
    (at,) = struct.unpack_from(order + "I", data, 4)
    if chance.random() < 0.1 or at + 14 > len(data):
        struct.pack_into(order + "I", data, 4, _number(chance, chance.choice((8, 12, 32))))
        return data
    (tags,) = struct.unpack_from(order + "H", data, at)
    if chance.random() < 0.05:
        struct.pack_into(order + "H", data, at, _number(chance, 16))
        return data
    entry = at + 2 + 12 * chance.randrange(max(1, min(tags, 40)))
    if entry + 12 <= len(data):
        field, code, bits = chance.choice(
            ((0, "H", 9), (2, "H", 4), (4, "I", 32), (8, "I", 32), (8, "H", 16))
        )
        struct.pack_into(order + code, data, entry + field, _number(chance, bits))
    return data


def _spoil_riff(data: bytearray, chance: random.Random) -> bytearray:
    at = chance.choice(
        [m.start() for m in re.finditer(rb"VP8[ LX]|ANIM|ANMF|ALPH|EXIF", data)] or [0]
    )
    field, code, bits = chance.choice(
        ((4, "<I", 32), (4, "<I", 8), (8, "<I", 32), (12, "<I", 24), (14, "<H", 14), (16, "<H", 14))
    )
    if at + field + 4 <= len(data):
        struct.pack_into(code, data, at + field, _number(chance, bits))
    return data


def _spoil_boxes(data: bytearray, chance: random.Random) -> bytearray:
    """The size, version or a number within a box (ISO/IEC 14496-12)."""
    boxes = [m.start() for m in re.finditer(_BOXES, data)]
    at = chance.choice(boxes or [4])
    field, code, most = chance.choice(_BOX_FIELDS)
    if at + field >= 0 and at + field + 4 <= len(data):
        bits = chance.choice((most, min(most, 15)))
        struct.pack_into(code, data, at + field, _number(chance, bits))
    return data


_BOXES = (
    rb"ftyp|meta|hdlr|pitm|iloc|iinf|infe|iprp|ipco|ipma|ispe|pixi|av1C|hvcC|colr|iref|mdat|moov"
    rb"|trak|stsz|stco|stts|tkhd|grid|auxC"
)
_BOX_FIELDS = (
    *((-4, ">I", 32), (4, ">I", 32), (8, ">I", 32), (12, ">I", 32)),
    *((8, ">H", 16), (10, ">H", 16), (4, "B", 8)),
)


def _spoil_gif(data: bytearray, chance: random.Random) -> bytearray:
    """The screen, a frame's place and size, a code size, a block's length."""
    frames = [m.start() for m in re.finditer(rb",....", data, re.DOTALL)] or [6]
    at = 6 if chance.random() < 0.4 else chance.choice(frames) + 1
    if at + 10 <= len(data):
        struct.pack_into("<H", data, at + chance.choice((0, 2, 4, 6)), _number(chance, 16))
        if chance.random() < 0.3:
            data[at + 9] = chance.randrange(14)
    return data


def _spoil_bmp(data: bytearray, chance: random.Random) -> bytearray:
    at = chance.choice((10, 14, 18, 22, 26, 28, 30, 34, 46)) - (0 if data[:2] == b"BM" else 14)
    if at >= 0 and at + 4 <= len(data):
        code, bits = ("<H", 6) if at % 14 in (0, 12) and chance.random() < 0.7 else ("<I", 32)
        struct.pack_into(code, data, at, _number(chance, chance.choice((bits, min(bits, 15)))))
    return data


_OWN: Mapping[str, Mutation] = {
    "JPEG": _spoil_jpeg,
    "MPO": _spoil_jpeg,
    "PNG": _spoil_png,
    "WEBP": _spoil_riff,
    "GIF": _spoil_gif,
    "BMP": _spoil_bmp,
    "DIB": _spoil_bmp,
    "TIFF": _spoil_tiff,
    "AVIF": _spoil_boxes,
    "HEIF": _spoil_boxes,
}
