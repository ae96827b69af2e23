"""Folders are found in the library however they are written."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest
from failing_models import paint
from model_folders import Made, make_model
from PIL import Image

from finder.core.cancellation import CancelToken
from finder.core.models.manifest import load_spec
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.jobs.library_evaluation import LibraryEvaluation, MeasuredCopies, MeasuredLabels
from finder.jobs.library_teaching import LibraryTeaching
from finder.use_cases.evaluation.labelled_vectors import LabelSource
from finder.use_cases.evaluation.measure_copies import CopySource
from finder.use_cases.evaluation.teach_model import Taught
from finder.use_cases.models.model_speed import Speed, store_speed
from finder.workers.extractor_pools import open_extractors


@pytest.fixture
def spec(home: Home) -> ModelSpec:
    """Its speed is known, so that it is not measured."""
    made = load_spec(make_model(home.models, Made(name="mean")))
    store_speed(home, made.sha256, Speed(1, 1.0, 2))
    return made


def roundabout(folder: Path) -> str:
    """Another way to write its path."""
    return os.path.join(folder, os.pardir, folder.name)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Two labels with five pictures each; not in the library."""
    for number in range(5):
        for label, colour in (("red", (200, number, 20)), ("blue", (20, number, 200))):
            path = tmp_path / "labels" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (20, 30), colour).save(path)
    return tmp_path / "labels"


def test_labels_are_measured(home: Home, spec: ModelSpec, labels: Path) -> None:
    evaluation = LibraryEvaluation(home, partial(open_extractors, home))
    source = LabelSource((roundabout(labels),))
    *_, found = evaluation.measure(source, [spec], CancelToken())
    assert isinstance(found, MeasuredLabels)
    assert found.labels == ("blue", "red")


def test_labels_are_taught(home: Home, spec: ModelSpec, labels: Path) -> None:
    teaching = LibraryTeaching(home, partial(open_extractors, home))
    source = LabelSource((roundabout(labels),))
    *_, found = teaching.teach(source, "new", [spec], ["discriminant"], 0, CancelToken())
    assert isinstance(found, Taught)
    assert found.labelled.names == ("blue", "red")


def test_copies_are_not_searched_among_themselves(
    home: Home, spec: ModelSpec, tmp_path: Path
) -> None:
    """The folder with the copies lies in that of the originals."""
    originals = paint(tmp_path / "pictures", light=4, dark=0)
    altered = originals / "altered"
    altered.mkdir()
    Image.new("RGB", (9, 9), (200, 180, 150)).save(altered / "light-0--small.png")
    evaluation = LibraryEvaluation(home, partial(open_extractors, home))
    source = CopySource((roundabout(originals),), roundabout(altered))
    *_, found = evaluation.measure_copies(source, [spec], CancelToken())
    assert isinstance(found, MeasuredCopies)
    assert (found.measurement.pictures, found.measurement.copies) == (4, 1)
