"""Crops in the index: asked for by folder, made by the next run, and removed with what asked."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from crop_scene import switch_on, with_crops
from making import assert_in_step, copied, in_catalogue, matrix_vectors, run_index
from model_folders import Made, make_model
from PIL import Image

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.check.full_check import check
from finder.core.library.crop_folders import crop_folders, remove_crops
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Counts, Phase
from finder.core.library.model_usage import model_usages, remove_model
from finder.core.library.writer import LibraryWriter
from finder.core.models.crops import CROPS, SCALE, crops_name, crops_of
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.scan import FoundFile
from finder.core.pictures.transform import Box
from finder.use_cases.library.index_folders import forget_folder, index_folders, switch_crops_off
from finder.use_cases.library.library_overview import library_overview
from finder.use_cases.models.models_overview import models_overview
from finder.use_cases.models.reindex_model import reindex_model
from finder.workers.isolated_worker import work_isolated
from finder.workers.worker_pools import worker_pool


@pytest.fixture
def birds(samples: Path, tmp_path: Path) -> Path:
    """A folder of three pictures."""
    return copied(sorted((samples / "birds").glob("*.jpg"))[:3], tmp_path / "birds")[0].parent


@pytest.fixture
def cats(samples: Path, tmp_path: Path) -> Path:
    """A folder of two."""
    return copied(sorted((samples / "cats").glob("*.jpg"))[:2], tmp_path / "cats")[0].parent


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.rglob("*.jpg")}


def switch_off(home: Home, *folders: Path) -> int:
    with LibraryWriter(home) as writer:
        return remove_crops(writer, map(str, folders))


def asked(home: Home) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        return list(crop_folders(catalogue))


def test_only_the_folders_that_the_user_chose_have_crops(
    home: Home, birds: Path, cats: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    assert run_index(home, [birds, cats], [small_spec], extractors).counts == Counts(new=5)
    whole = matrix_vectors(home, small_spec.name)
    switch_on(home, birds)
    last = run_index(home, [birds, cats], [small_spec], extractors)
    assert last.counts == Counts(new=3, unchanged=2)
    assert list(last.models) == [small_spec.name]
    assert (last.models[small_spec.name].done, last.models[small_spec.name].total) == (5, 5)
    assert last.models[small_spec.name].per_second > 0
    assert with_crops(home, small_spec) == names(birds)
    assert_in_step(home, crops_name(small_spec.name))
    again = run_index(home, [birds, cats], [small_spec], extractors)
    assert again.counts == Counts(unchanged=5)
    for picture, vector in matrix_vectors(home, small_spec.name).items():
        assert np.array_equal(vector, whole[picture])


def test_a_crop_has_the_vector_that_a_file_of_it_would_have(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    switch_on(home, birds)
    run_index(home, [birds], [small_spec], extractors)
    with closing(Catalogue(home)) as catalogue:
        ids = {Path(f.path).name: f.picture for f in catalogue.files.below(str(birds))}
    embedder = extractors.get(small_spec)
    stored = matrix_vectors(home, crops_name(small_spec.name))
    for file in sorted(birds.iterdir()):
        whole = decode(read_file(str(file)), 2 * small_spec.decode_side).image
        each = stored[ids[file.name] or 0].reshape(len(CROPS), -1) * SCALE
        for crop, vector in zip(CROPS, each, strict=True):
            part = whole.crop(Box(*crop).in_pixels(*whole.size))
            np.testing.assert_allclose(vector, embedder.embed_image(part), atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (1, 40)])
def test_a_picture_of_a_few_pixels_has_crops(
    small_spec: ModelSpec, extractors: ExtractorPool, size: tuple[int, int]
) -> None:
    vector = extractors.get(crops_of(small_spec)).embed_image(Image.new("RGB", size, "olive"))
    assert vector.shape == (len(CROPS) * small_spec.dimension,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-6)


def test_switching_off_removes_the_crops_and_nothing_else(
    home: Home, birds: Path, cats: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    switch_on(home, birds, cats)
    run_index(home, [birds, cats], [small_spec], extractors)
    assert switch_off(home, birds) == 3
    assert asked(home) == [str(cats)]
    assert with_crops(home, small_spec) == names(cats)
    assert_in_step(home, crops_name(small_spec.name))
    assert len(matrix_vectors(home, small_spec.name)) == 5
    assert switch_off(home, cats) == 2
    assert with_crops(home, small_spec) == set()
    *_, last = check(home, [small_spec], [], False)
    assert not last.findings


def test_a_picture_in_another_folder_with_crops_keeps_them(
    home: Home, birds: Path, cats: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    shared = sorted(birds.iterdir())[0]
    shutil.copy2(shared, cats / "copy.jpg")
    switch_on(home, birds, cats)
    run_index(home, [birds, cats], [small_spec], extractors)
    assert switch_off(home, birds) == 2
    assert shared.name in with_crops(home, small_spec)


def test_what_is_inside_a_folder_with_crops_has_crops(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    inner = birds / "inner"
    inner.mkdir()
    sorted(birds.glob("*.jpg"))[0].rename(inner / "bird.jpg")
    switch_on(home, birds)
    run_index(home, [birds, inner], [small_spec], extractors)
    assert with_crops(home, small_spec) == names(birds)
    overview = library_overview(home)
    assert overview.has_crops(str(inner))
    with pytest.raises(FinderError, match="is inside") as caught:
        switch_off(home, inner)
    assert str(birds) in str(caught.value.hint)
    assert len(with_crops(home, small_spec)) == 3
    assert switch_off(home, birds) == 3


def test_only_the_inner_folder_may_have_crops(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    inner = birds / "inner"
    inner.mkdir()
    sorted(birds.glob("*.jpg"))[0].rename(inner / "bird.jpg")
    switch_on(home, inner)
    last = run_index(home, [birds], [small_spec], extractors)
    assert last.counts == Counts(new=3)
    assert with_crops(home, small_spec) == {"bird.jpg"}
    assert run_index(home, [birds], [small_spec], extractors).counts == Counts(unchanged=3)


def test_an_interrupted_run_continues(
    home: Home, many: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [many], [small_spec], extractors)
    switch_on(home, many)
    with LibraryWriter(home) as writer, worker_pool() as executors:
        run = index(writer, [str(many)], [small_spec], extractors, executors)
        for progress in run:
            if progress.phase is Phase.EXTRACTING and progress.done >= 20:
                break
        run.close()
    done = len(in_catalogue(home, crops_name(small_spec.name)))
    assert 0 < done < 300
    assert library_overview(home).waiting == {str(many): 300 - done}
    last = run_index(home, [many], [small_spec], extractors)
    assert last.counts == Counts(new=300 - done, unchanged=done)
    assert len(assert_in_step(home, crops_name(small_spec.name))) == 300


def test_a_folder_that_leaves_the_library_takes_its_choice_with_it(
    home: Home, birds: Path, cats: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    shutil.copy2(sorted(birds.iterdir())[0], cats / "copy.jpg")
    switch_on(home, birds)
    run_index(home, [birds, cats], [small_spec], extractors)
    forget_folder(home, str(birds), "a test")
    assert asked(home) == []
    assert with_crops(home, small_spec) == set()
    run_index(home, [birds, cats], [small_spec], extractors)
    assert with_crops(home, small_spec) == set()


@pytest.mark.parametrize("inside", [False, True])
def test_a_folder_that_moved_keeps_its_crops(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool, inside: bool
) -> None:
    """inside: to a place in another folder of the library."""
    switch_on(home, birds)
    run_index(home, [birds], [small_spec], extractors)
    before = matrix_vectors(home, crops_name(small_spec.name))
    outer = birds.with_name("outer")
    outer.mkdir()
    new = birds.rename(outer / "new")
    last = run_index(home, [outer if inside else new], [small_spec], extractors)
    assert last.moved == {str(birds): str(new)}
    assert asked(home) == [str(new)]
    after = matrix_vectors(home, crops_name(small_spec.name))
    assert after.keys() == before.keys()
    switch_off(home, new)
    assert with_crops(home, small_spec) == set()


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


def test_the_use_cases_switch_on_and_off(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    *_, last = index_folders(
        home, lambda: extractors, "a test", [str(birds)], [small_spec], crops=True
    )
    assert last.counts == Counts(new=3)
    assert with_crops(home, small_spec) == names(birds)
    assert switch_crops_off(home, str(birds), "a test") == 3
    assert switch_crops_off(home, str(birds), "a test") == 0
