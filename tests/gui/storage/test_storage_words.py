"""What the storage dialog says of machines and indexes; of machines the command line, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from finder.cli.store_command import store_lines
from finder.core.library.server.machines import Machine
from finder.core.library.server.store_settings import Precision, StoreSettings
from finder.gui.storage.storage_words import index_rows, machine_facts
from finder.use_cases.library.vector_store import StoreStatus

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def test_a_machine_was_last_seen_at_a_time_of_the_past() -> None:
    seen = Machine("nas", "token", NOON, 1, 1)
    local = NOON.astimezone().strftime("%Y-%m-%d %H:%M")
    assert seen.last_seen(NOON) == f"last seen {local}"
    assert seen.last_seen(NOON + timedelta(days=3)) == f"last seen {local}"


def test_a_clock_that_is_ahead_does_not_make_it_the_future() -> None:
    ahead = Machine("nas", "token", datetime.now(UTC) + timedelta(hours=5), 1, 2)
    assert ahead.last_seen(datetime.now(UTC)) == "last seen just now"
    assert machine_facts(ahead, "desk") == ["nas", "2 pictures", "last seen just now"]
    lines = list(store_lines(StoreStatus(StoreSettings(), {}, {}, machines={"nas": ahead}), "/x"))
    assert ("nas", "2 pictures", "last seen just now") in lines


def test_the_index_of_each_model_is_named_with_its_precision() -> None:
    status = StoreStatus(
        StoreSettings(),
        {"a": 2, "b": 1, "c": 0},
        {},
        indexes={"b": "FLAT", "a": "HNSW", "c": ""},
        precisions={"b": Precision.FLOAT16},
    )
    assert index_rows(status, {"a": "Z", "b": "Y", "c": "X"}) == [
        ["X", "0 vectors", "no index"],
        ["Y", "1 vector", "float16, FLAT"],
        ["Z", "2 vectors", "HNSW"],
    ]
