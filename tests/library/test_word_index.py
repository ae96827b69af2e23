"""The index of words follows every change of the library, in the same transaction."""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from making import copied, run_index
from stored_files import Picture, Place, store

from finder.core.errors import FinderError
from finder.core.library.catalogue.backups import list_backups, make_backup
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.catalogue.restore import restore
from finder.core.library.check.findings import Finding
from finder.core.library.check.full_check import check
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.facts import PictureFacts
from finder.use_cases.search.name_matches import find_names

FACTS = PictureFacts(640, 480, "JPEG", None, 1)
FOLDER = "/photos"


@pytest.fixture
def catalogue(home: Home) -> Iterator[Catalogue]:
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.folders.add(FOLDER)
        yield catalogue


def put(catalogue: Catalogue, path: str, picture: int, time_ns: int = 0) -> None:
    catalogue.pictures.put(picture, FACTS)
    catalogue.files.put(FileRecord(path, 1, time_ns, picture))


def found(catalogue: Catalogue, text: str, limit: int = 10_000) -> set[int]:
    return {match.picture.id for match in find_names(catalogue, text, limit) if match.has_all}


def names_found(home: Home, text: str) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        return [match.words for match in find_names(catalogue, text)]


def assert_sound(catalogue: Catalogue) -> None:
    assert not catalogue.words.is_behind
    assert catalogue.words.wrong() == []


