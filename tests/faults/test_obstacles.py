"""A file, or a link to nowhere, in the place of one of the library's folders."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from command_line import error_of, run
from making import assert_in_step, copied, run_index
from thumbnails import stored_thumbnails

from finder.core.library.catalogue.backups import list_backups
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home

FOLDERS = ("nearest", "copies", "run")
MINE = b"my own file"
FORMATS = Path(__file__).parent.parent / "formats"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    sources = sorted(samples.glob("birds/*.jpg"))[:3]
    return copied(sources, tmp_path_factory.mktemp("pictures") / "p")[0].parent


@pytest.fixture(scope="module")
def sound(
    tmp_path_factory: pytest.TempPathFactory,
    folder: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> Home:
    home = Home(tmp_path_factory.mktemp("sound") / "home")
    run_index(home, [folder], [fast_spec], extractors)
    return home


@pytest.fixture
def library(home: Home, sound: Home) -> Home:
    shutil.copytree(sound.root, home.root)
    return home


def put_file(path: Path) -> None:
    path.write_bytes(MINE)


def put_link(path: Path) -> None:
    path.symlink_to(path.parent / "not plugged in")


Put = Callable[[Path], None]
puts = pytest.mark.parametrize("put", [put_file, put_link])


def replace_folder(home: Home, name: str, put: Put) -> Path:
    shutil.rmtree(home.root / name, ignore_errors=True)
    put(home.root / name)
    return home.root / name


def assert_kept(home: Home, name: str, put: Put) -> None:
    aside = home.root / f"{name}.moved-aside"
    assert aside.is_symlink() if put is put_link else aside.read_bytes() == MINE


@puts
@pytest.mark.parametrize("name", FOLDERS)
def test_a_check_tells_and_repairs(
    library: Home, fast_spec: ModelSpec, name: str, put: Put
) -> None:
    path = replace_folder(library, name, put)
    found = run("check", home=library)
    assert found.returncode == 1
    assert f"{path} is a " in found.stdout
    assert "image-finder check --repair" in found.stdout
    assert not path.is_dir(), "nothing was repaired yet"
    repaired = run("check", "--repair", home=library)
    assert repaired.returncode == 0, repaired.stdout
    assert f"it was moved to {name}.moved-aside" in repaired.stdout
    assert_kept(library, name, put)
    assert run("check", home=library).returncode == 0
    assert len(assert_in_step(library, fast_spec.name)) == 3


@pytest.mark.parametrize("name", FOLDERS)
def test_a_run_moves_a_file_aside(
    library: Home,
    folder: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    tmp_path: Path,
    name: str,
) -> None:
    path = replace_folder(library, name, put_file)
    more = copied([next(folder.iterdir())], tmp_path / "more")[0]
    with open(more, "ab") as file:
        file.write(b"another content")
    last = run_index(library, [more.parent], [fast_spec], extractors)
    assert last.counts.new == 1
    assert any(str(path) in note for note in last.notes)
    assert_kept(library, name, put_file)
    assert len(assert_in_step(library, fast_spec.name)) == 4


@pytest.mark.parametrize("name", FOLDERS)
def test_a_run_leaves_a_link_to_its_owner(library: Home, name: str) -> None:
    path = replace_folder(library, name, put_link)
    said = error_of("index", home=library)
    assert f"{path} is a broken link" in said
    assert "Connect the drive" in said
    assert path.is_symlink()


@puts
def test_a_change_of_format_needs_the_folder_of_copies(home: Home, put: Put) -> None:
    shutil.copytree(FORMATS / "1", home.root)
    put(home.backups)
    assert f"{home.backups} is a " in error_of("status", home=home)
    assert "copies.moved-aside" in run("check", "--repair", home=home).stdout
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.pictures.count() == 8
    assert len(list_backups(home)) == 1


@pytest.mark.parametrize("repaired_by", ["check", "a run"])
def test_a_folder_in_the_place_of_the_thumbnails(
    library: Home,
    folder: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    repaired_by: str,
) -> None:
    home, path = library, library.thumbnails
    path.unlink()
    path.mkdir()
    (path / "mine").write_bytes(MINE)
    assert f"{path} is a folder" in run("check", home=home).stdout
    if repaired_by == "a run":
        last = run_index(home, [folder], [fast_spec], extractors)
        assert any(f"moved to {path.name}.moved-aside" in note for note in last.notes)
    assert run("check", "--repair", home=home).returncode == 0
    assert (home.root / f"{path.name}.moved-aside" / "mine").read_bytes() == MINE
    assert len(stored_thumbnails(home)) == 3


def test_nothing_that_was_moved_aside_before_is_lost(library: Home) -> None:
    (library.root / "nearest.moved-aside").write_bytes(b"of last year")
    replace_folder(library, "nearest", put_file)
    run("check", "--repair", home=library)
    assert (library.root / "nearest.moved-aside").read_bytes() == b"of last year"
    assert (library.root / "nearest.moved-aside-2").read_bytes() == MINE
