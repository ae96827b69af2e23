"""Measuring where the vectors are on a server only."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
from shared_machine import MakeMachine

from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.server.server_address import ServerAddress
from finder.core.models.spec import ModelSpec
from finder.use_cases.library.move_library import set_mirror
from finder.use_cases.search.stored_vectors import stored_vectors


def test_vectors_are_the_same_with_and_without_a_mirror(
    machine: MakeMachine, birds: list[Path], address: ServerAddress, hash_spec: ModelSpec
) -> None:
    one = machine("one")
    one.add(*birds[:5])
    one.index()
    one.use(address)
    with closing(Catalogue(one.home)) as catalogue:
        rows = catalogue.connection.execute("SELECT id FROM picture").fetchall()
    ids = np.array(sorted([*(i for (i,) in rows), 12_345]), np.int64)
    mask, (mirrored,) = stored_vectors(one.home, one.specs, ids)
    assert ids[~mask].tolist() == [12_345]
    assert mirrored.shape == (5, hash_spec.dimension)
    set_mirror(one.home, False, "a test")
    without, (fetched,) = stored_vectors(one.home, one.specs, ids)
    assert np.array_equal(mask, without)
    assert np.array_equal(mirrored, fetched)
