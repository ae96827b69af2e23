"""How thumbnails are made."""

from __future__ import annotations

import io

import pytest
from picture_files import smooth, worst
from PIL import Image

from finder.core.pictures.thumbnails import THUMB_SIDE, encode_thumbnail


def thumbnail_of(image: Image.Image) -> Image.Image:
    return Image.open(io.BytesIO(encode_thumbnail(image)))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (320, 240)),
        ((480, 640), (240, 320)),
        ((401, 401), (201, 201)),
        ((400, 100), (400, 100)),
        ((30, 20), (30, 20)),
        ((1, 1), (1, 1)),
        ((1, 5000), (1, 385)),
        ((5000, 1), (385, 1)),
    ],
)
def test_it_is_never_larger_than_its_picture_or_400_pixels(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert max(expected) <= THUMB_SIDE == 400
    thumbnail = thumbnail_of(Image.new("RGB", size))
    assert (thumbnail.size, thumbnail.format, thumbnail.mode) == (expected, "JPEG", "RGB")


def test_it_shows_its_picture_and_leaves_it_alone() -> None:
    image = smooth(640, 480)
    assert worst(thumbnail_of(image), smooth(320, 240)) <= 8
    assert image.tobytes() == smooth(640, 480).tobytes()


def test_it_has_no_metadata() -> None:
    image = smooth(40, 30)
    exif = Image.Exif()
    exif[0x0112] = 6
    image.info |= {"exif": exif.tobytes(), "comment": b"secret", "icc_profile": b"x" * 200}
    assert not {"exif", "comment", "icc_profile"} & set(thumbnail_of(image).info)
    assert "exif" in image.info
