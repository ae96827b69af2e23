"""Pixels and hashes: their definitions, and how near altered copies are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from finder.core.models.baselines import dhash, phash, pixels
from finder.core.models.registry import list_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import shipped_models_dir


@pytest.fixture(scope="module")
def baselines() -> list[ModelSpec]:
    specs, broken = list_models([shipped_models_dir()])
    assert not broken
    return [spec for spec in specs if spec.is_baseline]


@pytest.fixture
def bird(samples: Path) -> Image.Image:
    with Image.open(samples / "birds" / "kingfisher.jpg") as image:
        return image.convert("RGB")


def differing(one: NDArray[np.float32], other: NDArray[np.float32]) -> int:
    return int(np.count_nonzero((one > 0) != (other > 0)))


def test_the_shipped_baselines(baselines: list[ModelSpec]) -> None:
    assert [(spec.name, spec.dimension) for spec in baselines] == [
        ("dhash-256", 256),
        ("dhash-64", 64),
        ("phash-256", 256),
        ("phash-64", 64),
        ("pixels", 769),
    ]
    assert len({spec.sha256 for spec in baselines}) == 5


def test_every_vector_has_length_1(baselines: list[ModelSpec], bird: Image.Image) -> None:
    flat = [Image.new("RGB", (40, 30), colour) for colour in ("black", "white", "#123456")]
    for spec in baselines:
        for image in (bird, *flat):
            vector = ExtractorPool().get(spec).embed_image(image)
            assert vector.dtype == np.float32
            assert vector.shape == (spec.dimension,)
            assert abs(float(np.linalg.norm(vector)) - 1.0) < 1e-6


def test_pixels_can_be_restored() -> None:
    colours = np.random.default_rng(1).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    vector = pixels(Image.fromarray(colours), 16)
    np.testing.assert_allclose(vector[:-1] * np.sqrt(768) * 255, colours.ravel(), atol=1e-3)


def test_dhash_marks_where_brightness_rises() -> None:
    rising = Image.fromarray(np.tile(np.arange(9, dtype=np.uint8) * 20, (8, 1)))
    assert (dhash(rising, 8) > 0).all()
    assert (dhash(rising.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 8) < 0).all()


def test_phash_is_made_of_the_low_frequencies() -> None:
    grey = np.random.default_rng(2).integers(0, 256, (32, 32)).astype(np.uint8)
    n = np.arange(32)
    low = [
        float(
            (
                grey
                * np.outer(np.cos(np.pi * (n + 0.5) * v / 32), np.cos(np.pi * (n + 0.5) * u / 32))
            ).sum()
        )
        for v in range(8)
        for u in range(8)
    ]
    expected = np.array(low) > np.median(low)
    np.testing.assert_array_equal(phash(Image.fromarray(grey), 8) > 0, expected)


@pytest.mark.parametrize(("hash_", "side"), [(phash, 8), (phash, 16), (dhash, 8), (dhash, 16)])
def test_a_smaller_darker_copy_is_near_and_another_picture_far(
    hash_: object, side: int, bird: Image.Image, samples: Path
) -> None:
    assert callable(hash_)
    bits = side * side
    copy = bird.resize((bird.width // 2, bird.height // 2)).point(
        [v * 9 // 10 for v in range(256)] * 3
    )
    with Image.open(samples / "cats" / "kitten.jpg") as image:
        other = image.convert("RGB")
    mine = hash_(bird, side)
    assert differing(mine, hash_(copy, side)) <= bits * 0.06
    assert differing(mine, hash_(other, side)) >= bits * 0.25
