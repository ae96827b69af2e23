"""Libraries of all released formats open, are migrated, and lose nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from command_line import command
from making import assert_in_step, run_index

from finder.core.errors import FinderError
from finder.core.library.catalogue.backups import damaged_rows, list_backups
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.schema import CHECKED_COLUMNS, CONTENT_HASH, VERSION, row_crc
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.check.full_check import check
from finder.core.library.writer import LibraryWriter
from finder.core.models.registry import list_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.content_id import ContentHash
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query
from finder.use_cases.search.library_search import open_searcher

ANSWERS = Path(__file__).parent / "format_2_answers.json"
FORMATS = Path(__file__).parent.parent / "formats"
RELEASED = range(1, VERSION)
Old = Callable[[int], Home]


@pytest.fixture
def old(home: Home) -> Old:
    def copied(version: int) -> Home:
        shutil.copytree(FORMATS / str(version), home.root)
        return home

    return copied


def test_each_format_before_this_one_is_kept() -> None:
    assert sorted(int(folder.name) for folder in FORMATS.iterdir()) == list(RELEASED)


@pytest.mark.parametrize("version", RELEASED)
def test_it_opens_and_keeps_what_the_user_made(old: Old, version: int) -> None:
    home = old(version)
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.folders.paths() == ["/pictures"]
        assert load_settings(catalogue).models_on == ("efficientnet-lite0", "efficientnet-lite2")
        assert catalogue.pictures.count() == 8
        assert "/pictures/notes.jpg" in [file.path for file in catalogue.files.skipped()]
        assert catalogue._db.execute("PRAGMA user_version").fetchone() == (VERSION,)
        for table in CHECKED_COLUMNS:
            assert damaged_rows(catalogue._db, table) == []
    (copy,) = list_backups(home)
    with closing(sqlite3.connect(copy.path)) as before:
        assert before.execute("PRAGMA user_version").fetchone() == (version,)


@pytest.mark.parametrize("version", RELEASED)
def test_its_pictures_are_found(
    old: Old, version: int, samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    query = Query.from_file(str(samples / "altered" / "kingfisher--crop.jpg"))
    with closing(open_searcher(old(version), extractors)) as searcher:
        found = searcher.search(query, [fast_spec], 3, Metric.EUCLIDEAN)
    first = found.models[fast_spec.name][0]
    assert first.picture.paths == ("/pictures/birds/kingfisher.jpg",)


def test_a_library_of_format_2_answers_as_it_did(
    old: Old, samples: Path, extractors: ExtractorPool
) -> None:
    """With shipped models, baselines and an added one. The answers were written down by the last
    program that made such libraries."""
    home = old(2)
    answers = json.loads(ANSWERS.read_bytes())
    installed, _ = list_models(home.model_dirs())
    specs = [spec for spec in installed if spec.name in answers]
    query = Query.from_file(str(samples / "altered" / "kingfisher--crop.jpg"))
    with closing(open_searcher(home, extractors)) as searcher:
        found = searcher.search(query, specs, 5, Metric.EUCLIDEAN)
    for name, matches in {**found.models, "combined": found.combined}.items():
        assert [match.picture.paths[0] for match in matches] == [path for path, _ in answers[name]]
        assert [match.score for match in matches] == pytest.approx(
            [score for _, score in answers[name]], abs=1e-3
        )


def test_a_library_of_format_2_is_sound(old: Old) -> None:
    """Everything but its pictures, which are on another computer."""
    home = old(2)
    installed, broken = list_models(home.model_dirs())
    with closing(check(home, installed, broken, repair=False)) as steps:
        for look in steps:
            last = look
    assert [finding.sentence for finding in last.findings] == []


@pytest.mark.parametrize("version", RELEASED)
def test_it_keeps_its_content_ids(old: Old, version: int) -> None:
    with closing(Catalogue(old(version))) as catalogue:
        assert catalogue.content_hash is ContentHash.BLAKE2B


def test_a_new_library_has_the_faster_content_ids(home: Home) -> None:
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.content_hash is ContentHash.BLAKE3


def test_with_old_content_ids_a_moved_file_is_known(
    home: Home, tmp_path: Path, samples: Path, fast_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        catalogue.settings.put(CONTENT_HASH, ContentHash.BLAKE2B)
    folder = tmp_path / "pictures"
    folder.mkdir()
    shutil.copy(samples / "cats" / "kitten.jpg", folder / "kitten.jpg")
    data = (folder / "kitten.jpg").read_bytes()
    assert run_index(home, [folder], [fast_spec], extractors).counts.new == 1
    (folder / "kitten.jpg").rename(folder / "moved.jpg")
    assert run_index(home, [folder], [fast_spec], extractors).counts.known == 1
    with closing(Catalogue(home)) as catalogue:
        moved = catalogue.files.picture_of(str(folder / "moved.jpg"))
        assert moved == ContentHash.BLAKE2B.content_id(data)


@pytest.mark.parametrize("version", RELEASED)
def test_its_records_are_in_step(old: Old, version: int, fast_spec: ModelSpec) -> None:
    home = old(version)
    with LibraryWriter(home) as writer:
        writer.store.repair_unstamped()
        assert writer.notes == []
    assert len(assert_in_step(home, fast_spec.name)) == 8


def test_a_migration_that_fails_changes_nothing(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    home = old(1)

    def fails(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM file")
        db.execute("PRAGMA max_page_count = 1")  # as good as a full disk
        db.execute("CREATE TABLE more AS SELECT zeroblob(100000)")

    from finder.core.library.catalogue import schema

    before = home.catalogue.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "_STEPS", (schema._STEPS[0], fails))
        with pytest.raises(FinderError, match="its disk is full or read-only"):
            Catalogue(home)
    with closing(sqlite3.connect(home.catalogue)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
        assert db.execute("SELECT COUNT(*) FROM file").fetchone() == (9,)
    assert before[:16] == home.catalogue.read_bytes()[:16]


def test_what_was_skipped_for_one_model_is_tried_again(old: Old) -> None:
    home = old(2)
    with closing(sqlite3.connect(home.catalogue)) as db, db:
        for name, reason in (("a", "no-feature"), ("b", "too-slow"), ("c", "damaged")):
            row = f"/pictures/{name}.jpg".encode(), 7, 8, None, reason, None
            db.execute("INSERT INTO file VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, row_crc(*row)))
        db.execute(  # a damaged row must not be taken for a sound one
            "INSERT INTO file VALUES (?, 7, 8, NULL, 'crashed', NULL, 1)", (b"/pictures/d.jpg",)
        )
        left = "left alone", "{}"
        db.execute("INSERT INTO setting VALUES (?, ?, ?)", (*left, row_crc(*left)))
    with closing(Catalogue(home)) as catalogue:
        times = {Path(file.path).stem: file.mtime_ns for file in catalogue.files.skipped()}
        assert (times["a"], times["b"], times["c"], times["d"]) == (-1, -1, 8, 8)
        (damaged,) = damaged_rows(catalogue._db, "file")
        assert damaged[0] == b"/pictures/d.jpg"
        assert catalogue.settings.get("left alone") is None


def test_a_newer_format_is_refused(home: Home) -> None:
    Catalogue(home).close()
    with closing(sqlite3.connect(home.catalogue)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(FinderError, match=r"newer Image Finder.*Update this program"):
        Catalogue(home)


def test_programs_may_open_it_at_the_same_time(old: Old) -> None:
    home = old(1)
    processes = [
        subprocess.Popen(
            command("status", home=home), stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    for process in processes:
        with process:
            _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    with closing(Catalogue(home)) as catalogue:
        assert catalogue.folders.paths() == ["/pictures"]
    assert list(home.backups.glob("*.part")) == []
