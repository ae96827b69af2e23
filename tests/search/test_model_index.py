"""One model's rows as they grow, shrink and are rewritten: always what a fresh index gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import Vectors, tiny_spec, unit_vectors
from numpy.typing import NDArray

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.records import ModelState
from finder.core.library.catalogue.tables.embedding_table import EmbeddingTable
from finder.core.library.vectors.repair import compact_matrix
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums
from finder.core.library.view.model_index import MatrixOutOfSync, ModelIndex
from finder.core.paths import Home

DIMENSION = 5
NOBODY: frozenset[int] = frozenset()


class _Rows:
    """A catalogue and a matrix for one model, without Milvus. `vectors`: those not removed."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.spec = tiny_spec(dimension=DIMENSION)
        self.catalogue = Catalogue(home)
        self.catalogue.models.put(self.spec)
        self.vectors: dict[int, Vectors] = {}
        self._next = 1
        self._random = np.random.default_rng(0)

    @property
    def state(self) -> ModelState:
        return self.catalogue.models.states()[self.spec.name]

    @property
    def files(self) -> MatrixFiles:
        return MatrixFiles(self.home.nearest, self.state)

    def add(self, number: int) -> None:
        """New pictures; their ids are in no order."""
        pictures = [(self._next + i) * 7_919 % 10_007 for i in range(number)]
        self._next += number
        vectors = unit_vectors(self._random, number, DIMENSION)
        begin = self.state.rows
        self.files.write(begin, np.array(pictures, dtype=np.int64), vectors)
        rows = zip(pictures, range(begin, begin + number), checksums(vectors), strict=True)
        self.catalogue.embeddings.add(self.spec.name, rows)
        self.vectors.update(zip(pictures, vectors, strict=True))

    def remove(self, number: int) -> None:
        gone = sorted(self.vectors)[:number]
        self.catalogue.embeddings.remove(self.spec.name, gone)
        for picture in gone:
            del self.vectors[picture]

    def rewrite(self) -> None:
        """A new generation, if there are unused rows."""
        compact_matrix(self.catalogue, self.home.nearest, self.state)

    def fresh(self, without: frozenset[int] = NOBODY) -> ModelIndex:
        index = ModelIndex(self.home.nearest)
        index.refresh(self.catalogue, self.state, without)
        return index

    def damage(self, row: int) -> None:
        with open(self.files.vectors, "r+b") as file:
            file.seek(row * DIMENSION * 4)
            file.write(np.float32(0.125).tobytes())


@pytest.fixture
def rows(home: Home) -> Iterator[_Rows]:
    rows = _Rows(home)
    with closing(rows.catalogue):
        yield rows


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each look at the catalogue's embeddings gave."""
    counts: list[int] = []
    embeddings = EmbeddingTable.rows

    def counted(table: EmbeddingTable, model: str, from_row: int = 0) -> NDArray[np.int64]:
        found = embeddings(table, model, from_row)
        counts.append(len(found))
        return found

    monkeypatch.setattr(EmbeddingTable, "rows", counted)
    return counts


def _everywhere(index: ModelIndex) -> NDArray[np.int64]:
    return np.arange(len(index))


def _assert_alike(index: ModelIndex, fresh: ModelIndex) -> None:
    query = unit_vectors(np.random.default_rng(1), 1, DIMENSION)[0]
    everywhere = _everywhere(fresh)
    np.testing.assert_array_equal(index.pictures, fresh.pictures)
    np.testing.assert_array_equal(
        index.verified_vectors(everywhere), fresh.verified_vectors(everywhere)
    )
    np.testing.assert_array_equal(index.inner_products(query), fresh.inner_products(query))
    for ours, theirs in zip(index.mean(), fresh.mean(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    shuffled = np.random.default_rng(2).permutation(np.append(fresh.pictures, 99_999))
    np.testing.assert_array_equal(index.positions(shuffled), fresh.positions(shuffled))


def _assert_holds(index: ModelIndex, vectors: dict[int, Vectors]) -> None:
    """The index has just these pictures with these vectors, and finds each of them."""
    assert sorted(index.pictures.tolist()) == sorted(vectors)
    pictures = np.array(sorted(vectors), dtype=np.int64)
    found = index.vectors(index.positions(pictures))
    np.testing.assert_array_equal(found, np.array([vectors[p] for p in sorted(vectors)]))
    query = unit_vectors(np.random.default_rng(3), 1, DIMENSION)[0]
    products = np.array([vectors[p] @ query for p in index.pictures.tolist()])
    np.testing.assert_allclose(index.inner_products(query), products, atol=1e-6)
    mean = np.mean(list(vectors.values()), axis=0)
    np.testing.assert_allclose(index.mean()[0], mean, atol=1e-6)


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 6)),
        st.tuples(st.just("remove"), st.integers(1, 4)),
        st.tuples(st.just("without"), st.integers(0, 3)),
        st.just(("rewrite", 0)),
        st.just(("compare", 0)),
    ),
    max_size=14,
)


