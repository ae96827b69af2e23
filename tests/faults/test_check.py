"""Damage of every kind to every kind of file of a real library is repaired or reported."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import output_of, run
from making import assert_in_step, copied, matrix_vectors, milvus_vectors, run_index
from model_folders import Made, make_model
from thumbnails import lose_thumbnail

from finder.core.errors import FinderError
from finder.core.library.catalogue.backups import list_backups
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.check.full_check import CheckProgress, check
from finder.core.library.thumbnail_store import read_thumbnail
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home

PICTURES = 10
KEPT = {"mine": [1, 2]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, samples: Path) -> Path:
    sources = sorted(samples.glob("[bc]*/*.jpg"))[:PICTURES]
    return copied(sources, tmp_path_factory.mktemp("pictures") / "p")[0].parent


@pytest.fixture(scope="module")
def sound(
    tmp_path_factory: pytest.TempPathFactory,
    folder: Path,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
) -> Home:
    """A library of ten pictures, and one copy of its catalogue. Only to be read: see `library`."""
    home = Home(tmp_path_factory.mktemp("sound") / "home")
    make_model(home.models, Made())  # also the commands know it
    run_index(home, [folder], [small_spec], extractors)
    with LibraryWriter(home) as writer:
        with writer.catalogue.transaction():
            writer.catalogue.settings.put("mine", KEPT)
        for copy in list_backups(home):
            copy.path.unlink()
        writer.make_backup()
    return home


@pytest.fixture(scope="module")
def all_kept(sound: Home, small_spec: ModelSpec) -> Any:
    """What `kept` finds in the sound library."""
    found = kept(sound, small_spec.name)
    assert found is not None
    return found


@pytest.fixture
def library(home: Home, sound: Home) -> Home:
    shutil.copytree(sound.root, home.root)
    return home


def looked(home: Home, spec: ModelSpec, repair: bool = False) -> CheckProgress:
    *_, last = check(home, [spec], [], repair)
    return last


def kept(home: Home, model: str) -> Any:
    """All that a user could miss; None where it cannot be read."""
    with suppress(FinderError, sqlite3.Error, AssertionError, OSError, ValueError):
        with closing(Catalogue(home)) as catalogue:
            db = catalogue.connection
            tables = [
                sorted(db.execute(f"SELECT * FROM {table}").fetchall())
                for table in ("folder", "file", "picture", "model", "embedding", "tombstone")
            ]
            tables.append(catalogue.settings.get("mine"))
        vectors = [
            {picture: row.tobytes() for picture, row in of(home, model).items()}
            for of in (matrix_vectors, milvus_vectors)
        ]
        pictures = [row[0] for row in tables[2]]
        return tables, vectors, {picture: read_thumbnail(home, picture) for picture in pictures}
    return None


def flip(path: Path, dice: random.Random) -> None:
    data = bytearray(path.read_bytes())
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    path.write_bytes(data)


def truncate(path: Path, dice: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: dice.randrange(len(data))])


DAMAGES: dict[str, Callable[[Path, random.Random], object]] = {
    "flipped": flip,
    "truncated": truncate,
    "emptied": lambda path, _: path.write_bytes(b""),
    "deleted": lambda path, _: path.unlink(),
}
FILES = {
    "catalogue": "catalogue.sqlite",
    "copy": "copies/*.sqlite",
    "matrix": "nearest/*.f32",
    "ids": "nearest/*.i64",
    "thumbnails": "thumbnails.sqlite",
    "parquet": "vectors.db/collections/*/partitions/_default/data/*.parquet",
    "manifest": "vectors.db/collections/*/manifest.json",
    "schema": "vectors.db/collections/*/schema.json",
}
FLIPPED = {"catalogue": 8, "matrix": 2, "ids": 2, "thumbnails": 4, "parquet": 3, "manifest": 3}
TRUNCATED = {"catalogue": 4, "thumbnails": 3, "parquet": 2, "manifest": 2}
"""How many places of a file are tried; one of the others."""
TIMES = int(os.environ.get("DAMAGE_TIMES", "1"))
"""The long form does each of these so many times; see docs/reliability.md."""


def cases() -> list[tuple[str, str, int]]:
    places = {"flipped": FLIPPED, "truncated": TRUNCATED}
    return [
        (file, damage, seed)
        for file in FILES
        for damage in DAMAGES
        for seed in range(TIMES * places[damage].get(file, 1) if damage in places else 1)
    ]


@pytest.mark.parametrize(("file", "damage", "seed"), cases())
def test_damage_is_found_and_repaired(
    library: Home,
    folder: Path,
    small_spec: ModelSpec,
    extractors: ExtractorPool,
    all_kept: Any,
    file: str,
    damage: str,
    seed: int,
) -> None:
    dice = random.Random(f"{file} {damage} {seed}")
    DAMAGES[damage](dice.choice(sorted(library.root.glob(FILES[file]))), dice)
    # on a copy: to look is to open Milvus, which may tidy up
    seen = Home(shutil.copytree(library.root, library.root.with_name("seen")))
    silent = not looked(seen, small_spec).findings
    if file == "copy" and damage == "deleted":
        return  # nobody can miss it: the next one is made within a day
    if silent:
        unreported = Home(shutil.copytree(library.root, library.root.with_name("unreported")))
        assert kept(unreported, small_spec.name) == all_kept, (
            "nothing was reported, and something is wrong"
        )
    repaired = looked(library, small_spec, repair=True)
    assert repaired.left == [], "nothing here needs the user"
    run_index(library, [folder], [small_spec], extractors)
    assert looked(library, small_spec).findings == ()
    assert_as_good(library, small_spec, all_kept)


def assert_as_good(home: Home, spec: ModelSpec, before: Any) -> None:
    """What the user made is there, and every picture with its vector and thumbnail."""
    tables, vectors, _ = kept(home, spec.name)
    assert [row[0] for row in tables[0]] == [row[0] for row in before[0][0]]
    assert tables[1] == before[0][1], "files"
    assert tables[-1] == KEPT
    matrix, milvus = vectors
    assert matrix == milvus
    assert matrix.keys() == before[1][0].keys()
    for picture, vector in matrix.items():
        now, was = (np.frombuffer(row, np.float32) for row in (vector, before[1][0][picture]))
        np.testing.assert_allclose(now, was, atol=1e-3)


def test_a_sound_library(library: Home, small_spec: ModelSpec) -> None:
    before = kept(library, small_spec.name)
    assert looked(library, small_spec).findings == ()
    assert looked(library, small_spec, repair=True).findings == ()
    assert kept(library, small_spec.name) == before


def test_a_damaged_setting_comes_from_the_copy(library: Home, small_spec: ModelSpec) -> None:
    with closing(sqlite3.connect(library.catalogue, isolation_level=None)) as db:
        db.execute("UPDATE setting SET value = '[9]' WHERE key = 'mine'")
    assert "setting is damaged" in looked(library, small_spec).findings[0].sentence
    assert looked(library, small_spec, repair=True).left == []
    with closing(Catalogue(library)) as catalogue:
        assert catalogue.settings.get("mine") == KEPT


@pytest.mark.parametrize("change", ["path = X'2f61'", "added = 'once'", "crc = crc + 1"])
def test_a_damaged_folder_comes_from_the_copy(
    library: Home, folder: Path, small_spec: ModelSpec, change: str
) -> None:
    with closing(sqlite3.connect(library.catalogue, isolation_level=None)) as db:
        before = db.execute("SELECT added FROM folder").fetchone()
        db.execute(f"UPDATE folder SET {change}")
        assert looked(library, small_spec, repair=True).left == []
        rows = db.execute("SELECT path, added FROM folder").fetchall()
    assert rows == [(os.fsencode(folder), *before)]


def spoil_files(home: Home) -> None:
    """Make the page unreadable on which the files are."""
    with closing(sqlite3.connect(home.catalogue, isolation_level=None)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'file'").fetchone()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(home.catalogue.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\xaa" * 4096
    home.catalogue.write_bytes(data)


def test_a_damaged_index_is_rebuilt_from_its_table(
    library: Home, small_spec: ModelSpec, all_kept: Any
) -> None:
    with closing(sqlite3.connect(library.catalogue, isolation_level=None)) as db:
        found = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'file_picture'")
        (page,) = found.fetchone()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(library.catalogue.read_bytes())
    data[page * 4096 - 8] ^= 1  # a content id in it: the entries are at the page's end
    library.catalogue.write_bytes(data)
    (finding,) = looked(library, small_spec, repair=True).findings
    assert finding.sentence.endswith("Its index was rebuilt.")
    assert looked(library, small_spec).findings == ()
    assert kept(library, small_spec.name) == all_kept


def test_what_is_newer_than_the_copy_is_brought_back(
    library: Home, folder: Path, small_spec: ModelSpec
) -> None:
    with closing(Catalogue(library)) as catalogue, catalogue.transaction():
        catalogue.folders.add("/added today")
        catalogue.settings.put("mine", "of today")
    spoil_files(library)
    assert "was restored" in looked(library, small_spec, repair=True).findings[0].sentence
    with closing(Catalogue(library)) as catalogue:
        assert set(catalogue.folders.paths()) == {str(folder), "/added today"}
        assert catalogue.settings.get("mine") == "of today"


def test_a_sound_copy_is_not_given_up_for_a_full_disk(
    library: Home, small_spec: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_files(library)

    def full(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr("finder.core.library.catalogue.restore.copy_database", full)
    with pytest.raises(FinderError, match="disk is full"):
        looked(library, small_spec, repair=True)
    monkeypatch.undo()
    assert looked(library, small_spec, repair=True).left == []
    assert_in_step(library, small_spec.name)


def test_a_newer_programs_copy_is_left_alone(library: Home, small_spec: ModelSpec) -> None:
    (copy,) = list_backups(library)
    with closing(sqlite3.connect(copy.path)) as db:
        db.execute("PRAGMA user_version = 99")
    assert looked(library, small_spec, repair=True).findings == ()
    assert copy.path.exists()


def test_a_reason_that_nobody_knows(library: Home, small_spec: ModelSpec) -> None:
    with closing(sqlite3.connect(library.catalogue, isolation_level=None)) as db:
        db.execute("INSERT INTO file VALUES (X'2f61', 1, 1, NULL, 'crasied', '', 0, X'')")
    assert "/a\tThe picture is damaged" in output_of("skipped", home=library)
    assert looked(library, small_spec).findings != ()


def test_a_damaged_folder_without_a_copy_is_for_the_user(
    library: Home, small_spec: ModelSpec
) -> None:
    for copy in list_backups(library):
        copy.path.unlink()
    with closing(sqlite3.connect(library.catalogue, isolation_level=None)) as db:
        db.execute("UPDATE folder SET path = X'2f61'")
    (finding,) = looked(library, small_spec, repair=True).left
    assert "b'/a'" in finding.sentence
    assert "add the right folder" in finding.hint


def test_a_catalogue_without_a_copy_is_begun_anew_with_its_folders(
    library: Home, folder: Path, small_spec: ModelSpec
) -> None:
    for copy in list_backups(library):
        copy.path.unlink()
    spoil_files(library)
    data = library.catalogue.read_bytes()
    assert "check --repair" in looked(library, small_spec).left[0].hint
    repaired = looked(library, small_spec, repair=True)
    assert "with the 1 folder" in repaired.findings[0].sentence
    with closing(Catalogue(library)) as catalogue:
        assert catalogue.folders.paths() == [str(folder)]
        assert catalogue.settings.get("mine") == KEPT
    assert (library.root / "catalogue.before-restore.sqlite").read_bytes() == data


def test_a_vector_of_a_wrong_length_is_made_again(
    library: Home, folder: Path, small_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    """As a fault of an older program may have stored it: both copies agree on it."""
    before = kept(library, small_spec.name)
    from making import outcomes

    with LibraryWriter(library) as writer:
        writer.register_models([small_spec])
        (picture, *_) = writer.catalogue.embeddings.pictures(small_spec.name).tolist()
        writer.removals.remove_vectors(small_spec.name, [picture])
        vector = np.full(small_spec.dimension, 0.5, np.float32)
        writer.write(
            [replace(o, facts=None) for o in outcomes([picture], {small_spec.name: vector[None]})]
        )
    assert "must be indexed again" in looked(library, small_spec).findings[0].sentence
    assert looked(library, small_spec, repair=True).left == []
    with LibraryWriter(library) as writer, writer.catalogue.transaction():
        writer.catalogue.files.remove([f"/pictures/{picture}.jpg"])
    run_index(library, [folder], [small_spec], extractors)
    assert_as_good(library, small_spec, before)


def test_a_models_file_that_was_exchanged_is_reported(
    library: Home, small_spec: ModelSpec, tmp_path: Path
) -> None:
    other = tmp_path / "model.onnx"
    data = bytearray(small_spec.file.read_bytes())
    data[len(data) // 2] ^= 1
    other.write_bytes(data)
    (finding,) = looked(library, replace(small_spec, file=other), repair=True).left
    assert "was replaced" in finding.sentence
    assert finding.hint == "Install it again."


def test_thumbnails_of_pictures_that_are_missing_are_reported(
    library: Home, folder: Path, small_spec: ModelSpec
) -> None:
    library.thumbnails.unlink()
    away = folder.rename(folder.with_name("away"))
    try:
        (finding,) = looked(library, small_spec, repair=True).left
        assert finding.sentence == f"{PICTURES} thumbnails are damaged or missing."
        assert "connect its drive" in finding.hint
    finally:
        away.rename(folder)
    part = library.thumbnails.with_suffix(".part")
    part.touch()
    assert looked(library, small_spec, repair=True).left == []
    assert looked(library, small_spec).findings == ()
    assert not part.exists()


def test_the_next_run_need_not_compare_again(library: Home, small_spec: ModelSpec) -> None:
    looked(library, small_spec)
    with LibraryWriter(library) as writer:
        writer.store.repair_unstamped()
        assert not writer.store.is_open


def test_the_command_tells_and_repairs(library: Home) -> None:
    assert run("check", home=library).stdout == "No problems were found.\n"
    lose_thumbnail(library)
    found = run("check", home=library)
    assert found.returncode == 1
    assert "1 thumbnail is damaged or missing." in found.stdout
    assert "image-finder check --repair" in found.stdout
    repaired = run("check", "--repair", home=library)
    assert (repaired.returncode, repaired.stdout) == (
        0,
        "Repaired: 1 thumbnail was damaged or missing.\n",
    )
    assert run("check", home=library).returncode == 0


def test_the_command_needs_a_library(home: Home) -> None:
    ended = run("check", home=home)
    assert ended.returncode == 1
    assert "no library" in ended.stderr
