"""`index --crops`: crops of the pictures of some folders, and what a search says of them."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from command_line import output_of, run
from crop_scene import SCENE, THING, make_scenes, with_crops

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.crop_folders import crop_folders
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    return make_scenes(samples, tmp_path_factory.mktemp("scenes") / "scenes")


def first(home: Home, samples: Path, model: str) -> dict[str, object]:
    found = json.loads(
        output_of("search", samples / THING, "--model", model, "--json", "--no-verify", home=home)
    )
    assert found["combined"][0].get("part") == found["models"][model][0].get("part")
    match: dict[str, object] = found["models"][model][0]
    return match


def test_crops_find_a_thing_until_they_are_switched_off(
    home: Home, folder: Path, samples: Path, fast_spec: ModelSpec
) -> None:
    model = fast_spec.name
    assert output_of("index", folder, "--model", model, home=home) == "18 pictures indexed.\n"
    found = first(home, samples, model)
    assert Path(str(found["path"])).name != SCENE
    assert "part" not in found

    indexed = output_of("index", folder, "--crops", "--model", model, home=home)
    assert indexed == "18 pictures indexed.\n"
    found = first(home, samples, model)
    assert Path(str(found["path"])).name == SCENE
    assert found["part"] == [0.5, 0.5, 1.0, 1.0]
    status = output_of("status", home=home)
    assert f"Folder    {folder} (18 files), with crops\n" in status
    assert f"{model:<22} on   18 of 18 pictures" in status
    assert "+crops" not in status + output_of("models", home=home)
    assert "+crops" not in output_of("store", home=home)
    again = output_of("index", "--model", model, home=home)
    assert again == "Everything is up to date: 18 files.\n"

    output_of("index", folder, "--no-crops", "--model", model, home=home)
    assert with_crops(home, fast_spec) == set()
    assert "part" not in first(home, samples, model)
    assert "with crops" not in output_of("status", home=home)


def test_crops_are_for_named_folders(home: Home) -> None:
    ended = run("index", "--crops", home=home)
    assert ended.returncode == 1
    assert "image-finder index FOLDER --crops" in ended.stderr
    assert run("index", "/", "--crops", "--no-crops", home=home).returncode == 2


def test_a_folder_with_a_fault_is_not_noted(home: Home, tmp_path: Path) -> None:
    assert run("index", tmp_path / "nowhere", "--crops", home=home).returncode == 1
    with closing(Catalogue(home)) as catalogue:
        assert crop_folders(catalogue) == ()