@settings(max_examples=60)
@given(steps=_STEPS)
def test_an_updated_index_is_like_a_fresh_one(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    rows = _Rows(Home(tmp_path_factory.mktemp("rows")))
    with closing(rows.catalogue), pytest.MonkeyPatch.context() as patch:
        patch.setattr("finder.core.library.vectors.repair._DEAD_ROWS_ALLOWED", 0)
        rows.add(3)
        index, without = rows.fresh(), NOBODY
        for step, number in [*steps, ("compare", 0)]:
            if step == "add":
                rows.add(number)
            elif step == "remove":
                rows.remove(min(number, len(rows.vectors) - 1))
            elif step == "rewrite":
                rows.rewrite()
            elif step == "without":
                without = frozenset(sorted(rows.vectors)[-number:] if number else [])
            else:
                without = frozenset(without & set(sorted(rows.vectors)[1:]))
                index.refresh(rows.catalogue, rows.state, without)
                left = {p: v for p, v in rows.vectors.items() if p not in without}
                _assert_alike(index, rows.fresh(without))
                _assert_holds(index, left)


def test_growing_reads_the_new_rows_only(rows: _Rows, asked: list[int]) -> None:
    rows.add(50)
    index = rows.fresh()
    for new in (3, 1, 20):
        rows.add(new)
        index.refresh(rows.catalogue, rows.state)
    assert asked == [50, 3, 1, 20]
    _assert_holds(index, rows.vectors)


def test_nothing_new_reads_nothing(rows: _Rows, asked: list[int]) -> None:
    rows.add(5)
    index = rows.fresh()
    for _ in range(3):
        index.refresh(rows.catalogue, rows.state)
    assert asked == [5]


def test_leaving_pictures_out_reads_no_row_again(rows: _Rows, asked: list[int]) -> None:
    rows.add(20)
    index = rows.fresh()
    gone = min(rows.vectors)
    index.refresh(rows.catalogue, rows.state, frozenset({gone}))
    assert len(index) == 19
    assert index.vector_of(gone) is None
    index.refresh(rows.catalogue, rows.state)
    _assert_holds(index, rows.vectors)
    assert sum(asked) == 20


def test_a_removal_reads_all_rows_again(rows: _Rows, asked: list[int]) -> None:
    rows.add(20)
    index = rows.fresh()
    rows.remove(4)
    rows.add(2)
    index.refresh(rows.catalogue, rows.state)
    assert asked == [20, 18]
    _assert_holds(index, rows.vectors)


def test_a_damaged_row_that_was_not_read_is_reported(rows: _Rows) -> None:
    rows.add(6)
    index = rows.fresh()
    index.verified_vectors(np.array([0, 1, 3]))
    rows.damage(2)
    index.verified_vectors(np.array([1, 3, 0]))
    for positions in ([2], [0, 2], [5, 4, 2]):
        with pytest.raises(MatrixOutOfSync):
            index.verified_vectors(np.array(positions))
    index.verified_vectors(np.array([5, 4]))
    with pytest.raises(MatrixOutOfSync):
        index.vector_of(int(index.pictures[2]))


def test_a_damaged_row_is_reported_by_a_fresh_index(rows: _Rows) -> None:
    rows.add(6)
    rows.damage(0)
    index = rows.fresh()
    with pytest.raises(MatrixOutOfSync):
        index.verified_vectors(_everywhere(index))


def test_a_row_is_compared_again_after_the_library_grew(rows: _Rows) -> None:
    rows.add(6)
    index = rows.fresh()
    index.verified_vectors(_everywhere(index))
    rows.damage(1)
    rows.add(1)
    index.refresh(rows.catalogue, rows.state)
    with pytest.raises(MatrixOutOfSync):
        index.verified_vectors(np.array([1]))


def test_each_row_is_compared_once(rows: _Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    rows.add(8)
    index = rows.fresh()
    compared: list[int] = []

    def counted(vectors: Vectors) -> list[int]:
        compared.append(len(vectors))
        return checksums(vectors)

    monkeypatch.setattr("finder.core.library.view.model_index.checksums", counted)
    for positions in ([0, 1, 2], [2, 1], [1, 2, 3, 7], [], range(8), range(8)):
        index.verified_vectors(np.array(positions, dtype=np.int64))
    assert sum(compared) == 8


def test_rows_of_another_picture_are_reported(rows: _Rows) -> None:
    rows.add(4)
    index = rows.fresh()
    rows.add(2)
    files = rows.files
    ids = np.array(files.map_ids(6))
    ids[5] = 1
    files.ids.write_bytes(ids.tobytes())
    with pytest.raises(MatrixOutOfSync):
        index.refresh(rows.catalogue, rows.state)


def test_a_matrix_that_lacks_the_new_rows_is_reported(rows: _Rows) -> None:
    rows.add(4)
    index = rows.fresh()
    before = rows.files.vectors.read_bytes(), rows.files.ids.read_bytes()
    rows.add(2)
    _put_back(rows.files.vectors, before[0])
    _put_back(rows.files.ids, before[1])
    with pytest.raises(MatrixOutOfSync):
        index.refresh(rows.catalogue, rows.state)
    assert len(index) == 4, "the old rows are still good"


def _put_back(path: Path, content: bytes) -> None:
    """As another file: the one that is mapped must not shrink."""
    path.unlink()
    path.write_bytes(content)
