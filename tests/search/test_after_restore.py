"""An open search beside another process that restores, repairs or replaces the library: its matches
are those of a search that has only just begun."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
import pytest
from command_line import run
from forking import PROGRAM, ForkedProcesses
from making import Vectors, fill, tiny_spec, unit_vectors

from finder.core.library.catalogue.backups import find_backup
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.library.catalogue.restore import restore
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.query.query import Query, QueryItem
from finder.core.search.searcher import Searcher
from finder.core.writer_lock import WriterLock
from finder.use_cases.search.library_search import open_searcher

SPEC = tiny_spec(dimension=16)
VECTORS = unit_vectors(np.random.default_rng(0), 80, SPEC.dimension)


@dataclass
class _Asked(QueryItem):
    """A query whose vector is given instead of extracted."""

    vector_given: Vectors = field(default_factory=lambda: VECTORS[0])

    def has_vector(self, spec: object) -> bool:
        return True

    def vector(self, spec: object, extractors: object) -> Vectors:
        return self.vector_given


def answer(searcher: Searcher, filter: Filter = NO_FILTER) -> list[tuple[int, float]]:
    """(picture, distance) of the 60 nearest."""
    result = searcher.search(Query((_Asked("q", b""),)), [SPEC], 60, Metric.EUCLIDEAN, filter)
    return [(match.picture.id, match.score) for match in result.models[SPEC.name]]


def assert_right(searcher: Searcher, pictures: range | list[int]) -> None:
    """Just these pictures, each with its own distance."""
    found = answer(searcher)
    expected = {p: float(np.linalg.norm(VECTORS[0] - VECTORS[p])) for p in pictures}
    assert dict(found).keys() == expected.keys()
    for picture, distance in found:
        assert distance == pytest.approx(expected[picture], abs=1e-5)


def store(home: Home, pictures: range | list[int]) -> None:
    fill(home, [SPEC], list(pictures), {SPEC.name: VECTORS[list(pictures)]})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Thirty pictures, a copy of the catalogue, then ten more. Only to be read: see `thirty`."""
    home = Home(tmp_path_factory.mktemp("made") / "home")
    store(home, range(30))
    with LibraryWriter(home) as writer:
        writer.make_backup()
        assert writer.notes == []
    store(home, range(30, 40))
    return home


@pytest.fixture
def thirty(home: Home, made: Home) -> Home:
    shutil.copytree(made.root, home.root)
    return home


@pytest.fixture
def searcher(thirty: Home) -> Iterator[Searcher]:
    with closing(open_searcher(thirty, ExtractorPool())) as searcher:
        assert_right(searcher, range(40))
        yield searcher


def restore_latest(home: Home) -> None:
    with WriterLock(home):
        restore(home, find_backup(home, "latest"))


def test_other_pictures_in_the_same_number_after_a_restore(
    thirty: Home, searcher: Searcher
) -> None:
    restore_latest(thirty)
    store(thirty, range(40, 50))
    assert_right(searcher, [*range(30), *range(40, 50)])


def test_the_command_line_restores_beside_an_open_search(
    thirty: Home, searcher: Searcher, forked: ForkedProcesses
) -> None:
    ended = forked.run(PROGRAM, "restore", "latest", "--home", thirty.root)
    assert ended.returncode == 0, ended.stderr
    store(thirty, range(40, 50))
    assert_right(searcher, [*range(30), *range(40, 50)])


def test_the_same_copy_is_restored_twice(thirty: Home, searcher: Searcher) -> None:
    for begin in (40, 50):
        restore_latest(thirty)
        store(thirty, range(begin, begin + 10))
        assert_right(searcher, [*range(30), *range(begin, begin + 10)])


def test_a_damaged_catalogue_that_was_replaced(
    thirty: Home, searcher: Searcher, forked: ForkedProcesses
) -> None:
    """The file that the search has open is not the library's any more."""
    data = bytearray(thirty.catalogue.read_bytes())
    data[4096:] = b"\xaa" * (len(data) - 4096)
    thirty.catalogue.unlink()
    thirty.catalogue.write_bytes(data)
    forked.run(PROGRAM, "check", "--repair", "--home", thirty.root)
    store(thirty, range(40, 50))
    assert_right(searcher, [*range(30), *range(40, 50)])
    inside = Filter(("/pictures",))
    assert len(answer(searcher, inside)) == 40


def test_a_rebuilt_matrix(thirty: Home, searcher: Searcher, forked: ForkedProcesses) -> None:
    for path in thirty.nearest.iterdir():
        path.unlink()
    assert "Repaired" in forked.run(PROGRAM, "check", "--repair", "--home", thirty.root).stdout
    assert_right(searcher, range(40))


def test_a_repair_begins_an_epoch(thirty: Home) -> None:
    def epoch() -> str:
        with closing(sqlite3.connect(thirty.catalogue)) as db:
            return str(db.execute("SELECT epoch FROM library").fetchone()[0])

    before = epoch()
    run("check", home=thirty)
    assert epoch() == before, "nothing was repaired"
    for path in thirty.nearest.iterdir():
        path.unlink()
    run("check", "--repair", home=thirty)
    assert epoch() != before
