"""An offline folder that the user says is somewhere else now."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from command_line import error_of, output_of, run
from making import assert_in_step, copied, run_index

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import Settings, save_settings
from finder.core.library.indexing.located_folders import Recognised
from finder.core.library.indexing.progress import Counts, Progress
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.use_cases.library.locate_folder import locate_folder, preview_location
from finder.use_cases.library.removed_pictures import find_pictures, remove_pictures

NUMBER = 4
Locate = Callable[[Path, Path], Progress]


@pytest.fixture
def album(tmp_path: Path, samples: Path) -> Path:
    birds = sorted((samples / "birds").glob("*.jpg"))[:NUMBER]
    copied(birds[1:], tmp_path / "drive" / "album" / "sub")
    return copied(birds[:1], tmp_path / "drive" / "album")[0].parent


@pytest.fixture
def library(home: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool) -> Home:
    """Also the commands use the fast model alone."""
    with closing(Catalogue(home)) as catalogue:
        save_settings(catalogue, Settings(models_on=(fast_spec.name,)))
    run_index(home, [album], [fast_spec], extractors)
    return home


@pytest.fixture
def locate(library: Home, extractors: ExtractorPool) -> Locate:
    def located(old: Path, new: Path) -> Progress:
        *_, last = locate_folder(library, lambda: extractors, "test", str(old), str(new))
        return last

    return located


def folders(home: Home) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        return catalogue.folders.paths()


def files(home: Home) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        return [file.path for file in catalogue.files.below(os.sep)]


def test_unchanged_files_follow_without_being_opened(
    library: Home, album: Path, tmp_path: Path, locate: Locate, fast_spec: ModelSpec
) -> None:
    before = assert_in_step(library, fast_spec.name).keys()
    new = album.rename(tmp_path / "elsewhere")
    found = preview_location(library, str(album), str(new))
    assert found == Recognised(NUMBER, NUMBER, 0)
    last = locate(album, new)
    assert last.counts == Counts(unchanged=NUMBER)
    assert last.moved == {str(album): str(new)}
    assert last.offline == ()
    assert folders(library) == [str(new)]
    assert len(files(library)) == NUMBER
    assert all(Path(path).is_file() for path in files(library))
    assert assert_in_step(library, fast_spec.name).keys() == before


def test_others_are_recognised_by_their_content_and_what_is_gone_leaves(
    library: Home, album: Path, tmp_path: Path, locate: Locate, samples: Path, fast_spec: ModelSpec
) -> None:
    new = album.rename(tmp_path / "elsewhere")
    first, second, third = sorted((new / "sub").iterdir())
    os.utime(first, (1, 1))
    second.rename(new / second.name)
    third.unlink()
    copied([samples / "cats" / "kitten.jpg"], new)
    assert preview_location(library, str(album), str(new)) == Recognised(NUMBER, 1, 2)
    last = locate(album, new)
    assert last.counts == Counts(unchanged=1, known=2, new=1)
    assert folders(library) == [str(new)]
    assert {Path(path).name for path in files(library)} == {p.name for p in new.rglob("*.jpg")}
    assert len(assert_in_step(library, fast_spec.name)) == NUMBER


def test_folders_of_the_library_inside_it_follow(
    library: Home,
    album: Path,
    tmp_path: Path,
    locate: Locate,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    run_index(library, [album / "sub"], [fast_spec], extractors)
    assert len(folders(library)) == 2
    new = album.rename(tmp_path / "elsewhere")
    moved = locate(album, new)
    assert moved.moved == {str(album): str(new)}, "those inside are not named, too"
    assert folders(library) == [str(new)]
    assert len(files(library)) == NUMBER


def test_a_removed_picture_stays_removed(
    library: Home, album: Path, tmp_path: Path, locate: Locate, fast_spec: ModelSpec
) -> None:
    gone = sorted(album.glob("*.jpg"))[0]
    remove_pictures(library, find_pictures(library, [str(gone)]), "test")
    new = album.rename(tmp_path / "elsewhere")
    assert locate(album, new).counts == Counts(unchanged=NUMBER)
    assert len(assert_in_step(library, fast_spec.name)) == NUMBER - 1


def test_what_is_not_the_folder_changes_nothing(
    library: Home, album: Path, tmp_path: Path, locate: Locate, samples: Path
) -> None:
    cats = copied([samples / "cats" / "kitten.jpg"], tmp_path / "cats")[0].parent
    with pytest.raises(FinderError, match="still there"):
        locate(album, cats)
    away = album.rename(tmp_path / "away")
    with pytest.raises(FinderError, match="There is no folder"):
        locate(album, tmp_path / "nowhere")
    with pytest.raises(FinderError, match="None of the pictures"):
        locate(album, cats)
    with pytest.raises(FinderError, match="not a folder of this library"):
        locate(album / "sub", away)
    assert folders(library) == [str(album)]
    assert len(files(library)) == NUMBER


def test_a_place_that_the_library_knows_already(
    library: Home,
    album: Path,
    tmp_path: Path,
    locate: Locate,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    copy = Path(shutil.copytree(album, tmp_path / "copy"))
    run_index(library, [copy], [fast_spec], extractors)
    album.rename(tmp_path / "away")
    locate(album, copy)
    assert folders(library) == [str(copy)]
    assert len(files(library)) == NUMBER


def test_the_command_counts_and_follows(
    library: Home, album: Path, tmp_path: Path, samples: Path
) -> None:
    new = album.rename(tmp_path / "elsewhere")
    counted = output_of("locate", album, new, "--dry-run", home=library)
    assert counted == f"{NUMBER} of {NUMBER} files of {album} are in {new}.\n"
    assert folders(library) == [str(album)]
    copied([samples / "cats" / "kitten.jpg"], new)
    ended = run("locate", album, new, home=library)
    assert (ended.returncode, ended.stdout) == (0, "1 picture indexed.\n")
    assert f"The folder {album} was moved: its pictures are in {new} now." in ended.stderr
    assert folders(library) == [str(new)]
    assert "not a folder of this library" in error_of("locate", album, new, home=library)
