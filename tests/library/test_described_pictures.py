"""Captions, labels and recognised text in the catalogue: stored while indexing, read later for
pictures of earlier formats, verified, and gone with their pictures."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from indexing_folder import forbid
from making import run_index
from PIL import Image
from stored_files import Picture, Place, store

from finder.core.library.catalogue.backups import make_backup
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.schema import VERSION
from finder.core.library.catalogue.tables.recognised_table import RecognisedText, TextLine
from finder.core.library.check.full_check import check
from finder.core.library.indexing import describe_known as module
from finder.core.library.indexing import worker
from finder.core.library.indexing.describe_known import describe_known
from finder.core.library.indexing.reliability.crash_journal import CrashJournal
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.file_reading import read_metadata
from finder.core.pictures.mapped_file import Bytes
from finder.core.pictures.metadata.description import Description
from finder.core.pictures.scan import FoundFile
from finder.core.pictures.transform import Box
from finder.use_cases.search.name_matches import find_names

SIGN = RecognisedText("reader 1.0", (TextLine("Way out", Box(0.1, 0.2, 0.3, 0.4)),))
NO_TEXT = RecognisedText("reader 1.0")
FORMAT_4 = Path(__file__).parent.parent / "formats" / "4"


@pytest.fixture
def album(tmp_path: Path, samples: Path) -> Path:
    """Two pictures with captions, one without."""
    folder = tmp_path / "album"
    folder.mkdir()
    for name in ("kitten", "cheetah"):
        exif = Image.Exif()
        exif[0x010E] = f"{name} on the sofa"
        with Image.open(samples / "cats" / f"{name}.jpg") as image:
            image.save(folder / f"{len(name)}.jpg", exif=exif)
    Image.new("RGB", (64, 64), "red").save(folder / "plain.png")
    return folder


def captions(home: Home) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        rows = catalogue.connection.execute("SELECT caption FROM description ORDER BY caption")
        return [caption for (caption,) in rows]


def words_found(home: Home, text: str) -> list[str]:
    with closing(Catalogue(home)) as catalogue:
        return [match.words for match in find_names(catalogue, text)]


def test_captions_are_stored_while_pictures_are_indexed(
    home: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [album], [fast_spec], extractors)
    assert captions(home) == ["cheetah on the sofa", "kitten on the sofa"]
    assert words_found(home, "kitten") == ["kitten on the sofa"]
    (album / "6.jpg").unlink()
    run_index(home, [album], [fast_spec], extractors)
    assert captions(home) == ["cheetah on the sofa"]
    assert words_found(home, "kitten") == []


def as_of_format_4(home: Home) -> None:
    """As if the format before had indexed it."""
    with closing(sqlite3.connect(home.catalogue)) as db, db:
        db.execute("PRAGMA foreign_keys = ON")
        for table in ("description", "undescribed", "recognised_text", "word_index", "word_text"):
            db.execute(f"DROP TABLE {table}")
        db.execute("DROP TABLE word_change")
        triggers = db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            db.execute(f"DROP TRIGGER {name}")
        db.execute("PRAGMA user_version = 4")


def test_captions_of_earlier_pictures_are_read_in_the_next_run_without_embedding(
    home: Home,
    album: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_index(home, [album], [fast_spec], extractors)
    as_of_format_4(home)
    assert words_found(home, "album") == ["album"] * 3, "names are found at once"
    assert captions(home) == []
    forbid(monkeypatch, worker, "decode")
    done = run_index(home, [album], [fast_spec], extractors)
    assert (done.counts.new, done.counts.unchanged) == (0, 3)
    assert captions(home) == ["cheetah on the sofa", "kitten on the sofa"]
    assert words_found(home, "sofa kitten")[0] == "kitten on the sofa"
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.descriptions.unread(str(album), -(1 << 63), 10) == []


def test_what_cannot_be_read_now_is_read_later(
    home: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [album], [fast_spec], extractors)
    as_of_format_4(home)
    shutil.move(album, album.with_name("away"))
    with closing(Catalogue(home)) as catalogue, CrashJournal(home) as journal:
        assert len(list(describe_known(catalogue, journal, [str(album)], []))) == 3
        assert len(list(describe_known(catalogue, journal, [str(album)], [str(album)]))) == 0
        assert captions(home) == []
        shutil.move(album.with_name("away"), album)
        assert list(describe_known(catalogue, journal, [str(album)], [], seconds=0)) == []
        assert captions(home) == []
        list(describe_known(catalogue, journal, [str(album)], []))
    assert len(captions(home)) == 2


def test_each_run_goes_on_behind_the_last_picture_of_the_one_before(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [str(tmp_path / name) for name in "ab"]
    store(home, [Picture(n, [Place(f"{folders[n // 3]}/{n}.jpg")]) for n in range(1, 5)])
    asked: list[str] = []

    def read(file: FoundFile, _: CrashJournal) -> None:
        asked.append(Path(file.path).stem)

    monkeypatch.setattr(module, "_read", read)
    with closing(Catalogue(home)) as catalogue, CrashJournal(home) as journal:
        with catalogue.transaction():
            catalogue.descriptions.read_again(range(1, 5))
        for _ in range(2):
            with closing(describe_known(catalogue, journal, folders, [])) as reading:
                for _ in range(3):
                    next(reading)
        assert asked == ["1", "2", "3", "4", "1", "2"]
        asked.clear()
        assert len(list(describe_known(catalogue, journal, folders, []))) == 4
        assert asked == ["3", "4", "1", "2"], "each once"


def test_a_run_that_is_closed_keeps_what_was_read(
    home: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    run_index(home, [album], [fast_spec], extractors)
    as_of_format_4(home)
    with closing(Catalogue(home)) as catalogue, CrashJournal(home) as journal:
        with closing(describe_known(catalogue, journal, [str(album)], [])) as reading:
            next(reading)
        assert len(catalogue.descriptions.unread(str(album), -(1 << 63), 10)) == 2


def test_a_copy_is_read_where_the_first_file_cannot_be(
    home: Home, album: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    shutil.copy(album / "6.jpg", album / "another.jpg")
    run_index(home, [album], [fast_spec], extractors)
    as_of_format_4(home)
    (album / "6.jpg").unlink()
    with closing(Catalogue(home)) as catalogue, CrashJournal(home) as journal:
        list(describe_known(catalogue, journal, [str(album)], []))
    assert captions(home) == ["cheetah on the sofa", "kitten on the sofa"]


def test_a_file_that_has_crashed_a_process_is_not_read_again(
    home: Home,
    album: Path,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_index(home, [album], [fast_spec], extractors)
    as_of_format_4(home)
    noted: list[bytes] = []

    def read(path: str) -> Bytes:
        noted.append(home.crash_journal.read_bytes())
        return read_metadata(path)

    monkeypatch.setattr(module, "read_metadata", read)
    with closing(Catalogue(home)) as catalogue, CrashJournal(home) as journal:
        with closing(describe_known(catalogue, journal, [str(album)], [])) as reading:
            next(reading)
        with catalogue.transaction():
            catalogue.descriptions.read_again(
                row[0] for row in catalogue.connection.execute("SELECT id FROM picture").fetchall()
            )
    home.crash_journal.write_bytes(noted[0])  # as if the process had died while it read
    run_index(home, [album], [fast_spec], extractors)
    assert len(noted) == 3, "one, then the two others"
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.descriptions.unread(str(album), -(1 << 63), 10) == []


def test_a_library_of_format_4_finds_names_at_once(home: Home) -> None:
    shutil.copytree(FORMAT_4, home.root)
    with closing(sqlite3.connect(home.catalogue)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (4,)
    assert words_found(home, "kingfisher") == ["kingfisher.jpg"]
    assert words_found(home, "cheetah") == ["cheetah.jpg"], "one picture in two places"
    assert words_found(home, "blurred") == [], "removed"
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert len(catalogue.descriptions.unread("/pictures", -(1 << 63), 100)) == 8
        assert catalogue.words.wrong() == []


# Recognised text


@pytest.fixture
def two(home: Home) -> Home:
    store(home, [Picture(1, [Place("/a/sign.jpg")]), Picture(2, [Place("/a/sea.jpg")])])
    return home


def test_recognised_text_is_kept_with_its_boxes(two: Home) -> None:
    with closing(Catalogue(two)) as catalogue:
        assert list(catalogue.recognised_text.missing_below("/", "reader 1.0")) == [1, 2]
        with catalogue.transaction():
            catalogue.recognised_text.put(1, SIGN)
            catalogue.recognised_text.put(2, NO_TEXT)
        assert catalogue.recognised_text.get([1, 2, 3]) == {1: SIGN, 2: NO_TEXT}
        assert list(catalogue.recognised_text.missing_below("/", "reader 1.0")) == []
        assert list(catalogue.recognised_text.missing_below("/", "reader 2.0")) == [1, 2]
        assert catalogue.recognised_text.count() == 2
        with catalogue.transaction():
            catalogue.recognised_text.put(1, RecognisedText("reader 2.0", SIGN.lines))
        assert list(catalogue.recognised_text.missing_below("/", "reader 2.0")) == [2]
        assert [match.words for match in find_names(catalogue, "way")] == ["Way out"]
        with catalogue.transaction():
            catalogue.recognised_text.clear()
        assert find_names(catalogue, "way") == []


def test_files_of_other_machines_are_not_looked_at(home: Home) -> None:
    store(home, [Picture(1, [Place("nas-2:/mnt/a.jpg")]), Picture(2, [Place("/a/b.jpg")])])
    with closing(Catalogue(home)) as catalogue:
        assert list(catalogue.recognised_text.missing_below("/", "reader 1.0")) == [2]


def test_texts_go_with_their_picture(two: Home) -> None:
    with LibraryWriter(two) as writer:
        with writer.catalogue.transaction():
            writer.catalogue.recognised_text.put(1, SIGN)
            writer.catalogue.descriptions.put(1, Description("a sign", ("signs",)))
        writer.removals.forget_files(["/a/sign.jpg"])
        writer.removals.purge()
        assert writer.catalogue.recognised_text.get([1]) == {}
        assert captions(two) == []
        assert find_names(writer.catalogue, "sign") == []


def test_damaged_texts_are_found_and_read_again(two: Home) -> None:
    with closing(Catalogue(two)) as catalogue:
        with catalogue.transaction():
            catalogue.recognised_text.put(1, SIGN)
            catalogue.descriptions.put(2, Description("a sea", ("seas",)))
        make_backup(two, catalogue.connection)
    with closing(sqlite3.connect(two.catalogue)) as db, db:
        db.execute("UPDATE recognised_text SET lines = '[[\"Way\", 5]]'")
        db.execute("UPDATE description SET labels = 'seas'")
    with closing(Catalogue(two)) as catalogue:
        assert catalogue.recognised_text.get([1]) == {1: NO_TEXT}
    for repair in (False, True):
        with closing(check(two, [], [], repair)) as steps:
            last = [*steps][-1]
        (found,) = [finding for finding in last.findings if finding.about == ("texts",)]
        assert (found.repaired, found.needs_indexing) == (repair, True)
        assert "2 pictures" in found.sentence
    with closing(Catalogue(two)) as catalogue:
        assert list(catalogue.recognised_text.missing_below("/", "reader 1.0")) == [1, 2]
        assert [row[0] for row in catalogue.descriptions.unread("/a", 0, 9)] == [2]
        assert catalogue.words.wrong() == []
