"""How a server indexes the vectors: each type finds the nearest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from making import tiny_state, unit_vectors

from finder.core.library.server.model_on_server import ModelOnServer
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.server_store import ServerStore
from finder.core.library.server.server_tables import VectorField, index_parameters
from finder.core.library.server.store_settings import IndexType, StoreSettings

STATE = tiny_state(dimension=32)
RANDOM = np.random.default_rng(1)
VECTORS = unit_vectors(RANDOM, 3_000, 32)


@pytest.fixture
def store(milvus_uri: str, library_name: str) -> Iterator[ServerStore]:
    settings = StoreSettings(parse(milvus_uri, library=library_name), machine="here", token="1")
    with closing(ServerStore(ServerLibrary(settings))) as opened:
        yield opened


def test_the_index_is_chosen_by_the_number_of_vectors() -> None:
    field = VectorField(512)
    chosen = [index_parameters(field, n, IndexType.SIZE)["index_type"] for n in (0, 20_000, 20_001)]
    assert chosen == ["FLAT", "FLAT", "IVF_FLAT"]
    assert index_parameters(field, 1_000_000, IndexType.IVF_FLAT)["params"] == {"nlist": 4_000}
    assert index_parameters(field, 9, IndexType.AUTOINDEX)["index_type"] == "AUTOINDEX"
    for wanted in IndexType:
        assert index_parameters(VectorField(64, True), 9, wanted)["index_type"] == "BIN_FLAT"


def test_each_index_finds_the_nearest(store: ServerStore) -> None:
    for start in range(0, len(VECTORS), 1_000):
        ids = range(start, start + 1_000)
        store.upsert(STATE, ids, VECTORS[start : start + 1_000])
    queries = unit_vectors(RANDOM, 5, 32)
    exact = np.argsort(-(queries @ VECTORS.T), axis=1)[:, :20]
    for wanted, least in ((IndexType.SIZE, 1.0), (IndexType.IVF_FLAT, 0.5), (IndexType.HNSW, 0.9)):
        kind = store.build_index(STATE, wanted)
        assert kind == ("FLAT" if wanted is IndexType.SIZE else str(wanted))
        model = ModelOnServer(store, STATE)
        assert model.is_exact == (kind == "FLAT")
        found = model.nearest(queries, 20)
        recall = np.mean(
            [len(np.intersect1d(a, b)) / 20 for a, b in zip(found, exact, strict=True)]
        )
        assert recall >= least, wanted
    found_ids, vectors = store.fetch(STATE, range(0, 3_000, 7))
    np.testing.assert_array_equal(vectors, VECTORS[found_ids])
