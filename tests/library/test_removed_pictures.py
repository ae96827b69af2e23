"""Pictures that the user removed stay removed, until they are brought back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from command_line import error_of, output_of, run
from making import assert_in_step, copied, run_index

from finder.core.library.catalogue.backups import make_backup
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER
from finder.core.library.catalogue.restore import add_user_rows, read_user_rows, restore
from finder.core.library.catalogue.settings import Settings, save_settings
from finder.core.library.check.full_check import check
from finder.core.library.thumbnail_store import read_thumbnail
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.use_cases.library.library_overview import library_overview
from finder.use_cases.library.removed_pictures import bring_back, find_pictures, remove_pictures

NAMES = ("kitten.jpg", "cheetah.jpg")


@pytest.fixture
def album(tmp_path: Path, samples: Path) -> Path:
    return copied([samples / "cats" / name for name in NAMES], tmp_path / "album")[0].parent


@pytest.fixture
def library(home: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool) -> Home:
    """Also the commands use the fast model alone."""
    with closing(Catalogue(home)) as catalogue:
        save_settings(catalogue, Settings(models_on=(fast_spec.name,)))
    assert run_index(home, [album], [fast_spec], extractors).counts.new == 2
    return home


def shown(home: Home) -> list[str]:
    """The names of the files of the library's pictures."""
    with closing(Catalogue(home)) as catalogue:
        found = catalogue.pictures.get(catalogue.pictures.matching(NO_FILTER).tolist())
    return sorted(os.path.basename(path) for one in found.values() for path in one.paths)


def remove(home: Home, path: Path) -> int:
    (picture,) = find_pictures(home, [str(path)])
    assert remove_pictures(home, [picture], "test") >= 1
    return picture


def test_a_removed_picture_is_gone_with_all_its_data(
    library: Home, album: Path, fast_spec: ModelSpec
) -> None:
    picture = remove(library, album / "kitten.jpg")
    assert shown(library) == ["cheetah.jpg"]
    assert picture not in assert_in_step(library, fast_spec.name)
    assert read_thumbnail(library, picture) is None
    overview = library_overview(library)
    assert (overview.pictures, overview.skipped, overview.removed) == (1, 0, 1)
    assert [(f.files, f.skipped) for f in overview.folders] == [(1, 0)]
    assert (album / "kitten.jpg").is_file()


def test_indexing_does_not_bring_it_back(
    library: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    """Not as it is, moved, copied elsewhere, touched, or after its folder was removed."""
    remove(library, album / "kitten.jpg")

    def index(*folders: Path) -> None:
        progress = run_index(library, folders or [album], [fast_spec], extractors)
        assert (progress.counts.new, progress.counts.skipped) == (0, 0)
        assert set(shown(library)) == {"cheetah.jpg"}

    assert run_index(library, [album], [fast_spec], extractors).counts.unchanged == 2
    (album / "kitten.jpg").rename(album / "moved.jpg")
    index()
    os.utime(album / "moved.jpg", (1, 1))
    index()
    (album / "moved.jpg").rename(album.parent / "away.jpg")
    index()
    elsewhere = album.parent / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(album.parent / "away.jpg", elsewhere / "copy.jpg")
    index(album, elsewhere)
    output_of("forget", album, elsewhere, home=library)
    output_of("index", album, elsewhere, home=library)
    assert set(shown(library)) == {"cheetah.jpg"}


def test_all_its_places_are_removed(
    library: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    shutil.copy(album / "kitten.jpg", album / "again.jpg")
    run_index(library, [album], [fast_spec], extractors)
    said = output_of("forget", album / "again.jpg", home=library)
    assert said == "Removed 1 picture (2 files) from the library. The files were not touched.\n"
    assert shown(library) == ["cheetah.jpg"]


def test_what_is_edited_is_another_picture(
    library: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    remove(library, album / "kitten.jpg")
    (album / "kitten.jpg").write_bytes((album / "kitten.jpg").read_bytes() + b"edited")
    assert run_index(library, [album], [fast_spec], extractors).counts.new == 1
    assert shown(library) == ["cheetah.jpg", "kitten.jpg"]


def test_it_is_brought_back(
    library: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    picture = remove(library, album / "kitten.jpg")
    back = bring_back(library, [picture], "test")
    assert back.files == (str(album / "kitten.jpg"),)
    assert back.folders == (str(album),)
    assert (
        run_index(library, list(map(Path, back.folders)), [fast_spec], extractors).counts.new == 1
    )
    assert shown(library) == ["cheetah.jpg", "kitten.jpg"]
    assert picture in assert_in_step(library, fast_spec.name)


def test_the_command_line_removes_lists_and_brings_back(library: Home, album: Path) -> None:
    kitten = album / "kitten.jpg"
    ended = run("forget", kitten, home=library)
    assert ended.returncode == 0
    assert "forget --undo" in ended.stderr
    assert "Removed   1 picture, by you" in output_of("status", home=library)
    listed = output_of("skipped", home=library)
    assert listed == f"{kitten}\tYou removed this picture from the library.\n"
    kitten.rename(album / "moved.jpg")
    back = output_of("forget", "--undo", album / "moved.jpg", home=library)
    assert "indexed" in back
    assert shown(library) == ["cheetah.jpg", "moved.jpg"]
    assert "Removed" not in output_of("status", home=library)


def test_unknown_paths_change_nothing(library: Home, album: Path) -> None:
    text = error_of("forget", album / "kitten.jpg", album / "nothing.jpg", home=library)
    assert text.startswith(
        f"image-finder: {album / 'nothing.jpg'} is neither a folder nor a picture of this library."
    )
    text = error_of("forget", "--undo", album / "kitten.jpg", home=library)
    assert f"{album / 'kitten.jpg'} was not removed from this library." in text
    error_of("forget", "--undo", album / "nothing.jpg", home=library)
    assert len(shown(library)) == 2


def test_a_restored_catalogue_does_not_bring_it_back(
    library: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    """A repair restores a backup from before, and adds what the user did since."""
    with LibraryWriter(library) as writer:
        backup = make_backup(library, writer.catalogue.connection)
    remove(library, album / "kitten.jpg")
    rows = read_user_rows(library)
    restore(library, backup)
    add_user_rows(library, rows)
    assert len(shown(library)) == 2
    run_index(library, [album], [fast_spec], extractors)
    assert shown(library) == ["cheetah.jpg"]
    assert len(assert_in_step(library, fast_spec.name)) == 1


def findings(home: Home, spec: ModelSpec, repair: bool) -> list[str]:
    with closing(check(home, [spec], [], repair=repair)) as steps:
        *_, last = steps
    return [finding.sentence for finding in last.findings]


def test_damage_of_names_and_of_removed_pictures_is_found_and_repaired(
    library: Home, album: Path, fast_spec: ModelSpec
) -> None:
    remove(library, album / "kitten.jpg")
    output_of("index", album, home=library)
    with closing(sqlite3.connect(library.catalogue)) as db, db:
        db.execute("UPDATE file SET folded = X'00' WHERE reason IS NULL")
        db.execute("UPDATE removed SET removed = 'never'")
    expected = [
        "The record of 1 removed picture is damaged.",
        "1 file cannot be found by its name.",
    ]
    assert findings(library, fast_spec, False) == expected
    assert findings(library, fast_spec, True) == expected
    assert findings(library, fast_spec, False) == []
