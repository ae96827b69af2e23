from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from generators import result_of
from making import unit_vectors
from PIL import Image

from finder.core.evaluation.alterations import ALTERATIONS, altered_jpeg
from finder.core.evaluation.copy_names import AlteredFile, altered_files
from finder.core.evaluation.evaluation import ModelVectors, evaluate_copies
from finder.core.search.distance import Metric
from finder.core.search.ranking.similarity import UnitVectorSimilarity

FOLDER = os.path.join(os.sep, "copies")


@pytest.fixture(scope="module")
def photo(samples: Path) -> Image.Image:
    with Image.open(samples / "cats" / "kitten.jpg") as image:
        return image.convert("RGB")


@pytest.mark.parametrize("name", ALTERATIONS)
def test_an_alteration_is_another_picture_and_the_same_each_time(
    name: str, photo: Image.Image
) -> None:
    once = altered_jpeg(photo, name, 3)
    assert altered_jpeg(photo, name, 3) == once
    if name not in ("mirrored", "compressed"):
        assert altered_jpeg(photo, name, 4) != once
    with Image.open(io.BytesIO(once)) as altered:
        assert altered.format == "JPEG"
        small = altered.convert("RGB").resize((32, 32))
    difference = np.abs(np.asarray(small, float) - np.asarray(photo.resize((32, 32)), float))
    assert difference.mean() < 110, "still of the same picture"


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (40, 2), (9, 9)])
def test_tiny_and_thin_pictures_can_be_altered(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "red")
    for name in ALTERATIONS:
        for seed in range(5):
            with Image.open(io.BytesIO(altered_jpeg(image, name, seed))) as altered:
                altered.load()


def test_a_copy_has_the_name_of_its_original() -> None:
    originals = {"sunset": {1}, "sunset-2": {2}, "IMG_1": {3}}
    paths = {
        "sunset.png": AlteredFile("", 1, "altered"),
        "sunset--crop.jpg": AlteredFile("", 1, "crop"),
        "sunset-2--crop.jpg": AlteredFile("", 2, "crop"),
        os.path.join("blurred", "IMG_1_small.jpg"): AlteredFile("", 3, "blurred"),
        os.path.join("blurred", "IMG_1--dark.jpg"): AlteredFile("", 3, "dark"),
        "IMG_12.jpg": None,
        "another.jpg": None,
    }
    given = [os.path.join(FOLDER, path) for path in paths]
    found, others, ambiguous = altered_files(given, FOLDER, originals, "altered")
    assert (others, ambiguous) == (2, 0)
    expected = [
        AlteredFile(path, copy.original, copy.kind)
        for path, copy in zip(given, paths.values(), strict=True)
        if copy is not None
    ]
    assert found == expected


def test_a_name_of_several_pictures_names_none() -> None:
    """Nor does a shorter name that its copy begins with, too."""
    originals = {"my": {1}, "my sunset": {2, 3}}
    names = ("my sunset--crop.jpg", "my sunset.jpg", "my--x.jpg")
    given = [os.path.join(FOLDER, name) for name in names]
    found, others, ambiguous = altered_files(given, FOLDER, originals, "altered")
    assert found == [AlteredFile(given[-1], 1, "x")]
    assert (others, ambiguous) == (0, 2)


def test_the_original_alone_is_relevant() -> None:
    random = np.random.default_rng(1)
    pictures = unit_vectors(random, 50, 16)
    originals = np.array([4, 4, 9, 30])
    noise = 0.05 * random.normal(size=(4, 16)).astype(np.float32)
    queries = pictures[originals] + noise
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    lost = unit_vectors(random, 4, 16)
    similarity = UnitVectorSimilarity(Metric.EUCLIDEAN, 16)
    models = [
        ModelVectors("good", similarity, pictures, queries),
        ModelVectors("lost", similarity, pictures, lost),
    ]
    of_models, of_combinations = result_of(
        evaluate_copies(originals, models, {"combined": {"good": 1.0, "lost": 0.01}})
    )
    assert of_models["good"].metrics.recall_at_1.tolist() == [1.0] * 4
    assert of_combinations["combined"].metrics.recall_at_1.tolist() == [1.0] * 4
    products = pictures @ lost.T
    ranks = 1 + (products > products[originals, np.arange(4)]).sum(axis=0)
    assert of_models["lost"].metrics.average_precision == pytest.approx(1 / ranks)
