"""Qt objects that nobody refers to are destroyed in the GUI thread."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from finder.jobs import garbage_collection
from finder.jobs.garbage_collection import GarbageCollection


class Cycle(QObject):
    """Only the collector can destroy it."""

    def __init__(self, destroyed_in: list[threading.Thread]) -> None:
        super().__init__()
        self.me = self
        weakref.finalize(self, lambda: destroyed_in.append(threading.current_thread()))


@pytest.fixture
def enabled() -> Iterator[None]:
    """Python's own collection is on, as in a fresh process."""
    gc.enable()
    yield
    gc.disable()


def allocate() -> None:
    for _ in range(100):
        assert [[] for _ in range(1_000)]


def test_garbage_is_destroyed_in_the_gui_thread(
    qtbot: QtBot, enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(garbage_collection, "_INTERVAL_MS", 20)
    owner, destroyed_in = QObject(), list[threading.Thread]()
    collection = GarbageCollection(owner)
    collection.start()
    for _ in range(1_000):
        Cycle(destroyed_in)
    worker = threading.Thread(target=allocate)
    worker.start()
    worker.join()
    assert destroyed_in == []
    qtbot.waitUntil(lambda: len(destroyed_in) == 1_000)
    assert set(destroyed_in) == {threading.main_thread()}
    assert not gc.isenabled()
