"""Malicious pictures are refused by their headers, before they take time or memory."""

from __future__ import annotations

import contextlib
import io
import struct
import sys
import zipfile
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from forking import ForkedProcesses
from picture_files import FORMATS, encoded, noisy, png_of, worst
from PIL import Image

from finder.core.errors import Reason, SkippedPicture
from finder.core.limits import MEGA
from finder.core.pictures import decode as decoding
from finder.core.pictures.decode import decode

HOSTILE = sorted((Path(__file__).parent / "hostile").glob("*.bin"))


def skipped(data: bytes, **limits: Any) -> Reason:
    with pytest.raises(SkippedPicture) as skip:
        decode(data, 320, **limits)
    return skip.value.reason


@pytest.fixture
def undecoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be decoded."""

    def refuse(*_: Any) -> None:
        raise AssertionError("decoded")

    for kind in ("ImageFile.ImageFile", "WebPImagePlugin.WebPImageFile", "Image.Image"):
        monkeypatch.setattr(f"PIL.{kind}.load", refuse)


# What a run of mutated files found (benchmarks/fuzz)


@pytest.mark.usefixtures("undecoded")
@pytest.mark.parametrize("path", HOSTILE, ids=[path.stem for path in HOSTILE])
def test_harmful_values_found_by_fuzzing_are_refused(path: Path) -> None:
    assert skipped(path.read_bytes()) is Reason.TOO_MANY_PIXELS


# Sizes


@pytest.mark.usefixtures("undecoded")
@pytest.mark.parametrize("size", [(65_536, 10), (10, 65_536), (2**31 - 1, 1)])
def test_an_absurd_width_or_height_is_refused(size: tuple[int, int]) -> None:
    assert skipped(png_of(*size, 8, 2, zlib.compress(bytes(30)))) is Reason.TOO_MANY_PIXELS


def canvas(width: int, height: int) -> bytes:
    """A WebP of a few pixels that says it is larger (WebP container, VP8X)."""
    still = encoded(Image.new("RGB", (8, 8), "red"), "WEBP", lossless=True)
    sizes = [(side - 1).to_bytes(3, "little") for side in (width, height)]
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4) + b"".join(sizes)
    body = b"WEBP" + extended + still[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("size", [(16_383, 16_383), (2**24, 255), (48, 2**22)])
def test_a_webp_is_refused_before_its_decoder_takes_memory(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "open", None)
    assert skipped(canvas(*size)) is Reason.TOO_MANY_PIXELS


def tiff(tags: dict[int, int]) -> bytes:
    """A little LZW picture of 16 × 16 greys, as the tags have it (TIFF 6.0)."""
    plain = {256: 16, 257: 16, 258: 8, 259: 5, 262: 1, 277: 1, **tags}
    entries = sorted(plain.items())
    head = b"II*\0" + struct.pack("<IH", 8, len(entries))
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return head + body + bytes(4) + bytes(100)


@pytest.mark.usefixtures("undecoded")
@pytest.mark.parametrize(
    "tags",
    [
        {322: 2**20, 323: 2**20},
        {322: 65_536, 323: 65_536},
        {322: 2**31, 323: 1},
    ],
)
def test_tiles_of_gigabytes_are_refused(tags: dict[int, int]) -> None:
    data = tiff({324: 100, 325: 100, **tags})
    assert skipped(data) is Reason.TOO_MANY_PIXELS


@pytest.mark.usefixtures("undecoded")
def test_a_tile_is_not_much_larger_than_its_picture() -> None:
    """A fax tile of these rows is read for ten seconds."""
    tags = {323: 2**20, 324: 100, 325: 100, 259: 3}
    assert skipped(tiff({322: 48, **tags})) is Reason.DAMAGED
    assert skipped(tiff(tags)) is Reason.DAMAGED


@pytest.mark.parametrize(
    "entries",
    [
        {322: (4, 16_383), 278: (4, 32_768), 273: (4, 100), 279: (4, 100)},
        {323: (4, 2**20), 273: (4, 100), 279: (4, 100)},
        {322: (17, 8), 323: (17, 8), 324: (4, 100), 325: (4, 100)},
        {322: (18, 8), 323: (4, 32_768), 324: (4, 100), 325: (4, 100)},
    ],
)
@pytest.mark.usefixtures("undecoded")
def test_tiles_that_libtiff_and_pillow_read_otherwise_are_refused(
    entries: dict[int, tuple[int, int]],
) -> None:
    data = bytearray(tiff({number: value for number, (_, value) in entries.items()}))
    for at in range(10, len(data) - 104, 12):
        (number,) = struct.unpack_from("<H", data, at)
        struct.pack_into("<H", data, at + 2, entries.get(number, (4, 0))[0])
    with pytest.raises(SkippedPicture) as skip:
        decode(bytes(data), 320)
    assert skip.value.detail.startswith(("tiles with", "tag 32"))


@pytest.mark.usefixtures("undecoded")
def test_a_turned_tiff_counts_twice() -> None:
    size = {256: 20_000, 257: 14_000, 262: 2, 273: 100, 279: 100, 277: 3}
    assert skipped(tiff(size)) is Reason.DAMAGED  # by `undecoded`: it got so far
    assert skipped(tiff({**size, 274: 6})) is Reason.TOO_MANY_PIXELS


@pytest.mark.parametrize("name", FORMATS)
def test_a_raised_limit_applies(name: str) -> None:
    data = encoded(Image.new("L", (1200, 1000)).convert("RGB"), name)
    assert skipped(data, max_pixels=MEGA) is Reason.TOO_MANY_PIXELS
    assert decode(data, 320, max_pixels=2 * MEGA).facts.width == 1200


# Time


def scans(width: int, height: int, number: int) -> bytes:
    """A progressive JPEG whose scans have three bytes each (ITU-T T.81, annex G)."""

    def segment(kind: int, body: bytes) -> bytes:
        return bytes([255, kind]) + struct.pack(">H", len(body) + 2) + body

    codes = bytes([1] + [0] * 15)  # one code, of one bit
    head = [
        segment(0xDB, b"\0" + bytes([1]) * 64),
        segment(0xC2, struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0])),
        segment(0xC4, b"\0" + codes + b"\0"),
        segment(0xC4, b"\x10" + codes + b"\xe0"),
        segment(0xDA, bytes([1, 1, 0, 0, 0, 0])) + bytes(16),
    ]
    scan = segment(0xDA, bytes([1, 1, 0, 1, 63, 0])) + bytes(3)
    return b"\xff\xd8" + b"".join(head) + scan * (number - 1) + b"\xff\xd9"


@pytest.mark.usefixtures("undecoded")
@pytest.mark.parametrize(
    ("size", "number"), [((40, 40), 1_001), ((16_000, 16_000), 100), ((4_000, 4_000), 1_001)]
)
def test_too_many_scans_are_refused(size: tuple[int, int], number: int) -> None:
    assert skipped(scans(*size, number)) is Reason.DAMAGED


@pytest.mark.parametrize(("size", "number"), [((40, 40), 1_000), ((2_000, 2_000), 64)])
def test_a_usual_number_of_scans_is_accepted(size: tuple[int, int], number: int) -> None:
    facts = decode(scans(*size, number), 320).facts
    assert (facts.width, facts.height) == size


@pytest.mark.parametrize("name", ["GIF", "WEBP", "AVIF", "PNG", "TIFF"])
def test_only_the_first_frame_is_decoded(name: str) -> None:
    """The last bytes of the last frame are damaged; decoding it would fail."""
    first, last = noisy(160, 120), noisy(160, 120).rotate(180)
    whole = encoded(first, name, **FORMATS[name], save_all=True, append_images=[last])
    end = {"WEBP": 0, "GIF": 1, "PNG": 20, "TIFF": 0, "AVIF": 0}[name]
    at = len(whole) - end - 200
    data = whole[:at] + bytes([0xA5] * 200) + whole[len(whole) - end :]
    with Image.open(io.BytesIO(data)) as image:
        image.seek(1)
        with contextlib.suppress(Exception):
            image.load()
            assert worst(image.convert("RGB"), last) > 90
    assert worst(decode(data, 320).image, decode(whole, 320).image) == 0


# Memory


@pytest.mark.parametrize(
    "image",
    [
        Image.fromarray(np.linspace(-3, 9, 90 * 70, dtype=np.float32).reshape(90, 70)),
        Image.fromarray(np.arange(90 * 70, dtype=np.int32).reshape(90, 70) * 90_000),
        Image.fromarray((np.arange(90 * 70) * 9 % 65_536).astype(np.uint16).reshape(90, 70)),
        noisy(70, 90).convert("P"),
        noisy(70, 90).convert("1"),
    ],
    ids=["float", "32 bits", "16 bits", "palette", "bits"],
)
def test_a_picture_in_bands_is_the_picture_whole(
    image: Image.Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(image, "TIFF")
    whole = decode(data, 16).image
    monkeypatch.setattr(decoding, "_BAND_PIXELS", 70 * 8)
    assert worst(decode(data, 16).image, whole) == 0


def test_transparent_colours_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    image = noisy(70, 90).convert("RGBA")
    image.putalpha(noisy(70, 90).convert("L"))
    data = encoded(image, "PNG")
    whole = decode(data, 16).image
    monkeypatch.setattr(decoding, "_BAND_PIXELS", 1)
    assert worst(decode(data, 16).image, whole) == 0


_PEAK = """
import resource
from pathlib import Path
from finder.core.errors import SkippedPicture
from finder.core.pictures.decode import decode
decode(Path(sys.argv[1]).read_bytes(), 320)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decode(Path(sys.argv[2]).read_bytes(), 320)
except SkippedPicture:
    pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000)
