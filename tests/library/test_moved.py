"""Folders of the library that were moved are followed; those on an offline drive are kept."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from making import assert_in_step, copied, run_index

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing import worker
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.moved_folders import FOLDER_DRIVES
from finder.core.library.indexing.progress import Counts, Progress
from finder.core.library.indexing.summary import whole_summary
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.decode import DecodedPicture, decode
from finder.workers.worker_pools import worker_pool

Run = Callable[..., Progress]
NUMBER = 3


@pytest.fixture
def run(home: Home, small_spec: ModelSpec, extractors: ExtractorPool) -> Run:
    return lambda *folders: run_index(home, folders, [small_spec], extractors)


@pytest.fixture
def album(tmp_path: Path, samples: Path) -> Path:
    """A folder with pictures in it and in a folder below."""
    album = tmp_path / "pictures" / "album"
    birds = sorted((samples / "birds").glob("*.jpg"))[:NUMBER]
    copied(birds[:1], album)
    copied(birds[1:], album / "sub")
    return album


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows with each picture that is decoded."""
    sizes: list[int] = []

    def noted(data: bytes, *limits: Any) -> DecodedPicture:
        sizes.append(len(data))
        return decode(data, *limits)

    monkeypatch.setattr(worker, "decode", noted)
    return sizes


def folders(home: Home) -> list[Path]:
    with closing(Catalogue(home)) as catalogue:
        return [Path(folder) for folder in catalogue.folders.paths()]


def files(home: Home) -> list[Path]:
    with closing(Catalogue(home)) as catalogue:
        return [Path(file.path) for file in catalogue.files.below("/")]


def test_a_renamed_folder_that_is_added_replaces_the_old_one(
    run: Run, home: Home, album: Path, decoded: list[int], small_spec: ModelSpec
) -> None:
    run(album)
    vectors = assert_in_step(home, small_spec.name)
    assert len(decoded) == NUMBER
    new = album.rename(album.with_name("new"))
    last = run(new)
    assert last.moved == {str(album): str(new)}
    assert (last.counts, last.offline) == (Counts(known=NUMBER), ())
    assert whole_summary(last) == f"The folder {album} was moved: its pictures are in {new} now."
    assert folders(home) == [new]
    assert len(files(home)) == NUMBER
    assert len(decoded) == NUMBER, "what was known is not decoded again"
    assert assert_in_step(home, small_spec.name).keys() == vectors.keys()
    assert run().moved == {}


