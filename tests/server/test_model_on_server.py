"""What a search asks of one model's collection, and what it keeps for the next."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from making import tiny_state, unit_vectors
from numpy.typing import NDArray

from finder.core.errors import FinderError
from finder.core.library.server import sample_statistics
from finder.core.library.server.model_on_server import ModelOnServer
from finder.core.library.server.sample_statistics import SampleStatistics, sample_bound
from finder.core.library.server.server_store import ServerStore

STATE = tiny_state(dimension=8)
KEY = f"sample: {STATE.key}"


class Store:
    """Stands for a `ServerStore` and its library's state; notes what is asked."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.kept: dict[str, object] = {}
        self.asked: list[str] = []
        self.is_read_only = False
        self.library = self
        self.state = self

    def get(self, key: str) -> object:
        return self.kept.get(key)

    def put(self, key: str, value: object) -> None:
        if self.is_read_only:
            raise FinderError("You may not write.", "")
        self.kept[key] = value

    def query(self, _: object, wanted: str, fields: list[str]) -> list[dict[str, int]]:
        self.asked.append("count")
        return [{"count(*)": self.number}]

    def fetch_where(self, _: object, wanted: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        self.asked.append(wanted)
        number = min(self.number, 50)
        return np.arange(number), unit_vectors(np.random.default_rng(1), number, 8)

    def fetch(
        self, _: object, pictures: list[int]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        return np.array(pictures), unit_vectors(np.random.default_rng(1), len(pictures), 8)

    def field(self, _: object) -> Any:
        return self

    def encoded(self, vector: object) -> object:
        return vector

    def describe_index(self, _: object) -> dict[str, str]:
        self.asked.append("index")
        return {"index_type": "FLAT"}

    def search(self, *_: object) -> list[list[dict[str, int]]]:
        raise FinderError("It is away.", "")


def _model(store: Store) -> ModelOnServer:
    return ModelOnServer(cast(ServerStore, store), STATE)


def _search(model: ModelOnServer) -> None:
    model.begin_search()
    for _ in range(3):
        model.fetch([1, 2])
        model.sample()
        model.number()
        assert model.is_exact


def _asked(store: Store) -> list[str]:
    asked, store.asked = store.asked, []
    return asked


@pytest.mark.parametrize(
    ("first", "second", "is_read"),
    [(1_000, 1_001, False), (1_000, 1_201, True), (1_000, 700, True), (60, 61, True)],
)
def test_the_sample_is_read_once_and_again_when_it_is_out_of_date(
    first: int, second: int, is_read: bool
) -> None:
    store = Store(first)
    model = _model(store)
    _search(model)
    assert [what.partition(" ")[0] for what in _asked(store)] == ["count", "id", "index"]
    _search(model)
    assert _asked(store) == ["count"]
    store.number = second
    _search(model)
    kinds = [what.partition(" ")[0] for what in _asked(store)]
    assert kinds == (["count", "id", "index"] if is_read else ["count"])
    assert model.number() == second


def test_a_count_that_changes_within_a_search_changes_nothing() -> None:
    store = Store(1_000)
    model = _model(store)
    _search(model)
    sample = model.sample()
    store.number = 5_000
    assert model.sample() is sample
    assert model.number() == 1_000
    model.begin_search()
    assert model.sample() is not sample


def test_another_connection_keeps_the_sample() -> None:
    model = _model(Store(1_000))
    _search(model)
    other = Store(1_000)
    model.use(cast(ServerStore, other))
    _search(model)
    assert _asked(other) == ["count"]


def test_statistics_that_ask_for_too_much_are_measured_again() -> None:
    """A sample of all pictures would take hours to read."""
    store = Store(100_000)
    mean = np.zeros(8, np.float32)
    store.kept[KEY] = SampleStatistics(100_000, 2**63 - 1, mean).as_json()
    _search(_model(store))
    bound = sample_bound(100_000)
    assert _asked(store)[1] == f"id < {bound}"
    kept = SampleStatistics.from_json(str(store.kept[KEY]), 8)
    assert kept is not None
    assert kept.below == bound
    store.kept[KEY] = SampleStatistics(90_000, sample_bound(90_000), mean).as_json()
    _search(_model(store))
    assert _asked(store)[1] == f"id < {sample_bound(90_000)}", "another machine's"
    assert sample_statistics.SAMPLE < 5_000


def test_who_may_not_write_can_search() -> None:
    store = Store(1_000)
    store.is_read_only = True
    model = _model(store)
    _search(model)
    assert len(model.sample()) == 50
    assert store.kept == {}


def test_the_index_is_described_again_after_a_search_that_fails() -> None:
    store = Store(1_000)
    model = _model(store)
    _search(model)
    _asked(store)
    with pytest.raises(FinderError, match="away"):
        model.nearest(unit_vectors(np.random.default_rng(1), 1, 8), 5)
    assert _asked(store) == []
    assert model.is_exact
    assert _asked(store) == ["index"]
