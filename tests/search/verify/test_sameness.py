"""Whether two pictures are the same: real pictures, changed in the ways that copies are."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from finder.core.pictures.transform import ORIENTATIONS, Orientation
from finder.core.search.verify.comparison import compare
from finder.core.search.verify.local_features import LocalFeatures, local_features
from finder.core.search.verify.sameness import Point, SameKind, Sameness
from finder.core.search.verify.stored_features import as_bytes, from_bytes

Change = Callable[[Image.Image], Image.Image]


@pytest.fixture(scope="module")
def picture(samples: Path) -> Image.Image:
    with Image.open(samples / "castles" / "chambord.jpg") as opened:
        return opened.convert("RGB")


def verified(query: Image.Image, match: Image.Image) -> Sameness | None:
    return compare(local_features(query), local_features(match))


def proven(query: Image.Image, match: Image.Image) -> Sameness:
    found = verified(query, match)
    assert found is not None
    return found


def outline_of(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def part_of(
    image: Image.Image, left: float, top: float, right: float, bottom: float
) -> Image.Image:
    width, height = image.size
    return image.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )


def saved_badly(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=15)
    return Image.open(file).convert("RGB")


def written_on(image: Image.Image) -> Image.Image:
    copy = image.copy()
    draw = ImageDraw.Draw(copy)
    for top in (0.05, 0.45, 0.8):
        draw.text((20, image.height * top), "SHARED BY SOMEBODY", "white", font_size=40)
    return copy


@pytest.mark.parametrize(
    "change",
    [
        saved_badly,
        written_on,
        lambda image: image.resize((image.width // 4, image.height // 4)),
        lambda image: image.resize((image.width, round(image.height * 1.1))),
        lambda image: image.filter(ImageFilter.GaussianBlur(4)),
        lambda image: ImageOps.grayscale(image).convert("RGB"),
        lambda image: ImageEnhance.Brightness(image).enhance(0.6),
        lambda image: image.rotate(5),
    ],
    ids=["saved", "written", "smaller", "higher", "blurred", "grey", "darker", "tilted"],
)
def test_a_copy_is_the_whole_picture(picture: Image.Image, change: Change) -> None:
    for query, match in ((change(picture), picture), (picture, change(picture))):
        found = proven(query, match)
        assert found.kind is SameKind.WHOLE
        assert not found.is_by_pixels
        assert 0.8 <= found.share <= 1


def test_the_outline_of_a_whole_picture_is_the_edge_of_the_other(picture: Image.Image) -> None:
    found = proven(picture.resize((300, 300)), picture)
    assert np.allclose(found.outline, outline_of(0, 0, 1, 1), atol=0.02)


def test_a_part_is_outlined_in_the_whole(picture: Image.Image) -> None:
    found = proven(part_of(picture, 0.3, 0.2, 0.8, 0.7), picture)
    assert found.kind is SameKind.PART
    assert np.allclose(found.outline, outline_of(0.3, 0.2, 0.8, 0.7), atol=0.02)
    assert found.label == "contains your picture"


def test_the_whole_reaches_beyond_its_part(picture: Image.Image) -> None:
    found = proven(picture, part_of(picture, 0.25, 0.25, 0.75, 0.75))
    assert found.kind is SameKind.PART
    assert np.allclose(found.outline, outline_of(-0.5, -0.5, 1.5, 1.5), atol=0.05)
    assert found.label == "same picture, cropped"


def test_a_frame_makes_the_picture_a_part(picture: Image.Image) -> None:
    found = proven(picture, ImageOps.expand(picture, 60, "black"))
    assert found.kind is SameKind.PART
    assert found.label == "contains your picture"


def test_two_parts_that_overlap_are_parts_of_the_same(picture: Image.Image) -> None:
    left, right = part_of(picture, 0, 0, 0.75, 1), part_of(picture, 0.25, 0, 1, 1)
    found = proven(left, right)
    assert found.kind is SameKind.PART
    assert found.label == "same picture, cropped", "it does not have all of the query"


def test_a_mirrored_copy_has_its_corners_exchanged(picture: Image.Image) -> None:
    found = proven(ImageOps.mirror(part_of(picture, 0.2, 0.1, 0.9, 0.9)), picture)
    assert found.kind is SameKind.MIRRORED
    top_left, top_right, bottom_right, bottom_left = outline_of(0.2, 0.1, 0.9, 0.9)
    assert np.allclose(found.outline, [top_right, top_left, bottom_left, bottom_right], atol=0.02)


@pytest.mark.parametrize("turn", ORIENTATIONS[1:], ids=str)
def test_every_orientation_is_found(picture: Image.Image, turn: Orientation) -> None:
    expected = SameKind.TURNED if turn.quarter_turns else SameKind.MIRRORED
    assert proven(turn.apply(picture), picture).kind is expected


def test_a_picture_that_is_turned_a_little_more_is_turned(picture: Image.Image) -> None:
    turned = picture.rotate(35, Image.Resampling.BICUBIC, expand=True)
    assert proven(turned, picture).kind is SameKind.TURNED


def test_different_photographs_of_all_samples_are_never_the_same(samples: Path) -> None:
    groups = sorted(path for path in samples.iterdir() if path.is_dir() and path.name != "altered")
    chosen = [path for group in groups for path in sorted(group.glob("*.jpg"))[:2]]
    described = []
    for path in chosen:
        with Image.open(path) as opened:
            described.append(local_features(opened.convert("RGB")))
    found = [
        (chosen[one].name, chosen[other].name)
        for one in range(len(chosen))
        for other in range(one)
        if compare(described[one], described[other]) is not None
    ]
    assert len(chosen) > 20
    assert found == []


def test_the_same_letters_do_not_make_two_pictures_the_same(
    picture: Image.Image, samples: Path
) -> None:
    with Image.open(samples / "castles" / "schwerin.jpg") as opened:
        other = opened.convert("RGB").resize(picture.size)
    assert verified(written_on(picture), written_on(other)) is None


def test_a_drawing_in_another_colour_is_another_one() -> None:
    def drawing(colour: str) -> Image.Image:
        image = Image.new("RGB", (400, 300), "white")
        draw = ImageDraw.Draw(image)
        for number in range(12):
            x, y = 30 + number % 4 * 90, 30 + number // 4 * 90
            draw.regular_polygon((x, y, 20 + number), 3 + number % 5, number * 7, colour)
        return image

    assert verified(drawing("red"), drawing("red")) is not None
    assert verified(drawing("red"), drawing("blue")) is None


def plain(image: Image.Image) -> Image.Image:
    """Hardly any points are left."""
    return image.filter(ImageFilter.GaussianBlur(40))


def test_plain_pictures_are_compared_as_they_are(picture: Image.Image, samples: Path) -> None:
    soft = plain(picture)
    assert len(local_features(soft).points) < 60
    assert proven(saved_badly(soft), soft).kind is SameKind.WHOLE
    assert proven(ImageOps.mirror(soft).resize((200, 150)), soft).kind is SameKind.MIRRORED
    with Image.open(samples / "castles" / "schwerin.jpg") as opened:
        other = plain(opened.convert("RGB").resize(picture.size))
    assert verified(other, soft) is None


def test_where_there_are_no_points_the_share_is_that_of_the_pixels() -> None:
    dusk = Image.radial_gradient("L").convert("RGB")
    assert proven(dusk.resize((200, 200)), dusk).is_by_pixels


def noise(width: int, height: int) -> Image.Image:
    values = np.random.default_rng(5).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(values)


HOSTILE = {
    "a pixel": Image.new("RGB", (1, 1), "red"),
    "one colour": Image.new("RGB", (500, 400), "white"),
    "wide": noise(6000, 3),
    "high": noise(1, 3000),
    "noise": noise(400, 300),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_odd_pictures_are_compared_without_an_error(picture: Image.Image, name: str) -> None:
    odd = HOSTILE[name]
    assert verified(odd, picture) is None
    assert verified(picture, odd) is None


def test_nothing_is_proven_of_what_shows_nothing() -> None:
    for name in ("a pixel", "one colour"):
        assert verified(HOSTILE[name], HOSTILE[name]) is None


def test_a_copy_of_mere_noise_is_proven_by_its_points() -> None:
    assert proven(saved_badly(noise(400, 300)), noise(400, 300)).kind is SameKind.WHOLE
    assert verified(noise(400, 300), noise(300, 400)) is None


def same_arrays(one: LocalFeatures, other: LocalFeatures) -> bool:
    parts = ("points", "descriptors", "small")
    equal = [np.array_equal(getattr(one, part), getattr(other, part)) for part in parts]
    return all(equal) and one.size == other.size


def test_features_are_the_same_each_time_and_from_their_bytes(picture: Image.Image) -> None:
    features = local_features(picture)
    assert same_arrays(local_features(picture), features)
    kept = as_bytes(features)
    read = from_bytes(kept)
    assert read is not None
    assert same_arrays(read, features)
    assert compare(read, features) == compare(features, features)
    odd = [replace(features, points=features.points * factor) for factor in (np.nan, 2, -1)]
    for damaged in (b"", kept[:9], kept[:-1], kept + b"x", bytes(len(kept)), *map(as_bytes, odd)):
        assert from_bytes(damaged) is None
