"""Crops that a model cannot use, and models that are gone or others now."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from crop_scene import switch_on, with_crops
from failing_models import finds_nothing
from making import copied, in_catalogue, run_index
from model_folders import Made, make_model
from PIL import Image

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.indexing.progress import Counts
from finder.core.library.writer import LibraryWriter
from finder.core.models.crops import crops_name, crops_of, has_crops
from finder.core.models.manifest import MAX_DIMENSION, load_spec
from finder.core.models.registry import list_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home, shipped_models_dir
from finder.use_cases.library.index_folders import forget_folder
from finder.use_cases.library.indexing_estimate import Survey, survey_folders
from finder.use_cases.library.library_overview import skipped_files


@pytest.fixture
def birds(samples: Path, tmp_path: Path) -> Path:
    """A folder of three pictures."""
    return copied(sorted((samples / "birds").glob("*.jpg"))[:3], tmp_path / "birds")[0].parent


def dark_in_a_corner(folder: Path, number: int) -> Path:
    """Light pictures with a dark corner, all different."""
    folder.mkdir()
    for one in range(number):
        picture = Image.new("RGB", (80, 60), (200, 180, 160 + one))
        picture.paste((2, 3, 4), (0, 0, 40, 30))
        picture.save(folder / f"{one}.png")
    return folder


def test_a_model_that_fails_on_crops_still_embeds_whole_pictures(
    home: Home, tmp_path: Path, extractors: ExtractorPool
) -> None:
    picky = load_spec(finds_nothing(home.models))
    folder = dark_in_a_corner(tmp_path / "pictures", 30)
    switch_on(home, folder)
    last = run_index(home, [folder], [picky], extractors)
    assert last.counts == Counts(new=30)
    assert len(in_catalogue(home, picky.name)) == 30
    assert with_crops(home, picky) == set()
    title = f"Crops for {picky.title}"
    assert list(last.failed) == [title]
    (note,) = last.notes
    assert note.startswith(f"{title} failed on")
    assert note.endswith("This run makes no more of them.")
    assert last.switched_off == ()
    with closing(Catalogue(home)) as catalogue:
        assert load_settings(catalogue).models_on is None
    _, failed = skipped_files(home)
    assert {file.model for file in failed} == {crops_name(picky.name)}
    forget_folder(home, str(folder), "a test")
    assert skipped_files(home) == ([], [])


def test_a_model_that_cannot_be_loaded_is_told_once(
    home: Home, birds: Path, small_spec: ModelSpec
) -> None:
    broken = load_spec(make_model(home.models, Made(name="broken")))
    broken.file.write_bytes(b"not a model")
    switch_on(home, birds)
    last = run_index(home, [birds], [broken, small_spec], ExtractorPool())
    assert len(last.notes) == 1
    assert len(in_catalogue(home, crops_name(small_spec.name))) == 3
    with pytest.raises(FinderError):
        run_index(home, [birds], [broken], ExtractorPool())


def test_another_version_of_a_model_drops_the_crops_of_the_old_one(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    switch_on(home, birds)
    run_index(home, [birds], [small_spec], extractors)
    newer = replace(small_spec, version="2")
    with LibraryWriter(home) as writer:
        writer.register_models([newer])
        assert crops_name(small_spec.name) not in writer.catalogue.models.states()
    run_index(home, [birds], [newer], extractors)
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.models.states()[crops_name(newer.name)].fits(crops_of(newer))
    assert len(in_catalogue(home, crops_name(newer.name))) == 3


def test_only_networks_have_crops(
    home: Home, birds: Path, hash_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    shipped, _ = list_models([shipped_models_dir()])
    assert all(spec.is_baseline != has_crops(spec) for spec in shipped)
    assert not has_crops(replace(shipped[0], dimension=MAX_DIMENSION // 5 + 1))
    switch_on(home, birds)
    run_index(home, [birds], [hash_spec], extractors)
    with closing(Catalogue(home)) as catalogue:
        assert list(catalogue.models.states()) == [hash_spec.name]


def test_the_estimate_counts_crops_with_their_model(
    home: Home, birds: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [birds], [small_spec], extractors)
    assert survey(home, birds, small_spec, extractors).files == 0
    switch_on(home, birds)
    found = survey(home, birds, small_spec, extractors)
    assert found.files == 3
    assert list(found.seconds) == [small_spec.name]


def survey(home: Home, folder: Path, spec: ModelSpec, extractors: ExtractorPool) -> Survey:
    *_, last = survey_folders(home, lambda: extractors, "a test", [str(folder)], [spec], large=1)
    assert last is not None
    return last
