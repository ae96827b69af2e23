"""How many passes over the picture a JPEG may ask a decoder for."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from finder.core.pictures.jpeg_scans import count_scans

SCAN = b"\xff\xda"


def jpeg(mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.effect_mandelbrot((320, 240), (-2, -1, 1, 1), 50).convert(mode).save(
        buffer, "JPEG", **options
    )
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_sequential_picture_with_all_components_in_its_first_scan_has_one(mode: str) -> None:
    assert count_scans(jpeg(mode)) == 1


def test_start_of_scan_markers_elsewhere_do_not_count_for_a_sequential_picture() -> None:
    data = jpeg(comment=SCAN * 5)
    assert count_scans(data + SCAN * 2_000) == 1


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
    assert count_scans(data) == data.count(SCAN) >= 6


def test_a_scan_with_some_of_the_components_makes_all_count() -> None:
    data = bytearray(jpeg())
    at = data.index(SCAN)
    data[at + 4] = 1  # of three components
    assert count_scans(bytes(data) + SCAN * 70) == 71


def test_markers_across_the_parts_that_are_counted_at_a_time_are_not_missed() -> None:
    data = b"\xff\xd8" + SCAN * 100_001
    assert count_scans(data) == 100_001
    assert count_scans(data[:2] + b"\0" + data[2:]) == 100_001


FRAME = b"\xff\xc0\0\x0b\x08\0\x10\0\x10\1\1\x11\0"
ONE_OF_ONE = b"\xff\xda\0\x08\1\1\0\0\x3f\0"


@given(st.lists(st.sampled_from([FRAME, ONE_OF_ONE]) | st.binary(max_size=6), max_size=12))
def test_for_odd_files_it_is_one_or_the_number_of_markers(parts: list[bytes]) -> None:
    data = b"\xff\xd8" + b"".join(parts)
    markers = max(1, data.count(SCAN))
    assert count_scans(data) in (1, markers)
    if FRAME not in data:
        assert count_scans(data) == markers