def test_it_follows_the_files_of_a_real_library(
    home: Home, tmp_path: Path, samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    album = tmp_path / "album"
    cat, fish = copied([samples / "cats" / "kitten.jpg", samples / "cats" / "cheetah.jpg"], album)

    def index() -> None:
        run_index(home, [album], [fast_spec], extractors)

    index()
    assert names_found(home, "kitten") == ["kitten.jpg"]
    assert names_found(home, "album") == ["album", "album"]
    cat.rename(album / "Thomas.jpg")
    index()
    assert (names_found(home, "kitten"), names_found(home, "thomas")) == ([], ["Thomas.jpg"])
    (album / "2024").mkdir()
    (album / "Thomas.jpg").rename(album / "2024" / "Thomas.jpg")
    index()
    assert names_found(home, "thomas 2024") == ["2024"]
    shutil.copy(album / "2024" / "Thomas.jpg", album / "another.jpg")
    index()
    assert names_found(home, "another") == ["another.jpg"]
    assert names_found(home, "thomas") == ["Thomas.jpg"]
    shutil.rmtree(album / "2024")
    fish.unlink()
    index()
    assert names_found(home, "thomas") == names_found(home, "cheetah") == []
    assert names_found(home, "another") == ["another.jpg"]
    with LibraryWriter(home) as writer:
        writer.removals.forget_folder(str(album))
    assert names_found(home, "another") == []
    with closing(Catalogue(home)) as catalogue:
        assert_sound(catalogue)
        assert catalogue.connection.execute("SELECT COUNT(*) FROM word_text").fetchone() == (0,)


def test_a_change_that_is_rolled_back_is_not_in_the_index(catalogue: Catalogue) -> None:
    with pytest.raises(ZeroDivisionError), catalogue.transaction():
        put(catalogue, "/photos/never.jpg", 1)
        raise ZeroDivisionError
    assert found(catalogue, "never") == set()
    assert_sound(catalogue)


def test_a_file_that_shows_another_picture_now(catalogue: Catalogue) -> None:
    with catalogue.transaction():
        put(catalogue, "/photos/here.jpg", 1)
        put(catalogue, "/photos/copy.jpg", 1)
    with catalogue.transaction():
        put(catalogue, "/photos/here.jpg", 2)
    assert (found(catalogue, "here"), found(catalogue, "copy")) == ({2}, {1})
    assert_sound(catalogue)


def test_folders_of_the_library_count_from_their_own_names_on(catalogue: Catalogue) -> None:
    with catalogue.transaction():
        put(catalogue, "/disk/holidays/beach/a.jpg", 1)
        catalogue.folders.add("/disk/holidays/beach")
    assert (found(catalogue, "beach"), found(catalogue, "holidays")) == ({1}, set())
    with catalogue.transaction():
        catalogue.folders.add("/disk/holidays")
    assert found(catalogue, "holidays") == {1}
    with catalogue.transaction():
        catalogue.folders.remove("/disk/holidays")
    assert found(catalogue, "holidays") == set()
    assert_sound(catalogue)


def test_files_of_other_machines_are_found_until_the_machine_is_gone(catalogue: Catalogue) -> None:
    with catalogue.transaction():
        put(catalogue, "nas-2:/mnt/beach/crab.jpg", 1)
        put(catalogue, r"office:C:\Users\Ann\crab.jpg", 2)
    assert found(catalogue, "crab") == {1, 2}
    assert (found(catalogue, "crab mnt"), found(catalogue, "crab ann")) == ({1}, {2})
    assert found(catalogue, "nas") == found(catalogue, "office") == set()
    with catalogue.transaction():
        catalogue.files.remove_machine("nas-2")
    assert found(catalogue, "crab") == {2}
    assert_sound(catalogue)


def test_five_thousand_files_that_change_at_random(catalogue: Catalogue) -> None:
    chance = random.Random(7)
    paths = [f"/photos/{n % 40}/word{n % 97}_{n:05}.jpg" for n in range(5_000)]
    shown = dict[str, int]()
    with catalogue.transaction():
        for n, path in enumerate(paths):
            put(catalogue, path, n // 2, n * 10**9)
            shown[path] = n // 2
    for _ in range(20):
        with catalogue.transaction():
            for path in chance.sample(paths, 100):
                if path in shown and chance.random() < 0.5:
                    catalogue.files.remove([path])
                    del shown[path]
                else:
                    shown[path] = chance.randrange(3_000)
                    put(catalogue, path, shown[path], chance.randrange(10**18))
    assert_sound(catalogue)
    for n in chance.sample(range(97), 10):
        of_files = {picture for path, picture in shown.items() if f"/word{n}_" in path}
        assert found(catalogue, f"word{n}") >= of_files
        assert found(catalogue, f'"word {n}"') == of_files


def test_many_changes_at_once_make_the_index_anew(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("finder.core.library.catalogue.tables.word_table._MANY", 10)
    with catalogue.transaction():
        for n in range(30):
            put(catalogue, f"/photos/many{n}.jpg", n)
    assert found(catalogue, "many") == set(range(30))
    with catalogue.transaction():
        catalogue.files.remove(f"/photos/many{n}.jpg" for n in range(20))
    assert found(catalogue, "many") == set(range(20, 30))
    assert_sound(catalogue)


def test_the_newest_are_first_also_among_those_of_the_same_second(catalogue: Catalogue) -> None:
    same = 1 << 24  # a distance between content ids whose rows have the same number
    with catalogue.transaction():
        for n in range(4):
            put(catalogue, f"/photos/same{n}.jpg", 5 + n * same, 10**18)
        put(catalogue, "/photos/same-newer.jpg", 1, 10**18 + 10**9)
        put(catalogue, "/photos/same-from-1800.jpg", 2, -(5 * 10**18))
    order = [match.picture.id for match in find_names(catalogue, "same")]
    assert (order[0], order[-1]) == (1, 2)
    assert len(order) == 6
    with catalogue.transaction():
        put(catalogue, "/photos/same0.jpg", 5, 10**18 + 5)
    assert [match.picture.id for match in find_names(catalogue, "same")] == order
    assert_sound(catalogue)


def test_readers_find_words_while_others_are_written(home: Home, catalogue: Catalogue) -> None:
    """Each sees both files of a batch, or none."""
    failures = list[str]()
    done = threading.Event()

    def read() -> None:
        with closing(Catalogue(home)) as reader:
            while not done.is_set():
                names = sorted(match.words for match in find_names(reader, "pair", 1_000))
                halves = [name.rpartition("-")[0] for name in names]
                if halves[::2] != halves[1::2]:
                    failures.append(str(names))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(100):
        with catalogue.transaction():
            put(catalogue, f"/photos/pair{n}-left.jpg", 2 * n)
            put(catalogue, f"/photos/pair{n}-right.jpg", 2 * n + 1)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(found(catalogue, "pair")) == 200


# Lost and damaged


def test_what_was_changed_without_it_is_found_when_the_library_is_opened_again(
    home: Home, catalogue: Catalogue
) -> None:
    with catalogue.transaction():
        put(catalogue, "/photos/before.jpg", 1)
    catalogue.close()
    with closing(sqlite3.connect(home.catalogue)) as db, db:
        db.execute("UPDATE file SET path = ?", (b"/photos/after.jpg",))
    assert names_found(home, "after") == ["after.jpg"]
    assert names_found(home, "before") == []


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE word_index",
        "DROP TABLE word_text",
        "UPDATE word_index_data SET block = X'00ff00ff00ff00ff'",
        "DELETE FROM word_index_data",
    ],
)
def test_a_damaged_index_is_made_anew_when_something_is_written(
    home: Home, catalogue: Catalogue, damage: str
) -> None:
    with catalogue.transaction():
        put(catalogue, "/photos/before.jpg", 1)
    catalogue.close()
    with closing(sqlite3.connect(home.catalogue)) as db, db:
        db.execute(damage)
    with LibraryWriter(home) as writer:
        with writer.catalogue.transaction():
            put(writer.catalogue, "/photos/before.jpg", 1, 10**18)
            put(writer.catalogue, "/photos/after.jpg", 2)
        assert found(writer.catalogue, "before") == {1}
        assert found(writer.catalogue, "after") == {2}
        assert_sound(writer.catalogue)


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE word_index",
        "UPDATE word_index_data SET block = X'00ff00ff00ff00ff' WHERE id > 10",
        "DELETE FROM word_index_data",
    ],
)
def test_an_index_that_a_search_finds_damaged_is_made_anew_by_the_next_writer(
    home: Home, damage: str
) -> None:
    store(home, [Picture(n, [Place(f"/photos/shell{n}.jpg")]) for n in range(1, 4)])
    with closing(sqlite3.connect(home.catalogue)) as db, db:
        db.execute(damage)
    for _ in range(2):
        with pytest.raises(FinderError, match="index of words is damaged"):
            names_found(home, "shell")
    with LibraryWriter(home) as writer:
        assert writer.catalogue.words.is_sound
        assert_sound(writer.catalogue)
    assert len(names_found(home, "shell")) == 3


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE word_text SET name = 'wrong'",
        "DELETE FROM word_text WHERE picture = 1",
        "UPDATE word_text SET row = row + (1 << 30)",
        "UPDATE word_index_data SET block = X'00ff00ff00ff00ff' WHERE id > 10",
        "DELETE FROM word_index_docsize",
    ],
)
def test_a_check_finds_and_repairs_a_damaged_index(home: Home, damage: str) -> None:
    store(home, [Picture(n, [Place(f"/photos/shell{n}.jpg")]) for n in range(1, 4)])
    with closing(sqlite3.connect(home.catalogue)) as db, db:
        db.execute(damage)
    assert [finding.about for finding in findings(home)] == [("words",)]
    (repaired,) = findings(home, repair=True)
    assert repaired.repaired
    assert findings(home) == []
    assert len(names_found(home, "shell")) == 3


def findings(home: Home, repair: bool = False) -> list[Finding]:
    """Those about words; its pictures have no thumbnails."""
    with closing(check(home, [], [], repair)) as steps:
        found = [*steps][-1].findings
    return [finding for finding in found if finding.about != ("thumbnails",)]


def test_a_backup_brings_back_the_index_of_its_files(home: Home) -> None:
    store(home, [Picture(1, [Place("/photos/early.jpg")])])
    with closing(Catalogue(home)) as catalogue:
        make_backup(home, catalogue.connection)
    store(home, [Picture(2, [Place("/photos/late.jpg")])])
    assert names_found(home, "late") == ["late.jpg"]
    restore(home, list_backups(home)[0])
    assert (names_found(home, "late"), names_found(home, "early")) == ([], ["early.jpg"])
    with closing(Catalogue(home)) as catalogue:
        assert_sound(catalogue)


def test_a_library_without_an_index_says_what_to_do(home: Home) -> None:
    store(home, [Picture(1, [Place("/photos/early.jpg")])])
    with closing(sqlite3.connect(home.catalogue)) as db, db:
        db.execute("DELETE FROM word_index_data")
    with pytest.raises(FinderError, match="check --repair"):
        names_found(home, "early")
