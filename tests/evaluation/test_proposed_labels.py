"""`image-finder models labels`: labels proposed for the library's pictures."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import error_of, output_of
from PIL import Image

from finder.core.models.label_head import FILE, LabelHead
from finder.core.models.model_folders import add_model
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home

PICTURES = ("cats/kitten.jpg", "fish/goldfish.jpg")


@pytest.fixture
def folder(samples: Path, tmp_path: Path) -> Path:
    """Two pictures that the model has learned, and one beside each that looks like it."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in PICTURES:
        shutil.copy(samples / name, pictures)
        with Image.open(samples / name) as image:
            image.resize((300, 300)).save(pictures / f"{Path(name).stem}-small.png")
    return pictures


def head_bytes(samples: Path, spec: ModelSpec) -> bytes:
    """Of a classifier whose labels are what these two pictures show."""
    extractor = Extractor(spec)
    vectors = []
    for name in PICTURES:
        with Image.open(samples / name) as image:
            vectors.append(extractor.embed_image(image.convert("RGB")))
    weights = 20 * np.stack(vectors)
    return LabelHead(weights, np.zeros(2, np.float32), ("cat", "fish")).as_bytes()


def test_it_proposes_labels_for_indexed_pictures(
    home: Home, samples: Path, folder: Path, fast_spec: ModelSpec
) -> None:
    beside = {FILE: head_bytes(samples, fast_spec)}
    add_model(home, replace(fast_spec, name="mine"), fast_spec.file.read_bytes(), beside)
    output_of("index", str(folder), "--model", fast_spec.name, home=home)
    assert "has not indexed any picture" in error_of("models", "labels", "mine", home=home)
    assert "has learned no labels" in error_of("models", "labels", fast_spec.name, home=home)
    output_of("index", str(folder), "--model", "mine", home=home)
    none = error_of("models", "labels", "mine", str(samples), home=home)
    assert "index --model mine" in none
    found = json.loads(output_of("models", "labels", "mine", "--json", home=home))
    assert {Path(one["path"]).name: one["label"] for one in found} == {
        "kitten.jpg": "cat",
        "kitten-small.png": "cat",
        "goldfish.jpg": "fish",
        "goldfish-small.png": "fish",
    }
    assert all(0.5 < one["confidence"] <= 1 for one in found)
    lines = output_of("models", "labels", "mine", str(folder), "--least", "50", home=home)
    assert f"{folder / 'kitten.jpg'}\tcat\t" in lines
    assert output_of("models", "labels", "mine", "--least", "100", home=home) == ""
