"""Pictures on their way to the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtGui import QColor

from finder.jobs.images import from_pillow, load_picture


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
