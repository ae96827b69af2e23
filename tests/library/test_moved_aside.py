"""A vector database that cannot be read is moved aside as a whole: every model's vectors are sent
again, those of models with nothing wrong, too."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from making import assert_in_step, fill, in_catalogue, tiny_spec, unit_vectors

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.vectors.vector_matrix import MatrixFiles
from finder.core.library.writer import LibraryWriter
from finder.core.paths import Home

SPECS = [tiny_spec("first", 8), tiny_spec("second", 5, "b")]
VECTORS = {
    spec.name: unit_vectors(np.random.default_rng(number), 20, spec.dimension)
    for number, spec in enumerate(SPECS)
}


@pytest.fixture
def data_file(home: Home) -> Path:
    """A library of two models; the one data file of the first."""
    fill(home, SPECS, range(20), VECTORS)
    (found,) = (home.vectors / "collections" / "m_first_2d_aaaaaaaa").rglob("data_*.parquet")
    return found


def mend(home: Home, thorough: bool = False) -> None:
    with LibraryWriter(home) as writer:
        writer.store.repair(thorough)


def test_other_models_are_sent_again_when_one_is_damaged(home: Home, data_file: Path) -> None:
    os.truncate(data_file, data_file.stat().st_size // 2)
    mend(home)
    for spec in SPECS:
        assert len(assert_in_step(home, spec.name)) == 20


def test_an_emptied_collection_is_not_marked_as_in_step(home: Home, data_file: Path) -> None:
    os.truncate(data_file, data_file.stat().st_size // 2)
    mend(home)
    with closing(Catalogue(home)) as catalogue:
        state = catalogue.models.states()["second"]
    MatrixFiles(home.nearest, state).ids.unlink()
    mend(home)
    assert len(in_catalogue(home, "second")) == 20, "nothing has to be extracted again"


def test_a_thorough_check_finds_damage_of_the_same_size(home: Home, data_file: Path) -> None:
    data_file.write_bytes(bytes(data_file.stat().st_size))
    mend(home, thorough=True)
    for spec in SPECS:
        assert len(assert_in_step(home, spec.name)) == 20
