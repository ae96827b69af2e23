"""How many passes over the picture a JPEG may ask a decoder for."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from finder.core.errors import SkippedPicture
from finder.core.pictures.decode import decode
from finder.core.pictures.headers.format_headers import read_jpeg_header
from finder.core.pictures.headers.jpeg_scans import count_scans

SCAN = b"\xff\xda"


def jpeg(mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.effect_mandelbrot((320, 240), (-2, -1, 1, 1), 50).convert(mode).save(
        buffer, "JPEG", **options
    )
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_sequential_picture_with_all_components_in_its_first_scan_has_one(mode: str) -> None:
    head = read_jpeg_header(jpeg(mode))
    assert head is not None
    assert not head.has_several_scans


def test_in_such_a_picture_markers_elsewhere_are_not_counted() -> None:
    data = jpeg(comment=SCAN * 5)
    assert decode(data + SCAN * 2_000, 64).facts.width == 320


def test_a_decoder_refuses_a_second_scan_after_one_with_all_components() -> None:
    """What makes it safe not to look for more."""
    data = jpeg()
    scan = data[data.index(SCAN) : -2]
    with (
        Image.open(io.BytesIO(data[:-2] + scan * 3 + data[-2:])) as image,
        pytest.raises(OSError, match="broken data stream"),
    ):
        image.load()


def test_all_scans_of_a_progressive_picture_count() -> None:
    data = jpeg(progressive=True)
    head = read_jpeg_header(data)
    assert head is not None
    assert head.has_several_scans
    assert count_scans(data) == data.count(SCAN) >= 6


def test_a_scan_with_some_of_the_components_makes_all_count() -> None:
    data = bytearray(jpeg())
    data[data.index(SCAN) + 4] = 1  # of three components
    with pytest.raises(SkippedPicture, match="1001 scans"):
        decode(bytes(data) + SCAN * 1_000, 64)


def test_markers_across_the_parts_that_are_counted_at_a_time_are_not_missed() -> None:
    data = b"\xff\xd8" + SCAN * 100_001
    assert count_scans(data) == 100_001
    assert count_scans(data[:2] + b"\0" + data[2:]) == 100_001
