"""Pictures on their way to the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage

from finder.core.pictures.transform import ORIENTATIONS, Box, Transform
from finder.jobs.images import (
    PictureSource,
    from_jpeg,
    from_pillow,
    load_levels,
    load_picture,
    transformed,
)


@pytest.mark.parametrize("width", [1, 5, 7, 64])
def test_every_pixel_arrives_whatever_the_width(qapp: object, width: int) -> None:
    picture = Image.new("RGB", (width, 3))
    for x in range(width):
        for y in range(3):
            picture.putpixel((x, y), (x, 100 + y, 255 - x))
    image = from_pillow(picture)
    assert (image.width(), image.height()) == (width, 3)
    colours = [image.pixelColor(x, y) for x in range(width) for y in range(3)]
    assert colours == [QColor(x, 100 + y, 255 - x) for x in range(width) for y in range(3)]


def test_a_large_picture_is_fitted_and_upright(qapp: object, tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was held on its side: to be turned by 90°
    Image.new("RGB", (2_000, 1_000), "red").save(tmp_path / "turned.jpg", exif=turned)
    image = load_picture(str(tmp_path / "turned.jpg"), 400)
    assert (image.width(), image.height()) == (200, 400)


def test_what_cannot_be_read_is_a_null_image(qapp: object, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    assert load_picture(str(tmp_path / "text.jpg"), 100).isNull()
    assert load_picture(str(tmp_path / "nowhere.jpg"), 100).isNull()


@pytest.mark.parametrize("crop", [None, Box(0.2, 0.1, 0.7, 0.6)])
def test_a_transform_does_the_same_to_both_kinds_of_image(qapp: object, crop: Box | None) -> None:
    picture = Image.effect_noise((50, 30), 100).convert("RGB")
    for turn in ORIENTATIONS:
        transform = Transform(crop, turn.quarter_turns, turn.mirrored)
        wanted = from_pillow(transform.apply(picture))
        made = transformed(from_pillow(picture), transform)
        assert made.convertToFormat(wanted.format()) == wanted, transform


def test_all_pixels_come_with_their_halves(qapp: object, tmp_path: Path) -> None:
    file = tmp_path / "large.png"
    Image.new("RGB", (5_000, 2_500), "red").save(file)
    levels = load_levels(PictureSource(str(file)), 8_000)
    assert [level.width() for level in levels] == [1_250, 2_500, 5_000]
    assert {level.format() for level in levels} == {QImage.Format.Format_RGB32}
    (fitted,) = load_levels(PictureSource(str(file)), 2_000)
    assert (fitted.width(), fitted.height()) == (2_000, 1_000)


def test_a_part_is_loaded_from_bytes(qapp: object, tmp_path: Path) -> None:
    file = tmp_path / "wide.png"
    Image.new("RGB", (400, 200), "red").save(file)
    transform = Transform(Box(0, 0, 0.5, 0.5), 1)
    (part,) = load_levels(PictureSource(None, file.read_bytes(), transform), 8_000)
    assert (part.width(), part.height()) == (100, 200)
    assert load_levels(PictureSource(str(tmp_path / "nowhere.png")), 100) == []


def test_a_thumbnail_is_read_as_a_jpeg_and_nothing_else(samples: Path) -> None:
    """Above all not as SVG: see `from_jpeg`."""
    data = (samples / "birds" / "kingfisher.jpg").read_bytes()
    assert from_jpeg(data).size() == QImage.fromData(data).size()
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    assert not QImage.fromData(svg).isNull()
    assert from_jpeg(svg).isNull()
    assert from_jpeg(b"").isNull()