def test_a_folder_is_followed_even_if_its_only_run_was_stopped(
    home: Home,
    album: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Then only a part of its pictures is known."""
    monkeypatch.setattr("finder.core.library.indexing.index_run._YIELD_SECONDS", 0.02)
    with LibraryWriter(home) as writer, worker_pool(1) as executors:
        steps = index(writer, [str(album)], [fast_spec], extractors, executors)
        while next(steps).done == 0:
            pass
        steps.close()
    assert files(home)
    new = album.rename(album.with_name("new"))
    last = run_index(home, [new], [fast_spec], extractors)
    assert last.moved == {str(album): str(new)}
    assert folders(home) == [new]
    assert {path.parent for path in files(home)} <= {new, *new.rglob("*")}


def test_a_folder_moved_into_another_one_of_the_library_is_dropped(
    run: Run, home: Home, album: Path, tmp_path: Path, samples: Path, decoded: list[int]
) -> None:
    other = copied([samples / "cats" / "kitten.jpg"], tmp_path / "other")[0].parent
    run(album, other)
    new = Path(shutil.move(album, other / "deep"))
    last = run(album, other)
    assert last.moved == {str(album): str(new)}
    assert (last.counts, last.offline) == (Counts(unchanged=1, known=NUMBER), ())
    assert folders(home) == [other]
    assert len(files(home)) == len(decoded) == NUMBER + 1


def test_a_folder_renamed_within_another_one_is_dropped(
    run: Run, home: Home, album: Path, decoded: list[int]
) -> None:
    run(album.parent, album, album / "sub")
    new = album.rename(album.with_name("new"))
    last = run(album.parent)
    assert last.moved == {str(album): str(new)}, "once for all that is in it"
    assert last.counts == Counts(known=NUMBER)
    assert folders(home) == [album.parent]
    assert len(files(home)) == len(decoded) == NUMBER


def test_a_folder_whose_files_were_rearranged_is_followed(
    run: Run, home: Home, album: Path, tmp_path: Path
) -> None:
    run(album)
    new = tmp_path / "sorted"
    for number, path in enumerate(sorted(album.rglob("*.jpg"))):
        (new / str(number)).mkdir(parents=True)
        path.rename(new / str(number) / "picture.jpg")
    shutil.rmtree(album)
    assert run(new).moved == {str(album): str(new)}
    assert folders(home) == [new]


def test_of_two_copies_the_new_one_is_named(
    run: Run, album: Path, tmp_path: Path, home: Home
) -> None:
    backup = Path(shutil.copytree(album, tmp_path / "backup"))
    run(album, backup)
    new = album.rename(album.with_name("new"))
    assert run(backup, new).moved == {str(album): str(new)}
    assert folders(home) == [backup, new]


def test_a_folder_of_which_only_a_part_is_found_is_kept(
    run: Run, home: Home, album: Path, tmp_path: Path
) -> None:
    run(album)
    part = Path(shutil.copytree(album / "sub", tmp_path / "part"))
    away = album.rename(tmp_path / "away")
    last = run(part)
    assert last.moved == {}
    assert folders(home) == [part, album]
    assert len(files(home)) == NUMBER + 2
    away.rename(album)
    assert run(album).counts == Counts(unchanged=NUMBER)


def test_a_folder_that_still_exists_was_not_moved(
    run: Run, home: Home, album: Path, tmp_path: Path
) -> None:
    run(album)
    copy = Path(shutil.copytree(album, tmp_path / "copy"))
    assert run(copy).moved == {}
    shutil.rmtree(album)
    album.mkdir()  # as a mount point is without its drive
    assert run(album, copy).moved == {}
    assert folders(home) == [copy, album]


def test_a_broken_link_is_an_offline_drive(
    run: Run, home: Home, album: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(album.parent)
    copy = Path(shutil.copytree(album, tmp_path / "copy"))
    run(link / "album")
    album.parent.rename(tmp_path / "away")
    assert run(copy).moved == {}
    assert folders(home) == [copy, link / "album"]


def test_a_folder_whose_drive_was_never_noted_is_kept(run: Run, home: Home, album: Path) -> None:
    """As in a library of an earlier version."""
    run(album)
    with LibraryWriter(home) as writer, writer.catalogue.transaction():
        writer.catalogue.settings.remove(FOLDER_DRIVES)
    new = album.rename(album.with_name("new"))
    assert run(new).moved == {}
    assert folders(home) == [album, new]


def test_another_drive_in_its_place_is_not_taken_for_it(run: Run, home: Home, album: Path) -> None:
    run(album)
    with LibraryWriter(home) as writer:
        point, _ = writer.catalogue.settings.get(FOLDER_DRIVES)[str(album)]
        writer.put_setting(FOLDER_DRIVES, {str(album): [point, "another"]})
    new = album.rename(album.with_name("new"))
    assert run(new).moved == {}
    assert folders(home) == [album, new]


def test_a_folder_that_is_offline_can_be_forgotten(run: Run, home: Home, album: Path) -> None:
    run(album)
    album.rename(album.with_name("away"))
    run(album)
    with LibraryWriter(home) as writer:
        assert writer.removals.forget_folder(str(album)) == NUMBER
    assert folders(home) == files(home) == []


@pytest.fixture
def point(tmp_path: Path) -> Iterator[Path]:
    point = tmp_path / "media" / "stick"
    point.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(point)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no drive can be mounted here: {done.stderr.strip()}")
    yield point
    subprocess.run(["umount", str(point)], capture_output=True, check=False)


@pytest.mark.parametrize("point_stays", [True, False])
def test_an_unplugged_drive_is_kept_though_there_is_a_copy(
    run: Run, home: Home, album: Path, point: Path, point_stays: bool
) -> None:
    on_drive = Path(shutil.copytree(album, point / "album"))
    run(album, on_drive)
    subprocess.run(["umount", str(point)], check=True)
    if not point_stays:
        point.rmdir()
    last = run(album, on_drive)
    assert (last.moved, last.offline) == ({}, (str(on_drive),))
    assert folders(home) == [on_drive, album]
    assert len(files(home)) == 2 * NUMBER


def test_a_folder_moved_on_a_drive_or_off_it_is_followed(
    run: Run, home: Home, album: Path, point: Path
) -> None:
    on_drive = Path(shutil.copytree(album, point / "album"))
    run(on_drive)
    renamed = on_drive.rename(point / "renamed")
    assert run(renamed).moved == {str(on_drive): str(renamed)}
    off = Path(shutil.move(renamed, album.parent / "off"))
    assert run(off).moved == {str(renamed): str(off)}
    assert folders(home) == [off]
