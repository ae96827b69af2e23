"""How the store reads a large collection: without a server, which answers as this one does."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest
from making import tiny_state, unit_vectors

from finder.core.errors import FinderError
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.server_names import Collections
from finder.core.library.server.server_store import ServerStore
from finder.core.library.server.server_tables import FLOAT_VECTOR
from finder.core.library.server.store_settings import StoreSettings

STATE = tiny_state(dimension=8)
VECTORS = unit_vectors(np.random.default_rng(1), 50, 8)
_PAGE = 10


class Page(list[dict[str, object]]):
    """One that a weak reference can follow."""


class Rows:
    """What a `query_iterator` gives. most_kept: how many pages were in use at the same time."""

    def __init__(self, fails_at: int = -1) -> None:
        self._fails_at = fails_at
        self._given: list[weakref.ref[Page]] = []
        self.most_kept = 0
        self.is_closed = False

    def next(self) -> Page:
        start = _PAGE * len(self._given)
        if start == self._fails_at:
            raise FinderError("It is away.", "")
        gc.collect()
        self.most_kept = max(self.most_kept, sum(one() is not None for one in self._given))
        ids = range(start, min(start + _PAGE, len(VECTORS)))
        page = Page({"id": i, "vector": VECTORS[i].tolist()} for i in ids)
        self._given.append(weakref.ref(page))
        return page

    def close(self) -> None:
        self.is_closed = True


class Library:
    """Stands for a `ServerLibrary` and its client."""

    def __init__(self, rows: Rows) -> None:
        self.client = self
        self.names = Collections("images")
        self.settings = StoreSettings()
        self._rows = rows

    def call(self, method: str, *_: object, **__: object) -> Any:
        vector = {"name": "vector", "type": FLOAT_VECTOR, "params": {"dim": 8}}
        return {
            "list_collections": [self.names.of_model(STATE)],
            "describe_collection": {"fields": [vector]},
            "load_collection": None,
            "query_iterator": self._rows,
        }[method]

    def guarded(self, function: Callable[[object], Any], timeout: float) -> Any:
        return function(self)

    def close(self) -> None:
        pass


def opened(rows: Rows) -> ServerStore:
    return ServerStore(cast(ServerLibrary, Library(rows)))


def test_a_large_collection_is_read_page_by_page() -> None:
    rows = Rows()
    assert opened(rows).ids(STATE).tolist() == list(range(50))
    assert rows.is_closed
    assert rows.most_kept <= 1
    rows = Rows()
    ids, vectors = opened(rows).fetch_where(STATE, "id < 50")
    np.testing.assert_array_equal(vectors[np.argsort(ids)], VECTORS)
    assert rows.is_closed
    assert rows.most_kept <= 1


def test_a_page_that_fails_abandons_the_store() -> None:
    rows = Rows(fails_at=20)
    store = opened(rows)
    with pytest.raises(FinderError, match="away"):
        store.ids(STATE)
    assert rows.is_closed
    assert not store.is_open
