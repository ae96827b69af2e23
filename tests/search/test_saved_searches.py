"""Saved searches in the catalogue: all of it comes back, and nothing the user has made is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import run_process
from making import copied, run_index
from small_disk import SmallDisk

from finder.core.errors import FinderError
from finder.core.library.catalogue.backups import list_backups, make_backup
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.filter.filter_text import parse_filter
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.catalogue.restore import restore
from finder.core.library.check.full_check import CheckProgress
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.transform import Box, Transform
from finder.core.search.query.query_spec import (
    BytesSource,
    FileSource,
    LibrarySource,
    QueryExample,
    QuerySpec,
    Source,
    TextSource,
    WebSource,
)
from finder.core.search.saved_search import SavedSearch, search_as_json, search_from_json
from finder.core.writer_lock import WriterLock
from finder.use_cases.library.check_library import check_library
from finder.use_cases.search import saved_searches as saved
from finder.use_cases.search.saved_searches import (
    MissingQueryError,
    SearchExistsError,
    delete_search,
    open_search,
    read_search,
    rename_search,
    save_search,
    search_names,
    use_other_file,
)

SOURCES: tuple[Source, ...] = (
    FileSource("/photos/ä.jpg"),
    FileSource(os.fsdecode(b"/photos/\xff.jpg")),
    LibrarySource(2**62 + 1, "a.jpg"),
    BytesSource("Pasted picture", bytes(range(256)) * 40),
    WebSource("https://pictures.example/a.jpg", "a.jpg"),
    TextSource("ночью"),
)
FILTER = parse_filter("taken>=2024 width>2000 format:png -folder:'/Old ones' name:\"it's\"")


def search(name: str, *sources: Source, filter: Filter = NO_FILTER) -> SavedSearch:
    items = tuple(map(QueryExample, sources or (FileSource("/a.jpg"),)))
    return SavedSearch(name, QuerySpec(items), filter)


def damage(home: Home, name: str) -> None:
    """Change a letter of the row, as a faulty disk does."""
    with closing(sqlite3.connect(home.catalogue, isolation_level=None)) as db:
        changed = db.execute(
            "UPDATE setting SET value = replace(value, 'weight', 'weighs') WHERE key LIKE ?",
            (f"%{name}",),
        )
        assert changed.rowcount == 1


def checked(home: Home, repair: bool = False) -> CheckProgress:
    return list(check_library(home, repair))[-1]


def with_backup(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        make_backup(home, catalogue.connection)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: type(source).__name__)
def test_every_kind_of_picture_comes_back(home: Home, source: Source) -> None:
    item = QueryExample(source, 2.0, Transform(Box(0.1, 0.2, 1 / 3, 1.0), 3, True))
    example = QueryExample(LibrarySource(5, "b.jpg"), -0.5)
    kept = SavedSearch(
        "Castles",
        QuerySpec((item, example), any_orientation=True),
        FILTER,
        ("vgg16", "phash-64"),
        7,
        "cosine",
    )
    save_search(home, kept)
    again = read_search(home, "Castles")
    assert again == kept
    assert [item.source.label for item in again.spec.items] == [source.label, "b.jpg"]


def test_names_are_listed_in_order_and_are_unique_in_any_case(home: Home) -> None:
    for name in ("zebras", "Äpfel", "  blue   birds ", "Castles"):
        save_search(home, search(name))
    assert search_names(home) == ["blue birds", "Castles", "zebras", "Äpfel"]
    with pytest.raises(SearchExistsError, match="“Castles” already"):
        save_search(home, search("CASTLES", FileSource("/new.jpg")))
    assert read_search(home, "castles") == search("Castles")
    save_search(home, search("CASTLES", FileSource("/new.jpg")), replaces=True)
    assert search_names(home) == ["blue birds", "CASTLES", "zebras", "Äpfel"]
    assert read_search(home, "Castles").spec.items[0].source == FileSource("/new.jpg")


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x1bb", "a\udcff"])
def test_a_name_that_is_none_is_refused(home: Home, name: str) -> None:
    with pytest.raises(FinderError, match="name"):
        save_search(home, search(name))
    assert search_names(home) == []


def test_renaming(home: Home) -> None:
    save_search(home, search("Castles", SOURCES[3]))
    save_search(home, search("Cats"))
    assert rename_search(home, "castles", "castles  of France") == "castles of France"
    assert rename_search(home, "castles of France", "Castles of France") == "Castles of France"
    with pytest.raises(SearchExistsError):
        rename_search(home, "Castles of France", "cats")
    assert search_names(home) == ["Castles of France", "Cats"]
    assert read_search(home, "Castles of France").spec == search("", SOURCES[3]).spec


def test_what_is_deleted_can_be_kept_again(home: Home) -> None:
    kept = save_search(home, search("Castles", SOURCES[3], filter=FILTER))
    deleted = delete_search(home, "castles")
    assert search_names(home) == []
    assert deleted == kept
    save_search(home, kept)
    assert read_search(home, "Castles") == kept


def test_a_mistyped_name_is_answered_with_a_suggestion(home: Home) -> None:
    with pytest.raises(FinderError, match="No search has been saved yet"):
        read_search(home, "Castels")
    save_search(home, search("Castles"))
    with pytest.raises(FinderError, match="Did you mean “Castles”"):
        read_search(home, "Castels")
    with pytest.raises(FinderError, match="The saved searches are: Castles"):
        delete_search(home, "xyz")


def test_only_the_content_ids_of_its_own_files_are_kept(home: Home) -> None:
    contents = {"/a.jpg": 7, "/removed from the query.jpg": 8}
    save_search(home, replace(search("Castles"), contents=contents))
    assert read_search(home, "Castles").contents == {"/a.jpg": 7}


def test_pasted_pictures_are_bounded(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MOST_PASTED_BYTES", 2_000_000)
    small, large = BytesSource("one", bytes(1_500_000)), BytesSource("two", bytes(600_000))
    save_search(home, search("Twice the same", small, small))
    with pytest.raises(FinderError, match="at most 2 MB"):
        save_search(home, search("Both", small, large))
    assert search_names(home) == ["Twice the same"]


def test_models_that_are_gone_are_left_out_with_a_note(home: Home) -> None:
    save_search(home, replace(search("Castles", SOURCES[3]), models=("vgg16", "mine")))
    opened = open_search(home, "Castles", {"vgg16"})
    assert opened.search.models == ("vgg16",)
    assert opened.notes == (
        "The model mine of this search is not installed any more, and was left out.",
    )
    opened = open_search(home, "Castles", {"other"})
    assert opened.search.models is None
    assert "The models vgg16, mine" in opened.notes[0]
    assert "The usual models are used." in opened.notes[0]
    assert open_search(home, "Castles", {"vgg16", "mine"}).notes == ()


def test_a_missing_file_is_taken_from_the_library(
    home: Home, samples: Path, tmp_path: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    (picture,) = copied([samples / "cats" / "kitten.jpg"], tmp_path / "cats")
    run_index(home, [tmp_path / "cats"], [fast_spec], extractors)
    with closing(Catalogue(home)) as catalogue:
        ((content,),) = catalogue.connection.execute("SELECT id FROM picture")
    path = str(picture)
    kept = replace(search("Cats", FileSource(path)), contents={path: content})
    save_search(home, kept)
    assert open_search(home, "Cats", ()).search == kept
    picture.rename(tmp_path / "cats" / "moved.jpg")
    (item,) = open_search(home, "Cats", ()).search.spec.items
    assert item.source == LibrarySource(content)
    assert item.source.label == "kitten.jpg"


def test_a_missing_file_that_nobody_knows_can_be_another_one(home: Home, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.jpg")
    save_search(home, replace(search("Cats", FileSource(gone)), contents={gone: 99}))
    with pytest.raises(MissingQueryError, match=r"“Cats” is missing: .*gone.jpg") as raised:
        open_search(home, "Cats", ())
    other = tmp_path / "other.jpg"
    other.touch()
    use_other_file(home, "Cats", raised.value.path, str(other))
    assert open_search(home, "Cats", ()).search == search("Cats", FileSource(str(other)))


# Faults


def test_a_damaged_search_is_said_and_hides_no_other(home: Home) -> None:
    for name in ("Castles", "Cats"):
        save_search(home, search(name))
    damage(home, "Castles")
    assert search_names(home) == ["Castles", "Cats"]
    with pytest.raises(FinderError, match="“Castles” is damaged"):
        read_search(home, "Castles")
    assert read_search(home, "Cats") == search("Cats")
    listed = dict(saved.saved_searches(home))
    assert listed == {"Castles": None, "Cats": search("Cats")}
    assert delete_search(home, "Castles") is None
    assert search_names(home) == ["Cats"]


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value.pop("query"),
        lambda value: value.update(query=[]),
        lambda value: value.update(filter="colour:blue"),
        lambda value: value.update(metric="miles"),
        lambda value: value.update(top="many"),
        lambda value: value.update(contents=[1]),
        lambda value: value.update(models=3),
    ],
)
def test_what_is_no_search_is_refused(change: Callable[[dict[str, object]], object]) -> None:
    value = search_as_json(search("Castles"))
    change(value)
    with pytest.raises(ValueError, match="not a search"):
        search_from_json("Castles", value)
    with pytest.raises(ValueError, match="no object"):
        search_from_json("Castles", [])


def test_a_repair_restores_a_damaged_search_and_no_deleted_one(home: Home) -> None:
    kept = save_search(home, search("Castles", SOURCES[3]))
    save_search(home, search("Deleted since"))
    with_backup(home)
    delete_search(home, "Deleted since")
    damage(home, "Castles")
    assert "“Castles” is damaged" in checked(home).findings[0].sentence
    assert checked(home, repair=True).left == []
    assert read_search(home, "Castles") == kept
    assert search_names(home) == ["Castles"]


def test_a_repair_without_a_backup_says_which_search_is_lost(home: Home) -> None:
    with_backup(home)
    save_search(home, search("Castles"))
    save_search(home, search("Cats"))
    damage(home, "Castles")
    done = checked(home, repair=True)
    assert "No backup has it, and it was removed" in done.findings[0].sentence
    assert search_names(home) == ["Cats"]


def test_a_backup_brings_them_back(home: Home) -> None:
    kept = [save_search(home, search("Castles", SOURCES[3])), save_search(home, search("Cats"))]
    with_backup(home)
    for name in ("Castles", "Cats"):
        delete_search(home, name)
    (backup,) = list_backups(home)
    with WriterLock(home):
        restore(home, backup)
    assert [read_search(home, name) for name in search_names(home)] == kept


def test_what_can_be_read_of_a_damaged_catalogue_has_them(home: Home) -> None:
    kept = save_search(home, search("Castles", SOURCES[3]))
    with closing(sqlite3.connect(home.catalogue, isolation_level=None)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'picture'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    data = bytearray(home.catalogue.read_bytes())
    data[(page - 1) * size : page * size] = b"\xaa" * size
    home.catalogue.write_bytes(data)
    assert checked(home, repair=True).left == []
    assert read_search(home, "Castles") == kept


def test_a_full_disk_keeps_the_old_search(small_disk: SmallDisk) -> None:
    home = Home(small_disk.point / "home")
    kept = save_search(home, search("Castles", SOURCES[3]))
    small_disk.fill()
    large = search("Castles", BytesSource("large", os.urandom(3_000_000)))
    with pytest.raises(FinderError, match=r"full|could not be written"):
        save_search(home, large, replaces=True)
    with pytest.raises(FinderError, match=r"full|could not be written"):
        delete_search(home, "Castles")
    assert read_search(home, "Castles") == kept
    small_disk.free()
    save_search(home, large, replaces=True)
    assert read_search(home, "Castles") == large


_KILLED_WHILE_SAVING = """
import os, signal, sys
from pathlib import Path
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.paths import Home
catalogue = Catalogue(Home(Path(sys.argv[1])))
with catalogue.transaction():
    catalogue.searches.remove("Castles")
    catalogue.searches.put("Castles", {"half": True})
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_process_that_is_killed_while_it_saves_leaves_the_old_search(home: Home) -> None:
    kept = save_search(home, search("Castles"))
    command = [sys.executable, "-c", _KILLED_WHILE_SAVING, str(home.root)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert read_search(home, "Castles") == kept


def test_a_read_only_disk_is_said(small_disk: SmallDisk) -> None:
    home = Home(small_disk.point / "home")
    kept = save_search(home, search("Castles"))
    small_disk.protect()
    with pytest.raises(FinderError, match="read-only"):
        save_search(home, search("Cats"))
    assert search_names(home) == ["Castles"]
    assert read_search(home, "Castles") == kept


def test_two_programs_save_at_the_same_time(home: Home) -> None:
    """One of them is a process of its own; the writer's lock does not matter."""
    save_search(home, search("Castles"))
    with closing(Catalogue(home)) as catalogue, WriterLock(home):
        assert catalogue.searches.names() == ["Castles"]
        renamed = run_process("searches", "--rename", "Castles", "Cats", home=home)
        assert renamed.returncode == 0, renamed.stderr
        assert catalogue.searches.names() == ["Cats"]
        with pytest.raises(FinderError, match="no saved search “Castles”"):
            rename_search(home, "Castles", "Dogs")
        save_search(home, search("Dogs"))
    assert search_names(home) == ["Cats", "Dogs"]
