"""What is said where labels are left without pictures, because a model has no vectors of them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path

import pytest
from failing_models import finds_nothing, paint
from generators import result_of
from making import run_index
from model_folders import Made, make_model
from PIL import Image

from finder.core.errors import FinderError
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.teaching.heads import Method
from finder.use_cases.evaluation.labelled_vectors import LabelSource
from finder.use_cases.evaluation.measure_copies import CopySource, measure_copies
from finder.use_cases.evaluation.measure_models import measure_models
from finder.use_cases.evaluation.teach_model import TeachingWish, teach_model
from finder.workers.extractor_pools import open_extractors

EACH = 4
Run = Callable[[Home, LabelSource, ModelSpec], Generator[object, None, object]]


def _measure(home: Home, source: LabelSource, spec: ModelSpec) -> Generator[object, None, object]:
    pools = partial(open_extractors, home)
    return measure_models(home, pools, "a test", source, [spec], Metric.EUCLIDEAN)


def _teach(home: Home, source: LabelSource, spec: ModelSpec) -> Generator[object, None, object]:
    wish = TeachingWish("new", (spec,), (Method.DISCRIMINANT,))
    return teach_model(home, partial(open_extractors, home), "a test", source, wish)


def _measure_copies(
    home: Home, source: LabelSource, spec: ModelSpec
) -> Generator[object, None, object]:
    copies = CopySource(source.folders, number=1)
    pools = partial(open_extractors, home)
    return measure_copies(home, pools, "a test", copies, [spec], Metric.EUCLIDEAN)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two labels; the pictures of one are dark."""
    for number in range(EACH):
        for label, colour in (("light", (190, 180, 160 + number)), ("dark", (2, 3, number))):
            path = tmp_path / "labels" / label / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (20, 30), colour).save(path)
    return tmp_path / "labels"


@pytest.fixture
def table(folder: Path, home: Home) -> Path:
    """The same labels; the library has these pictures, embedded by a model called `mean`."""
    mean = load_spec(make_model(home.models, Made(name="mean")))
    run_index(home, [folder], [mean], ExtractorPool())
    file = folder.parent / "labels.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(["path", "label"])
        rows.writerows([path, path.parent.name] for path in sorted(folder.glob("*/*.png")))
    return file


@pytest.fixture
def lacking(home: Home, tmp_path: Path) -> ModelSpec:
    """A model that has embedded another picture only."""
    spec = load_spec(make_model(home.models, Made(name="lacking")))
    run_index(home, [paint(tmp_path / "others", light=1, dark=0)], [spec], ExtractorPool())
    return spec


@pytest.mark.parametrize("run", [_measure, _teach])
def test_pictures_of_a_table_that_the_model_has_not_embedded(
    home: Home, table: Path, lacking: ModelSpec, run: Run
) -> None:
    """Those of a table are not indexed: the way out is to do so."""
    with pytest.raises(FinderError) as fault:
        result_of(run(home, LabelSource(table=table), lacking))
    assert "8 labelled pictures have no vector of Mean colour." in str(fault.value)
    assert "image-finder index --model lacking" in fault.value.hint


@pytest.mark.parametrize("run", [_measure, _teach])
def test_pictures_of_a_folder_that_the_model_cannot_use(home: Home, folder: Path, run: Run) -> None:
    """They were just indexed: to do it again would not help."""
    picky = load_spec(finds_nothing(home.models))
    with pytest.raises(FinderError) as fault:
        result_of(run(home, LabelSource((str(folder),)), picky))
    assert f"{EACH} labelled pictures have no vector of Picky." in str(fault.value)
    assert "image-finder skipped" in fault.value.hint


@pytest.mark.parametrize("run", [_measure, _teach])
def test_too_few_labels_are_said_whatever_a_model_lacks(
    home: Home, table: Path, lacking: ModelSpec, run: Run
) -> None:
    lines = table.read_text("utf-8").splitlines()
    table.write_text("\n".join(line for line in lines if "dark" not in line), "utf-8")
    with pytest.raises(FinderError, match="at least two labels") as fault:
        result_of(run(home, LabelSource(table=table), lacking))
    assert "Only pictures of the library count" in fault.value.hint


@pytest.mark.parametrize("run", [_measure, _measure_copies, _teach])
def test_a_model_that_was_removed_meanwhile_is_named(home: Home, folder: Path, run: Run) -> None:
    spec = load_spec(make_model(home.models, Made(name="removed")))
    run_index(home, [folder], [spec], ExtractorPool())
    shutil.rmtree(spec.file.parent)
    with pytest.raises(FinderError, match="Not installed any more: Mean colour"):
        result_of(run(home, LabelSource((str(folder),)), spec))
