"""Milvus has as many vectors as the catalogue counts, but of other pictures: this is noticed,
repaired, and reported as repaired only if it is."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from making import assert_in_step, fill, tiny_spec, unit_vectors

from finder.core.library.catalogue.backups import find_backup
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.restore import restore
from finder.core.library.check.findings import Repair
from finder.core.library.check.full_check import CheckProgress, check
from finder.core.library.thumbnail_store import ThumbnailStore
from finder.core.library.vectors.store_session import StoreSession
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home
from finder.core.writer_lock import WriterLock

SPEC = tiny_spec()
VECTORS = unit_vectors(np.random.default_rng(1), 20, SPEC.dimension)


def store(home: Home, pictures: range) -> None:
    fill(home, [SPEC], pictures, {SPEC.name: VECTORS[list(pictures)]})
    put_thumbs(home, pictures)


def put_thumbs(home: Home, pictures: range) -> None:
    """Thumbnails, so that a check does not miss any."""
    with closing(Catalogue(home)) as catalogue, catalogue.transaction():
        for picture in pictures:
            catalogue.pictures.put_thumbnail(picture, 0)
    with closing(ThumbnailStore(home)) as thumbnails:
        thumbnails.put(dict.fromkeys(pictures, b""))


def exchange_two(home: Home) -> None:
    """Two pictures are removed from the library, two others added."""
    with LibraryWriter(home) as writer:
        writer.removals.forget_files([f"/pictures/{picture}.jpg" for picture in (0, 1)])
        writer.removals.purge()
    store(home, range(10, 12))


@pytest.fixture
def restored(home: Home) -> Home:
    store(home, range(10))
    with LibraryWriter(home) as writer:
        writer.make_backup()
    exchange_two(home)
    with WriterLock(home):
        restore(home, find_backup(home, "latest"))
    put_thumbs(home, range(10))
    return home


@pytest.fixture
def put_back(home: Home, tmp_path: Path) -> Home:
    """With the vector database of an earlier day."""
    store(home, range(10))
    earlier = shutil.copytree(home.vectors, tmp_path / "earlier")
    exchange_two(home)
    shutil.rmtree(home.vectors)
    shutil.copytree(earlier, home.vectors)
    return home


@pytest.fixture(params=["restored", "put_back"])
def other(request: pytest.FixtureRequest) -> Home:
    found: Home = request.getfixturevalue(request.param)
    return found


def looked(home: Home, repair: bool = False) -> CheckProgress:
    *_, last = check(home, [], [], repair)
    return last


def test_the_next_run_notices_it(other: Home) -> None:
    with LibraryWriter(other) as writer:
        writer.store.repair_unstamped()
        assert len(writer.notes) == 1
    assert len(assert_in_step(other, SPEC.name)) == 10


def test_a_repair_repairs_it(other: Home) -> None:
    (found,) = looked(other).findings
    assert "4 vectors are damaged or missing in one of their two copies" in found.sentence
    assert found.repair is Repair.POSSIBLE
    (repaired,) = looked(other, repair=True).findings
    assert repaired.repair is Repair.DONE
    assert looked(other).findings == ()
    assert len(assert_in_step(other, SPEC.name)) == 10


def test_a_repair_that_does_not_help_is_not_reported_as_one(
    put_back: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoreSession, "repair", lambda *_, **__: None)
    (left,) = looked(put_back, repair=True).left
    assert left.repair is Repair.IMPOSSIBLE
    assert "4 vectors" in left.sentence
    assert "could not be repaired" in left.hint
    monkeypatch.undo()
    assert looked(put_back, repair=True).left == []


def test_what_a_repair_leaves_is_counted_again(
    put_back: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of four vectors, two are brought back in step."""
    monkeypatch.setattr(
        "finder.core.library.vectors.milvus_lite.MilvusLiteStore.delete", lambda *_: None
    )
    (left,) = looked(put_back, repair=True).left
    assert "2 vectors are damaged or missing" in left.sentence
