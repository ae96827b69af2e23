"""Vectors that were computed from other models' vectors: whatever stops the writer, and after any
step, the next one makes their records agree again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from making import assert_all_in_step, fill, in_catalogue, tiny_spec, unit_vectors

from finder.core.errors import FinderError
from finder.core.library.catalogue.tables.embedding_table import EmbeddingTable
from finder.core.library.vectors.milvus_lite import MilvusLiteStore
from finder.core.library.vectors.vector_matrix import MatrixFiles
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home

BASE, NEW = tiny_spec("base", 8), tiny_spec("new", 5, "b")
PICTURES = np.arange(1, 21)
VECTORS = {
    spec.name: unit_vectors(np.random.default_rng(number), len(PICTURES), spec.dimension)
    for number, spec in enumerate((BASE, NEW))
}


class Killed(BaseException):
    pass


@pytest.fixture
def filled(home: Home) -> Home:
    fill(home, [BASE], PICTURES.tolist(), {BASE.name: VECTORS[BASE.name]})
    return home


def store(home: Home, start: int, end: int) -> None:
    with LibraryWriter(home) as writer:
        writer.register_models([NEW])
        writer.store_vectors(NEW.name, PICTURES[start:end], VECTORS[NEW.name][start:end])


def test_they_are_in_all_three_records(filled: Home) -> None:
    store(filled, 0, 12)
    store(filled, 12, 20)
    found = assert_all_in_step(filled, [BASE.name, NEW.name])[NEW.name]
    np.testing.assert_array_equal([found[n] for n in PICTURES.tolist()], VECTORS[NEW.name])


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("owner", "step"),
    [(MilvusLiteStore, "upsert"), (MatrixFiles, "write"), (EmbeddingTable, "add")],
)
def test_killed_at_any_step_nothing_is_half_there(
    filled: Home, monkeypatch: pytest.MonkeyPatch, owner: Any, step: str, after: bool
) -> None:
    store(filled, 0, 8)
    original = getattr(owner, step)

    def stopped(*args: Any, **options: Any) -> None:
        if after:
            original(*args, **options)
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(owner, step, stopped)
        store(filled, 8, 20)
    assert len(in_catalogue(filled, NEW.name)) == 8
    store(filled, 8, 20)
    assert len(assert_all_in_step(filled, [BASE.name, NEW.name])[NEW.name]) == 20


def test_a_matrix_that_cannot_be_written_leaves_the_catalogue_as_it_was(
    filled: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError("no space")

    with monkeypatch.context() as patch, pytest.raises(FinderError):
        patch.setattr(MatrixFiles, "write", full)
        store(filled, 0, 20)
    assert in_catalogue(filled, NEW.name) == set()
    store(filled, 0, 20)
    assert len(assert_all_in_step(filled, [NEW.name])[NEW.name]) == 20
