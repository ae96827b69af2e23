"""Listing the installed models, and picking some of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from model_folders import Made, edit_toml, make_model

from finder.core.errors import FinderError
from finder.core.models.registry import (
    list_models,
    pick_models,
    require_all_installed,
    require_installed,
    still_installed,
)
from finder.core.models.spec import DEFAULT_MODEL, ModelSpec
from finder.core.paths import Home, shipped_models_dir

SHIPPED = ["efficientnet-lite0", "efficientnet-lite2", "vgg16"]
BASELINES = ["dhash-256", "dhash-64", "phash-256", "phash-64", "pixels"]


def test_the_shipped_models_are_read_the_default_first_and_the_baselines_last() -> None:
    found, broken = list_models([shipped_models_dir()])
    assert broken == []
    assert [spec.name for spec in found] == [*SHIPPED, *BASELINES]
    assert found[0].name == DEFAULT_MODEL


def test_models_are_listed_the_default_first_then_by_name(tmp_path: Path) -> None:
    for name in ("zebra", "b", DEFAULT_MODEL, "a"):
        make_model(tmp_path, Made(name=name))
    found, broken = list_models([tmp_path])
    assert [spec.name for spec in found] == [DEFAULT_MODEL, "a", "b", "zebra"]
    assert broken == []


def test_of_two_models_with_one_name_the_first_counts(tmp_path: Path) -> None:
    first = make_model(tmp_path / "1", Made())
    make_model(tmp_path / "2", Made())
    found, _ = list_models([tmp_path / "1", tmp_path / "2"])
    assert [spec.file.parent for spec in found] == [first]


def test_a_broken_model_is_reported_and_the_others_are_listed(tmp_path: Path) -> None:
    make_model(tmp_path, Made(name="good"))
    bad = make_model(tmp_path, Made(name="bad"))
    edit_toml(bad, "dimension = 3", "dimension = 0")
    found, (broken,) = list_models([tmp_path])
    assert [spec.name for spec in found] == ["good"]
    assert broken.folder == bad
    assert "dimension" in broken.sentence


def test_folders_without_models_are_ignored(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "README.md").write_text("x")
    assert list_models([tmp_path, tmp_path / "nowhere"]) == ([], [])


def test_a_folder_in_the_home_is_a_model_too(home: Home) -> None:
    home.models.mkdir(parents=True)
    copy = shutil.copytree(shipped_models_dir() / "vgg16", home.models / "mine")
    edit_toml(copy, 'name = "vgg16"', 'name = "mine"')
    found, broken = list_models(home.model_dirs())
    assert [spec.name for spec in found] == [*SHIPPED[:2], "mine", SHIPPED[2], *BASELINES]
    assert broken == []


# Picking


def test_models_are_picked_in_the_order_named(specs: list[ModelSpec]) -> None:
    picked = pick_models(specs, ["vgg16", "efficientnet-lite0", "vgg16"])
    assert [spec.name for spec in picked] == ["vgg16", "efficientnet-lite0"]
    assert pick_models(specs, []) == []


def test_an_unknown_model_is_reported_with_the_known_ones(specs: list[ModelSpec]) -> None:
    with pytest.raises(FinderError, match="“resnet”") as fault:
        pick_models(specs, ["vgg16", "resnet"])
    assert all(name in fault.value.hint for name in SHIPPED)


def test_models_that_were_removed_meanwhile_are_left_out(tmp_path: Path) -> None:
    for name in ("a", "b"):
        make_model(tmp_path, Made(name=name))
    (one, other), _ = list_models([tmp_path])
    shutil.rmtree(other.file.parent)
    assert still_installed([one, other]) == require_installed([one, other]) == [one]
    assert require_installed([]) == []
    with pytest.raises(FinderError, match="Not installed any more"):
        require_installed([other])
    require_all_installed([one])
    with pytest.raises(FinderError, match="Not installed any more"):
        require_all_installed([one, other])
