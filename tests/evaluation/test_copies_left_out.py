"""Which copies are not searched for, and how many are worked on at a time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from failing_models import finds_nothing, paint
from generators import result_of
from making import run_index
from model_folders import Made, make_model
from PIL import Image

from finder.core.errors import FinderError
from finder.core.evaluation.alteration_names import TITLES
from finder.core.evaluation.copy_measurement import CopiesLeftOut, CopyMeasurement
from finder.core.evaluation.measurement_words import copies_left_out
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.use_cases.evaluation.measure_copies import CopySource, measure_copies
from finder.use_cases.evaluation.measuring_steps import Phase
from finder.use_cases.models.model_speed import Speed, store_speed
from finder.workers.extractor_pools import open_extractors

RED, GREEN, BLUE = (250, 20, 20), (20, 250, 20), (20, 20, 250)


def measured(home: Home, specs: Sequence[ModelSpec], source: CopySource) -> CopyMeasurement:
    pools = partial(open_extractors, home)
    return result_of(measure_copies(home, pools, "a test", source, specs, Metric.EUCLIDEAN))


def timed(home: Home, spec: ModelSpec) -> ModelSpec:
    """Its speed is known, so that it is not measured."""
    store_speed(home, spec.sha256, Speed(1, 1.0, 2))
    return spec


@pytest.fixture
def mean(home: Home) -> ModelSpec:
    return timed(home, load_spec(make_model(home.models, Made(name="mean"))))


@pytest.fixture
def picky(home: Home) -> ModelSpec:
    """It has no vectors of dark pictures."""
    return timed(home, load_spec(finds_nothing(home.models)))


@pytest.fixture
def source(tmp_path: Path) -> CopySource:
    """Two pictures are called “sunset”, in different folders; “hill” is called “slope”, too."""
    colours = {
        "pictures/beach/sunset.png": RED,
        "pictures/lake/sunset.png": BLUE,
        "pictures/hill.png": GREEN,
        "pictures/slope.png": GREEN,
        "altered/sunset--crop.png": BLUE,
        "altered/hill--crop.png": GREEN,
        "altered/slope--dark.png": GREEN,
        "altered/unknown.png": RED,
    }
    for name, colour in colours.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20, 30), colour).save(tmp_path / name)
    return CopySource((str(tmp_path / "pictures"),), str(tmp_path / "altered"))


def test_a_copy_of_which_picture_is_not_known(
    home: Home, mean: ModelSpec, source: CopySource
) -> None:
    found = measured(home, [mean], source)
    assert (found.pictures, found.copies) == (3, 2)
    assert found.left_out == CopiesLeftOut(others=1, ambiguous=1)
    assert found.models["mean"].means["r1"] == 1.0
    assert list(copies_left_out(found.left_out)) == [
        "1 file is left out: it is no copy of these pictures, or cannot be used.",
        "1 copy is left out: several pictures have the name of its original.",
    ]


def test_where_no_original_is_known_it_says_why(
    home: Home, mean: ModelSpec, source: CopySource
) -> None:
    (Path(source.folders[0]) / "hill.png").unlink()
    (Path(source.folders[0]) / "slope.png").unlink()
    with pytest.raises(FinderError, match="no altered copies") as fault:
        measured(home, [mean], source)
    assert "Several pictures have the name of their original" in fault.value.hint


def test_copies_of_pictures_that_a_model_lacks(
    home: Home, mean: ModelSpec, picky: ModelSpec, tmp_path: Path
) -> None:
    originals = paint(tmp_path / "pictures", light=3, dark=2)
    altered = paint(tmp_path / "altered", light=3, dark=2)
    source = CopySource((str(originals),), str(altered))
    assert measured(home, [mean], source).left_out == CopiesLeftOut()
    found = measured(home, [mean, picky], source)
    assert (found.pictures, found.copies) == (3, 3)
    assert found.left_out == CopiesLeftOut(not_embedded=2)
    assert list(copies_left_out(found.left_out)) == [
        "2 copies are left out: one of the models has no vector of their original."
    ]
    for path in altered.glob("light-*"):
        path.unlink()
    with pytest.raises(FinderError, match="no altered copies") as fault:
        measured(home, [mean, picky], source)
    assert "that the models have embedded" in fault.value.hint


def test_copies_are_made_of_pictures_that_all_models_have_embedded(
    home: Home, mean: ModelSpec, picky: ModelSpec, tmp_path: Path
) -> None:
    originals = paint(tmp_path / "pictures", light=2, dark=2)
    source = CopySource((str(originals),), number=2, alterations=("mirrored",))
    found = measured(home, [mean, picky], source)
    assert (found.pictures, found.copies) == (2, 2)
    assert found.left_out == CopiesLeftOut()


def test_only_some_copies_wait_for_a_thread(
    home: Home, mean: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    originals = paint(tmp_path / "pictures", light=30, dark=0)
    run_index(home, [originals], [mean], ExtractorPool())
    submitted: list[Future[Any]] = []
    submit = ThreadPoolExecutor.submit

    def counted(pool: ThreadPoolExecutor, *given: Any) -> Future[Any]:
        submitted.append(submit(pool, *given))
        return submitted[-1]

    monkeypatch.setattr(ThreadPoolExecutor, "submit", counted)
    source = CopySource((str(originals),), number=30)
    copies = 30 * len(TITLES)
    pools = partial(open_extractors, home)
    most = 0
    run = measure_copies(home, pools, "a test", source, [mean], Metric.EUCLIDEAN)
    with closing(run):
        for step in run:
            if step.phase is Phase.EMBEDDING:
                most = max(most, sum(not future.done() for future in submitted))
    assert len(submitted) == copies
    assert 0 < most < copies / 4
