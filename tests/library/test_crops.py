"""Crops in the index: asked for by folder, made by the next run, and removed with what asked."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from crop_scene import find, switch_on, with_crops
from making import assert_in_step, copied, in_catalogue, matrix_vectors, run_index
from PIL import Image

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.check.full_check import check
from finder.core.library.crop_folders import crop_folders, remove_crops
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.progress import Counts, Phase
from finder.core.library.writer import LibraryWriter
from finder.core.models.crops import CROPS, SCALE, crops_name, crops_of
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.transform import Box
from finder.core.search.query.query import Query
from finder.use_cases.library.index_folders import forget_folder, index_folders, switch_crops_off
from finder.use_cases.library.library_overview import library_overview
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


def test_a_library_of_a_single_picture_can_be_searched(
    home: Home, tmp_path: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    """All crops are its mean, but for rounding."""
    folder = tmp_path / "one"
    folder.mkdir()
    Image.new("RGB", (64, 48), (90, 140, 30)).save(folder / "one.png")
    switch_on(home, folder)
    run_index(home, [folder], [small_spec], extractors)
    found = find(home, extractors, small_spec, Query.from_file(str(folder / "one.png")))
    assert found.models[small_spec.name][0].score == 0.0
    standing = found.standings[found.combined[0].picture.id][small_spec.name]
    assert standing.part is None
