"""Good pictures come out as they should when they are decoded."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_files import FORMATS, blocks, encoded, noisy, smooth, worst
from PIL import Image, PngImagePlugin

from finder.core.errors import Reason, SkippedPicture
from finder.core.pictures.decode import decode
from finder.core.pictures.formats import EXTENSIONS, decoders

TOLERANCE = {"JPEG": 6, "GIF": 30, "AVIF": 12, "HEIF": 12}

# EXIF orientation: what was done to the upright picture before it was stored.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_shows_the_right_colours(name: str) -> None:
    image = smooth(80, 60)
    decoded = decode(encoded(image, name, **FORMATS[name]), 320)
    facts = decoded.facts
    assert decoded.image.mode == "RGB"
    assert (facts.width, facts.height, facts.format) == (80, 60, name)
    assert worst(decoded.image, image) <= TOLERANCE.get(name, 0)


def test_every_format_that_is_looked_for_can_be_decoded() -> None:
    assert set(EXTENSIONS.values()) <= set(decoders())


@pytest.mark.parametrize("name", ["GIF", "PNG", "WEBP", "TIFF", "AVIF"])
def test_of_several_frames_the_first_is_shown(name: str) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "lime", "blue")]
    data = encoded(frames[0], name, save_all=True, append_images=frames[1:])
    assert worst(decode(data, 320).image, frames[0]) <= 3


def test_a_jpeg_with_a_second_picture_is_decoded_as_a_jpeg() -> None:
    image = smooth(1600, 1200)
    decoded = decode(encoded(image, "MPO", save_all=True, append_images=[noisy()]), 320)
    assert (decoded.image.size, decoded.facts.width) == ((800, 600), 1600)


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "TIFF, LZW", "AVIF", "HEIF"])
def test_every_orientation_comes_out_upright(name: str, orientation: int) -> None:
    turn = STORED[orientation]
    stored = blocks() if turn is None else blocks().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"compression": "tiff_lzw"} if "LZW" in name else FORMATS[name]
    decoded = decode(encoded(stored, name[:4], exif=exif.tobytes(), **options), 320)
    assert worst(decoded.image, blocks()) <= 4
    assert (decoded.facts.width, decoded.facts.height) == (96, 64)
    if name in ("JPEG", "PNG", "WEBP"):
        assert decoded.facts.orientation == orientation


def test_a_reduced_picture_is_turned_upright_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = smooth(1200, 1600)
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    for name in ("JPEG", "PNG"):
        decoded = decode(encoded(stored, name, exif=exif, **FORMATS[name]), 320)
        assert (decoded.facts.width, decoded.facts.height) == (1200, 1600)
        assert worst(decoded.image, smooth(*decoded.image.size)) <= 4


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_orientation_that_does_not_exist_is_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    decoded = decode(encoded(blocks(), "JPEG", exif=exif, quality=98), 320)
    assert (decoded.facts.orientation, worst(decoded.image, blocks())) == (1, 0)


# Size


@pytest.mark.parametrize(
    ("size", "side", "expected"),
    [
        ((4000, 3000), 320, (500, 375)),
        ((4000, 3000), 640, (1000, 750)),
        ((3000, 4000), 320, (375, 500)),
        ((640, 480), 320, (640, 480)),
        ((639, 639), 320, (639, 639)),
        ((640, 640), 320, (320, 320)),
        ((300, 200), 320, (300, 200)),
        ((6000, 330), 320, (6000, 330)),
    ],
)
def test_a_jpeg_is_decoded_at_the_smallest_scale(
    size: tuple[int, int], side: int, expected: tuple[int, int]
) -> None:
    decoded = decode(encoded(Image.new("RGB", size, "red"), "JPEG"), side)
    assert decoded.image.size == expected
    assert (decoded.facts.width, decoded.facts.height) == size


def test_a_jpeg_is_scaled_while_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("decoded in full, then reduced")

    monkeypatch.setattr(Image.Image, "reduce", refuse)
    for size, scaled in (((4000, 3000), (500, 375)), ((853, 640), (427, 320))):
        data = encoded(Image.new("RGB", size, "red"), "JPEG")
        assert decode(data, 320).image.size == scaled


def test_a_heic_is_not_replaced_by_its_preview() -> None:
    data = encoded(Image.new("RGB", (800, 600), "red"), "HEIF", thumbnails=[700])
    assert decode(data, 320).image.size == (800, 600)


@given(width=st.integers(1, 700), height=st.integers(1, 700), side=st.sampled_from([32, 320]))
@settings(max_examples=60)
@pytest.mark.parametrize("name", ["JPEG", "BMP"])
def test_the_short_side_is_kept_below_twice_what_is_asked(
    name: str, width: int, height: int, side: int
) -> None:
    shown = decode(encoded(Image.new("L", (width, height)), name), side).image
    have, got = min(width, height), min(shown.size)
    assert got == have if have < side else side <= got < 2 * side


@pytest.mark.parametrize("name", ["JPEG", "PNG"])
def test_a_reduced_picture_looks_like_the_whole(name: str) -> None:
    image = smooth(1500, 1100)
    shown = decode(encoded(image, name, **FORMATS[name]), 320).image
    assert max(shown.size) < 800
    assert worst(shown, image.resize(shown.size, Image.Resampling.BOX)) <= 4


@pytest.mark.parametrize("name", ["PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (2, 5000)])
def test_the_thinnest_pictures_are_decoded(size: tuple[int, int], name: str) -> None:
    decoded = decode(encoded(Image.new("RGB", size, "red"), name), 320)
    assert decoded.image.size == (decoded.facts.width, decoded.facts.height) == size


def test_decoding_is_repeatable() -> None:
    data = encoded(noisy(1400, 1000), "JPEG")
    once = decode(data, 320).image.tobytes()
    decode(data, 640)
    assert decode(data, 320).image.tobytes() == once


# What the file says about itself


def exif_times(**tags: str) -> Image.Exif:
    exif = Image.Exif()
    inner = exif.get_ifd(0x8769)
    numbers = {"original": (inner, 0x9003), "digitized": (inner, 0x9004), "changed": (exif, 0x0132)}
    for name, value in tags.items():
        where, number = numbers[name]
        where[number] = value
    return exif


FIRST, SECOND, THIRD = "2001:02:03 04:05:06", "2010:10:10 10:10:10", "2020:12:31 23:59:59"


@pytest.mark.parametrize(
    ("tags", "taken"),
    [
        ({"original": FIRST, "digitized": SECOND, "changed": THIRD}, "2001-02-03 04:05:06"),
        ({"digitized": SECOND, "changed": THIRD}, "2010-10-10 10:10:10"),
        ({"changed": THIRD}, "2020-12-31 23:59:59"),
        ({"original": "0000:00:00 00:00:00", "changed": THIRD}, "2020-12-31 23:59:59"),
        ({"original": "2001:02:03 04:05:06.789"}, "2001-02-03 04:05:06"),
        ({"original": "    :  :     :  :  "}, None),
        ({"original": "yesterday"}, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_the_time_taken_is_read(name: str, tags: dict[str, str], taken: str | None) -> None:
    data = encoded(blocks(), name, exif=exif_times(**tags).tobytes())
    assert decode(data, 320).facts.taken == taken


def broken_exif(length: Callable[[bytes], bytes]) -> bytes:
    exif = exif_times(original=FIRST)
    exif[0x0112] = 6
    return encoded(blocks(), "JPEG", quality=98, exif=length(exif.tobytes()))


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda exif: exif[:20],
    "head only": lambda exif: exif[:6],
    "wrong byte order": lambda exif: exif[:6] + b"XX" + exif[8:],
    "directory beyond the end": lambda exif: exif[:10] + b"\xff\xff\xff\x0f" + exif[14:],
    "rubbish": lambda exif: exif[:14] + b"\xff" * (len(exif) - 14),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_metadata_does_not_matter(damage: str) -> None:
    decoded = decode(broken_exif(DAMAGE[damage]), 320)
    assert worst(decoded.image, blocks()) <= 1
    assert (decoded.facts.orientation, decoded.facts.taken) == (1, None)


def test_a_damaged_metadata_text_does_not_matter() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Raw profile type exif", "\nexif\n10\nno hexadecimals")
    data = encoded(blocks(), "PNG", pnginfo=text)
    with Image.open(io.BytesIO(data)) as image, pytest.raises(ValueError, match="hexadecimal"):
        image.getexif()
    assert worst(decode(data, 320).image, blocks()) == 0


def test_decoding_in_several_threads_leaves_the_warning_filters_alone() -> None:
    before = list(warnings.filters)
    data = broken_exif(DAMAGE["cut"])
    with ThreadPoolExecutor(4) as pool:
        decoded = list(pool.map(decode, [data] * 200, [320] * 200))
    assert len({picture.facts for picture in decoded}) == 1
    assert warnings.filters == before


def test_warnings_about_metadata_are_not_printed(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    path.write_bytes(broken_exif(DAMAGE["cut"]))
    code = (
        "import sys; from finder.core.pictures.decode import decode, read_file;"
        "decode(read_file(sys.argv[1]), 320)"
    )
    run = [sys.executable, "-W", "always", "-c", code, str(path)]
    assert subprocess.run(run, capture_output=True, check=True, timeout=60).stderr == b""


def test_another_file_type_is_not_opened_by_another_decoder() -> None:
    for name in ("PPM", "TGA", "EPS"):
        with pytest.raises(SkippedPicture) as skipped:
            decode(encoded(blocks(), name), 320)
        assert skipped.value.reason is Reason.NOT_A_PICTURE
