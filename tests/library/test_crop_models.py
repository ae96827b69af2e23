"""Crops belong to their model: for users, checks and repairs, and processes of their own."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from crop_scene import switch_on
from making import assert_in_step, copied, matrix_vectors, run_index
from model_folders import Made, make_model

from finder.core.cancellation import CancelToken
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.check.full_check import check
from finder.core.library.indexing.progress import Counts
from finder.core.library.model_usage import model_usages, remove_model
from finder.core.library.writer import LibraryWriter
from finder.core.models.crops import CROPS, crops_name, crops_of
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.scan import FoundFile
from finder.use_cases.library.library_overview import library_overview
from finder.use_cases.models.models_overview import models_overview
from finder.use_cases.models.reindex_model import reindex_model
from finder.workers.isolated_worker import work_isolated


@pytest.fixture
def birds(samples: Path, tmp_path: Path) -> Path:
    """A folder of three pictures."""
    return copied(sorted((samples / "birds").glob("*.jpg"))[:3], tmp_path / "birds")[0].parent


@pytest.fixture
def cats(samples: Path, tmp_path: Path) -> Path:
    """A folder of two."""
    return copied(sorted((samples / "cats").glob("*.jpg"))[:2], tmp_path / "cats")[0].parent


def test_users_see_no_model_of_its_own(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [birds], [small_spec], extractors)
    with closing(Catalogue(home)) as catalogue:
        before = model_usages(home, catalogue, [small_spec])
    switch_on(home, birds)
    run_index(home, [birds], [small_spec], extractors)
    overview = library_overview(home)
    assert overview.indexed == {small_spec.name: 3}
    assert overview.with_crops == (str(birds),)
    assert not any(crops_name("") in entry.name for entry in models_overview(home).entries)
    with closing(Catalogue(home)) as catalogue:
        after = model_usages(home, catalogue, [small_spec])
    assert after.keys() == before.keys()
    grown = after[small_spec.name].vector_bytes - before[small_spec.name].vector_bytes
    assert grown >= 3 * len(CROPS) * small_spec.dimension * 4


def test_a_removed_model_takes_its_crops_with_it(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    make_model(home.models, Made())
    switch_on(home, birds)
    run_index(home, [birds], [small_spec], extractors)
    with closing(Catalogue(home)) as catalogue:
        usage = model_usages(home, catalogue, [small_spec])[small_spec.name]
    remove_model(home, usage)
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.models.states() == {}
    assert list(home.nearest.glob(f"{small_spec.name}*")) == []


def test_a_model_that_indexes_again_makes_its_crops_again(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    switch_on(home, birds)
    run_index(home, [birds], [small_spec], extractors)
    before = matrix_vectors(home, crops_name(small_spec.name))
    steps = list(reindex_model(home, small_spec, lambda: extractors, "a test"))
    assert steps[0].dropped == 3
    assert steps[-1].progress is not None
    assert steps[-1].progress.counts == Counts(new=3)
    after = assert_in_step(home, crops_name(small_spec.name))
    assert all(np.array_equal(after[picture], before[picture]) for picture in before)


def test_a_damaged_crop_is_found_and_made_again(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    switch_on(home, birds)
    run_index(home, [birds], [small_spec], extractors)
    before = matrix_vectors(home, crops_name(small_spec.name))
    (matrix,) = home.nearest.glob(f"{crops_name(small_spec.name)}-*.f32")
    with matrix.open("r+b") as file:
        file.seek(40)
        file.write(b"\xff\xff\x7f\x7f")
    *_, found = check(home, [small_spec], [], False)
    assert [f.sentence.partition(":")[0] for f in found.findings] == [
        f"Crops for {small_spec.title}"
    ]
    *_, repaired = check(home, [small_spec], [], True)
    assert all(finding.repaired for finding in repaired.findings)
    after = assert_in_step(home, crops_name(small_spec.name))
    assert all(np.array_equal(after[picture], before[picture]) for picture in before)


def test_a_process_of_its_own_makes_the_same_crops(
    home: Home, birds: Path, cats: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    make_model(home.models, Made())
    switch_on(home, birds)
    both = [small_spec, crops_of(small_spec)]
    with LibraryWriter(home) as writer:
        writer.register_models(both)
    bird, cat = sorted(birds.iterdir())[0], sorted(cats.iterdir())[0]
    made = {
        file: work_isolated(home, _found(file), both, CancelToken()).result.vectors
        for file in (bird, cat)
    }
    assert made[bird].keys() == {spec.name for spec in both}
    assert made[cat].keys() == {small_spec.name}
    run_index(home, [birds], [small_spec], extractors)
    with closing(Catalogue(home)) as catalogue:
        picture = catalogue.files.picture_of(str(bird)) or 0
    stored = matrix_vectors(home, crops_name(small_spec.name))[picture]
    assert np.array_equal(stored, made[bird][crops_name(small_spec.name)])


def _found(file: Path) -> FoundFile:
    facts = file.stat()
    return FoundFile(str(file), facts.st_size, facts.st_mtime_ns)
