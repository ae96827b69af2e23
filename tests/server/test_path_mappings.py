"""Folders of other machines that are mounted here."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import output_of
from making import outcome
from shared_machine import MakeMachine

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER
from finder.core.library.catalogue.records import PictureRecord
from finder.core.library.server.path_mappings import add_mapping, path_here, paths_there
from finder.core.library.server.server_address import ServerAddress
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts
from finder.use_cases.library.move_library import set_mirror
from finder.use_cases.library.removed_pictures import find_pictures, removed_files
from finder.use_cases.library.vector_store import map_folder
from finder.use_cases.search.match_dates import match_dates

MAPPINGS = {
    "nas-2:/mnt/photos": "/here/photos",
    "nas-2:/mnt/photos/old": "/attic",
    "office:D:\\Pictures": "/here/office",
    "office:E:/Films/": "/here/films",
    "nas-3:": "/here/nas-3",
}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("nas-2:/mnt/photos/2024/a.jpg", "/here/photos/2024/a.jpg"),
        ("nas-2:/mnt/photos/old/a.jpg", "/attic/a.jpg"),
        ("nas-2:/mnt/photos/a\\b.jpg", "/here/photos/a\\b.jpg"),
        ("office:D:\\Pictures\\2024\\a b.jpg", "/here/office/2024/a b.jpg"),
        ("office:E:\\Films\\a.jpg", "/here/films/a.jpg"),
        ("nas-3:/mnt/a.jpg", "/here/nas-3/mnt/a.jpg"),
        ("nas-2:/mnt/photos\\a.jpg", None),
        ("nas-2:/mnt/photos-2/a.jpg", None),
        ("nas-2:/mnt/a.jpg", None),
        ("nas-20:/mnt/photos/a.jpg", None),
        ("nas-2:/mnt/photos/../../etc/passwd", None),
        ("office:D:\\Pictures\\..\\a.jpg", None),
        ("/mnt/photos/a.jpg", None),
    ],
)
@pytest.mark.skipif(os.sep != "/", reason="the paths here are those of Linux and macOS")
def test_a_path_is_looked_up_by_its_longest_folder(path: str, expected: str | None) -> None:
    assert path_here(path, MAPPINGS) == (expected or path)
    if expected is not None:
        assert path in paths_there(expected, MAPPINGS)


@pytest.mark.skipif(os.sep != "/", reason="the paths here are those of Linux and macOS")
@pytest.mark.parametrize(
    "path",
    ["/here/photos/old/a.jpg", "/here/photos", "/here/photos-2/a.jpg", "/here/office/a\\b.jpg"],
)
def test_a_path_that_is_in_no_mapped_folder(path: str) -> None:
    """What is mapped to somewhere else is not where its folder is."""
    assert paths_there(path, MAPPINGS) == []


@pytest.mark.parametrize("folder", ["", "/mnt/photos", "nas-2", "C:\\Pictures", "photos"])
def test_a_folder_without_a_machine_is_refused(folder: str, tmp_path: Path) -> None:
    with pytest.raises(FinderError) as failure:
        add_mapping({}, folder, str(tmp_path))
    assert failure.value.hint


def test_a_picture_of_another_machine_is_opened_where_its_folder_is_mounted(
    home: Home, tmp_path: Path
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    with LibraryWriter(home) as writer:
        writer.write_known([outcome(7, {}, "nas-2:/mnt/photos/2024/a.jpg")])

    def paths() -> tuple[str, ...]:
        with closing(Catalogue(home)) as catalogue:
            return catalogue.pictures.get([7])[7].paths

    assert paths() == ("nas-2:/mnt/photos/2024/a.jpg",)
    with pytest.raises(FinderError, match="no folder"):
        map_folder(home, "nas-2:/mnt/photos", str(tmp_path / "missing"))
    map_folder(home, "nas-2:/mnt/photos/", str(share))
    assert paths() == (str(share / "2024" / "a.jpg"),)
    with pytest.raises(FinderError, match="Did you mean"):
        map_folder(home, "nas-2:/mnt/photo", None)
    map_folder(home, "nas-2:/mnt/photos", None)
    assert paths() == ("nas-2:/mnt/photos/2024/a.jpg",)


def test_a_picture_of_another_machine_has_the_date_of_its_file(home: Home) -> None:
    """Also without a mirror, where the catalogue does not know the file."""
    facts = PictureFacts(4, 3, "JPEG", None, 1)
    away = PictureRecord(7, facts, ("nas-2:/mnt/a.jpg",), time_ns=1_705_320_000 * 10**9)
    date = match_dates(home, [away], parse_filter("taken:2024-01"))[7]
    assert (date.time[:8], date.is_taken) == ("2024-01-", False)
    assert match_dates(home, [replace(away, time_ns=None)], NO_FILTER) == {}


@pytest.mark.parametrize("has_mirror", [True, False])
def test_a_picture_of_another_machine_is_removed_by_its_path_here(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, has_mirror: bool
) -> None:
    """The one that a search prints: its folder is mapped to one on this machine."""
    one, two = machine("one"), machine("two")
    one.add(*birds[:2])
    for each in (one, two):
        each.index()
        each.use(address)
    map_folder(two.home, f"one:{one.folder}", str(one.folder))
    if not has_mirror:
        set_mirror(two.home, False, "a test")
    here, there = str(one.folder / birds[0].name), f"one:{one.folder / birds[0].name}"
    with pytest.raises(FinderError, match="neither a folder nor a picture"):
        find_pictures(two.home, [f"{here}.jpg"])
    assert find_pictures(two.home, [there]) == find_pictures(two.home, [here])
    assert output_of("forget", here, home=two.home).startswith("Removed 1 picture (1 file)")
    assert list(removed_files(two.home)) == [there]
    assert output_of("forget", "--undo", here, home=two.home)
    assert removed_files(two.home) == {}
