"""The catalogue returns what was stored, odd names included, and touches no newer format."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import FACTS, tiny_spec

from finder.core.errors import FinderError, Reason
from finder.core.library.catalogue.catalogue import Catalogue, open_existing
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.catalogue.schema import VERSION
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_backend import ServerBackend
from finder.core.library.server.store_settings import StoreSettings
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home

ODD_NAMES = [
    "plain.jpg",
    "new\nline.jpg",
    "tab\there.jpg",
    "not text \udcff\udc80.jpg",
    "100% _sure_.jpg",
    "quote'\".jpg",
    "ä ö ü 猫 🐈.jpg",
    "\x1b[31mred.jpg",
]


def skipped(path: str, reason: Reason = Reason.EMPTY) -> FileRecord:
    return FileRecord(path, 0, 0, None, reason, "why")


def put(catalogue: Catalogue, *paths: str) -> None:
    with catalogue.transaction():
        for path in paths:
            catalogue.files.put(skipped(path))


def below(catalogue: Catalogue, folder: str) -> list[str]:
    return [file.path for file in catalogue.files.below(folder)]


def test_a_new_catalogue_is_in_wal_mode_and_has_a_version(home: Home) -> None:
    Catalogue(home).close()
    with closing(sqlite3.connect(home.catalogue)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_its_folder_is_private(home: Home) -> None:
    Catalogue(home).close()
    assert home.root.stat().st_mode & 0o777 == 0o700


def test_a_newer_format_is_refused_and_left_alone(home: Home) -> None:
    Catalogue(home).close()
    with closing(sqlite3.connect(home.catalogue)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(FinderError, match="newer Image Finder") as caught:
        Catalogue(home)
    assert str(VERSION + 1) in caught.value.sentence
    assert caught.value.hint
    with closing(sqlite3.connect(home.catalogue)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)


def test_many_may_make_it_at_once(home: Home) -> None:
    def make(_: int) -> int:
        with closing(Catalogue(home)) as catalogue:
            return catalogue.pictures.count()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(make, range(8))) == [0] * 8


def test_a_file_that_is_no_catalogue_is_refused(home: Home) -> None:
    home.root.mkdir()
    home.catalogue.write_bytes(b"something else entirely, and long enough to be looked at " * 40)
    with pytest.raises(FinderError, match="cannot be opened"):
        Catalogue(home)


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FinderError, match="cannot be opened") as caught:
        Catalogue(Home(tmp_path / "file" / "home"))
    assert "--home" in caught.value.hint


def test_reading_makes_no_catalogue(home: Home) -> None:
    with pytest.raises(FinderError, match="no library"):
        open_existing(home)
    assert not home.root.exists()


@pytest.mark.parametrize("name", ODD_NAMES, ids=ascii)
def test_odd_names_round_trip(home: Home, name: str) -> None:
    file = FileRecord(f"/pictures/{name}", 7, 2**62, None, Reason.DAMAGED, "detail")
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.folders.add(f"/pictures/{name}")
        catalogue.files.put(file)
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.folders.paths() == [f"/pictures/{name}"]
        assert list(catalogue.files.below("/pictures")) == [file]
        assert catalogue.files.skipped() == [file]


def test_a_picture_has_all_its_places(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.pictures.put(2**63 - 1, FACTS)
            catalogue.pictures.put(5, FACTS)
            for path in ("/b/2.jpg", "/a/1.jpg"):
                catalogue.files.put(FileRecord(path, 1, 1, 2**63 - 1))
        found = catalogue.pictures.get([2**63 - 1, 5, 6, 2**63 - 1])
        assert set(found) == {2**63 - 1}, "5 has no file, 6 is unknown"
        assert found[2**63 - 1].paths == ("/a/1.jpg", "/b/2.jpg")
        assert found[2**63 - 1].facts == FACTS
        assert catalogue.pictures.without_file() == [5]


def test_a_folder_does_not_contain_one_whose_name_begins_alike(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        put(catalogue, "/a/b/1.jpg", "/a/bc/2.jpg", "/a/b.jpg", "/a/b0/3.jpg", "/a/b/c/4.jpg")
        assert below(catalogue, "/a/b") == ["/a/b/1.jpg", "/a/b/c/4.jpg"]
        assert below(catalogue, "/a/b/") == below(catalogue, "/a/b")
        assert len(below(catalogue, "/")) == 5


def test_wildcards_in_a_name_are_literal(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        put(catalogue, "/a%/1.jpg", "/ab/2.jpg", "/a_/3.jpg", "/a*/4.jpg")
        assert below(catalogue, "/a%") == ["/a%/1.jpg"]
        assert below(catalogue, "/a_") == ["/a_/3.jpg"]
        assert below(catalogue, "/a*") == ["/a*/4.jpg"]


NAMES = st.text(alphabet="ab%_.~\x7f\udcff", min_size=1, max_size=3)


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(st.lists(NAMES, min_size=1, max_size=4)))
def test_below_is_what_begins_with_the_folder(folder: list[str], files: list[list[str]]) -> None:
    inside = "/" + "/".join(folder)
    paths = {"/" + "/".join(parts) for parts in files} | {f"{inside}/x"}
    with closing(_in_memory()) as catalogue:
        put(catalogue, *paths)
        assert set(below(catalogue, inside)) == {p for p in paths if p.startswith(inside + "/")}


def _in_memory() -> Catalogue:
    from finder.core.library.catalogue.schema import migrate

    db = sqlite3.connect(":memory:", isolation_level=None)
    migrate(db)
    with mock.patch("finder.core.library.catalogue.catalogue.connect", lambda _: (db, False)):
        return Catalogue(Home(Path("nowhere")))


def test_folder_states_count_what_lies_below(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.pictures.put(1, FACTS)
            for folder in ("/a", "/a/b", "/a/bc"):
                catalogue.folders.add(folder)
            catalogue.files.put(FileRecord("/a/b/1.jpg", 1, 1, 1))
            catalogue.files.put(FileRecord("/a/bc/1.jpg", 1, 1, 1))
            catalogue.files.put(skipped("/a/b/2.jpg"))
        states = {s.path: (s.files, s.skipped) for s in catalogue.folders.states()}
    assert states == {"/a": (2, 1), "/a/b": (1, 1), "/a/bc": (1, 0)}


def test_a_transaction_is_all_or_nothing(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        with pytest.raises(ZeroDivisionError), catalogue.transaction():
            catalogue.folders.add("/a")
            raise ZeroDivisionError
        assert catalogue.folders.paths() == []
        with catalogue.transaction():
            catalogue.folders.add("/b")
        assert catalogue.folders.paths() == ["/b"]


def test_a_snapshot_shows_one_moment(home: Home) -> None:
    with closing(Catalogue(home)) as reader, closing(Catalogue(home)) as writer:
        with reader.snapshot():
            assert reader.folders.paths() == []
            with writer.transaction():
                writer.folders.add("/a")
            assert reader.folders.paths() == []
        assert reader.folders.paths() == ["/a"]


def test_a_write_that_fails_is_reported_in_a_sentence(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        catalogue._db.execute("PRAGMA query_only = ON")
        with pytest.raises(FinderError, match="could not be written"), catalogue.transaction():
            catalogue.folders.add("/a")


def test_embeddings_are_ordered_by_row(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.models.put(tiny_spec())
            catalogue.embeddings.add("tiny", [(9, 0, 90), (2**63 - 1, 1, 2**32 - 1), (3, 2, 30)])
        assert catalogue.embeddings.rows("tiny").tolist() == [
            [9, 0, 90],
            [2**63 - 1, 1, 2**32 - 1],
            [3, 2, 30],
        ]
        assert catalogue.embeddings.rows("tiny", from_row=2).tolist() == [[3, 2, 30]]
        assert catalogue.embeddings.rows("unknown").shape == (0, 3)
        assert catalogue.models.states()["tiny"].rows == 3
        assert catalogue.embeddings.counts() == {"tiny": 3}


def test_tombstones_are_listed_until_they_are_cleared(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.models.put(tiny_spec())
            catalogue.embeddings.add("tiny", [(1, 0, 0), (2, 1, 0), (3, 2, 0)])
            catalogue.embeddings.remove("tiny", [2])
        assert catalogue.embeddings.rows("tiny")[:, 0].tolist() == [1, 3]
        assert catalogue.embeddings.tombstones() == {"tiny": [2]}
        assert catalogue.models.states()["tiny"].removals == 1
        with catalogue.transaction():
            catalogue.embeddings.clear_tombstones("tiny")
        assert catalogue.embeddings.tombstones() == {}


def test_renumbering_keeps_pictures_with_their_checksums(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.models.put(tiny_spec())
            catalogue.embeddings.add("tiny", [(p, row, 10 * p) for row, p in enumerate([5, 6, 7])])
            catalogue.embeddings.remove("tiny", [6])
            catalogue.embeddings.renumber("tiny", np.array([7, 5], dtype=np.int64))
        state = catalogue.models.states()["tiny"]
        assert catalogue.embeddings.rows("tiny").tolist() == [[7, 0, 70], [5, 1, 50]]
        assert (state.rows, state.generation) == (2, 1)


def test_names_of_any_bytes_are_found_on_the_disk_again(home: Home, tmp_path: Path) -> None:
    path = os.path.join(tmp_path, os.fsdecode(b"caf\xe9 \xff.jpg"))
    Path(path).write_bytes(b"x")
    with closing(Catalogue(home)) as catalogue:
        put(catalogue, path)
        (kept,) = below(catalogue, str(tmp_path))
    assert Path(kept).read_bytes() == b"x"


def test_changes_are_noted_of_files_that_show_a_picture_or_have_shown_one(home: Home) -> None:
    def noted(catalogue: Catalogue) -> list[bytes]:
        paths = catalogue.unpublished.all()
        catalogue.unpublished.remove(paths)
        return paths

    shown, failed = FileRecord("/a", 1, 1, 7), FileRecord("/a", 2, 2, None, Reason.DAMAGED)
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.pictures.put(7, FACTS)
        catalogue.files.put(FileRecord("/before", 1, 1, 7))
        catalogue.unpublished.begin()
        assert noted(catalogue) == [b"/before"]
        catalogue.files.put(failed)
        catalogue.files.put(replace(failed, mtime_ns=3))
        assert noted(catalogue) == []
        catalogue.files.put(shown)
        catalogue.files.put(replace(shown, path="two:/a"))
        assert noted(catalogue) == [b"/a"]
        catalogue.files.put(failed)
        assert noted(catalogue) == [b"/a"]
        catalogue.files.remove(["/a", "/before"])
        assert noted(catalogue) == [b"/before"]
        catalogue.unpublished.end()
        catalogue.files.put(shown)
        assert noted(catalogue) == []


def test_a_writer_renews_the_triggers_of_an_earlier_version(home: Home) -> None:
    failed = FileRecord("/a", 2, 2, None, Reason.DAMAGED)
    backend = ServerBackend(StoreSettings(parse("http://127.0.0.1:1")))
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.unpublished.begin()
        assert not catalogue.unpublished.is_outdated
        catalogue.connection.execute("DROP TRIGGER file_added")
        catalogue.connection.execute(
            "CREATE TRIGGER file_added AFTER INSERT ON file"
            " BEGIN INSERT OR IGNORE INTO unpublished VALUES (new.path); END"
        )
        assert catalogue.unpublished.is_outdated
        catalogue.unpublished.add([b"/before"])
    with LibraryWriter(home, backend=backend) as writer, writer.catalogue.transaction():
        assert not writer.catalogue.unpublished.is_outdated
        writer.catalogue.files.put(failed)
        assert writer.catalogue.unpublished.all() == [b"/before"]
