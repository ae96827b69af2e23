"""Parts of pictures, turned and mirrored, and how they are written on the command line."""

from __future__ import annotations

import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from PIL import Image

from finder.core.errors import FinderError
from finder.core.pictures.transform import (
    IDENTITY,
    ORIENTATIONS,
    UPRIGHT,
    Box,
    CropText,
    Orientation,
    Transform,
)

PIXELS = np.random.default_rng(0).integers(0, 256, (30, 50, 3), np.uint8)
IMAGE = Image.fromarray(PIXELS)
LEFT_HALF = Box(0, 0, 0.5, 1)


def expected(pixels: np.ndarray, turns: int, mirrored: bool) -> np.ndarray:
    turned = np.rot90(pixels, -turns)  # numpy turns the other way
    return turned[:, ::-1] if mirrored else turned


@pytest.mark.parametrize("crop", [None, LEFT_HALF])
def test_a_part_is_cut_out_then_turned_clockwise_then_mirrored(crop: Box | None) -> None:
    part = PIXELS if crop is None else PIXELS[:, :25]
    for turns, mirrored in product(range(4), (False, True)):
        image = Transform(crop, turns, mirrored).apply(IMAGE)
        np.testing.assert_array_equal(np.asarray(image), expected(part, turns, mirrored))


def test_one_transform_after_another() -> None:
    for first, second in product(ORIENTATIONS, ORIENTATIONS):
        before = Transform(LEFT_HALF, first.quarter_turns, first.mirrored)
        both, one_by_one = before.then(second), second.apply(before.apply(IMAGE))
        np.testing.assert_array_equal(np.asarray(both.apply(IMAGE)), np.asarray(one_by_one))


def test_there_are_eight_orientations() -> None:
    seen = {np.asarray(turn.apply(IMAGE)).tobytes() for turn in ORIENTATIONS}
    assert len(seen) == len(ORIENTATIONS) == 8
    assert ORIENTATIONS[0] == UPRIGHT
    assert UPRIGHT.apply(IMAGE) is IMAGE


def test_the_identity_is_recognised() -> None:
    assert Transform().is_identity
    assert IDENTITY.apply(IMAGE) is IMAGE
    for other in (Transform(LEFT_HALF), Transform(None, 2), Transform(None, 0, True)):
        assert not other.is_identity


def test_a_tiny_part_has_a_pixel() -> None:
    assert Box(0.999, 0.999, 1, 1).in_pixels(10, 10) == (9, 9, 10, 10)
    assert Box(0, 0, 0.001, 1).in_pixels(10, 10) == (0, 0, 1, 10)


@pytest.mark.parametrize("sides", [(-0.1, 0, 1, 1), (0, 0, 1.1, 1), (0.5, 0, 0.5, 1), (0, 1, 1, 0)])
def test_a_box_outside_the_picture_or_without_area_is_refused(
    sides: tuple[float, float, float, float],
) -> None:
    with pytest.raises(ValueError, match="not a part"):
        Box(*sides)


def test_more_than_three_quarter_turns_are_refused() -> None:
    for make in (lambda: Orientation(4), lambda: Transform(None, -1)):
        with pytest.raises(ValueError, match="quarter turns"):
            make()


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("40,30,200,150", Box(0.1, 0.1, 0.6, 0.6)),
        (" 40, 30 ,200,150 ", Box(0.1, 0.1, 0.6, 0.6)),
        ("10%,10%,50%,50%", Box(0.1, 0.1, 0.6, 0.6)),
        ("50%,0%,100%,25%", Box(0.5, 0, 1, 0.25)),
        ("200,0,9999,9999", Box(0.5, 0, 1, 1)),
    ],
)
def test_crops_are_read(text: str, box: Box) -> None:
    found = CropText.parse(text).box(400, 300)
    assert (found.left, found.top) == pytest.approx((box.left, box.top))
    assert (found.right, found.bottom) == pytest.approx((box.right, box.bottom))


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "10%,10%,50,50", "-1,0,5,5", "0,0,0,5", "0,0,nan,5"],
)
def test_what_is_no_crop_is_refused(text: str) -> None:
    with pytest.raises(FinderError, match="is not a part of a picture"):
        CropText.parse(text)


def test_a_crop_outside_the_picture_is_refused_with_its_size() -> None:
    for text in ("400,0,10,10", "0,300,10,10", "100%,0%,10%,10%"):
        with pytest.raises(FinderError, match="400 × 300 pixels"):
            CropText.parse(text).box(400, 300)


def test_specs_are_cheap_to_import() -> None:
    code = (
        "import sys, finder.core.search.query.query_spec\n"
        "print(*{'numpy', 'PIL', 'onnxruntime', 'sqlite3'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
