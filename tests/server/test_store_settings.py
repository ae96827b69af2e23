"""Two processes that change store.json at the same time."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from finder.core.errors import FinderError
from finder.core.library.server import store_settings
from finder.core.library.server.store_settings import (
    IndexType,
    StoreSettings,
    read_store_settings,
    update_store_settings,
    write_store_settings,
)
from finder.core.paths import Home
from finder.use_cases.library.vector_store import map_folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.root.mkdir()
    write_store_settings(made, StoreSettings(machine="here"))
    return made


def test_a_change_at_the_same_time_is_not_lost(home: Home, tmp_path: Path) -> None:
    other = threading.Thread(target=map_folder, args=(home, "nas-2:/mnt", str(tmp_path)))

    def with_index(kept: StoreSettings) -> StoreSettings:
        other.start()
        other.join(0.5)  # it waits for this one
        return replace(kept, index=IndexType.HNSW)

    update_store_settings(home, with_index)
    other.join()
    settings = read_store_settings(home)
    assert settings.index is IndexType.HNSW
    assert settings.mappings == {"nas-2:/mnt": str(tmp_path)}


def test_a_change_that_takes_long_is_not_waited_for(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_settings, "_LOCK_SECONDS", 0.1)

    def again(_: StoreSettings) -> StoreSettings:
        return update_store_settings(home, lambda inner: inner)

    with pytest.raises(FinderError, match="Another Image Finder") as failure:
        update_store_settings(home, again)
    assert failure.value.hint
    assert update_store_settings(home, lambda kept: kept).machine == "here"


def test_a_library_that_cannot_be_written_to(home: Home) -> None:
    (home.root / "store.json.lock").mkdir()
    with pytest.raises(FinderError) as failure:
        update_store_settings(home, lambda kept: kept)
    assert failure.value.hint