"""


@cache
def png_bombs() -> dict[str, bytes]:
    text = zlib.compress(bytes(50_000_000))

    def with_chunk(kind: bytes, body: bytes, times: int = 1) -> bytes:
        plain = encoded(noisy(24, 16), "PNG")
        check = struct.pack(">I", zlib.crc32(kind + body))
        chunk = struct.pack(">I", len(body)) + kind + body + check
        return plain[:33] + chunk * times + plain[33:]

    return {
        "zTXt": with_chunk(b"zTXt", b"a\0\0" + text),
        "iTXt": with_chunk(b"iTXt", b"a\0\1\0\0\0" + text),
        "iCCP": with_chunk(b"iCCP", b"a\0\0" + text),
        "many zTXt": with_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1_000_000)), 300),
        "stream": png_of(16, 16, 8, 2, zlib.compress(bytes(50_000_000))),
        "17,000 × 17,000": png_of(17_000, 17_000, 8, 2, zlib.compress(bytes(1_000))),
    }


@pytest.mark.skipif(sys.platform != "linux", reason="measured as Linux does")
@pytest.mark.parametrize("name", png_bombs())
def test_a_bomb_takes_little_memory(name: str, tmp_path: Path, decoders: ForkedProcesses) -> None:
    plain, bomb = tmp_path / "plain", tmp_path / "bomb"
    plain.write_bytes(encoded(noisy(), "PNG"))
    bomb.write_bytes(png_bombs()[name])
    done = decoders.run(_PEAK, plain, bomb)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 200


# Two things in one file


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("a.txt", "a")
    return buffer.getvalue()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("tail", [archive(), b"<html><script>", b"%PDF-1.7\n"])
def test_what_follows_a_picture_is_not_looked_at(name: str, tail: bytes) -> None:
    data = encoded(noisy(), name, **FORMATS[name])
    assert worst(decode(data + tail, 320).image, decode(data, 320).image) == 0


@pytest.mark.parametrize("front", [b"%PDF-1.7\n", b"<html>", b"PK\3\4", b"#!/bin/sh\n"])
def test_a_picture_inside_another_file_is_none(front: bytes) -> None:
    assert skipped(front + encoded(noisy(), "JPEG")) is Reason.NOT_A_PICTURE
