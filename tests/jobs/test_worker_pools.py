"""The worker threads, and loading heavy modules beside a window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pytest

from finder.workers.worker_pools import FolderChecks, query_pool, worker_count, worker_pool

on_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="niceness is the whole process's here"
)


def threads(pool: Executor, number: int) -> list[tuple[str, int]]:
    """Names and niceness of this many threads of the pool, all at work at the same time."""
    together = threading.Barrier(number)

    def look() -> tuple[str, int]:
        together.wait(20)
        return threading.current_thread().name, niceness()

    return [future.result() for future in [pool.submit(look) for _ in range(number)]]


def niceness() -> int:
    """This thread's own, on Linux."""
    if sys.platform == "win32":
        return 0
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_there_are_as_many_workers_as_requested() -> None:
    with worker_pool(3) as executors:
        assert executors.size == 3
        assert len({name for name, _ in threads(executors.extracting, 3)}) == 3
        blocked = [executors.extracting.submit(threading.Event().wait, 0.5) for _ in range(4)]
        assert not blocked[3].running(), "there is no fourth"
    with worker_pool() as executors:
        assert executors.size == worker_count() >= 1
        assert (
            len({name for name, _ in threads(executors.extracting, executors.size)})
            == executors.size
        )


def test_one_thread_stores() -> None:
    with worker_pool(2) as executors:
        names = [
            executors.storing.submit(lambda: threading.current_thread().name) for _ in range(5)
        ]
        assert len({name.result() for name in names}) == 1
        assert names[0].result() not in {name for name, _ in threads(executors.extracting, 2)}


@on_linux
def test_only_workers_have_a_lower_priority() -> None:
    before = niceness()
    expected = max(before, 10)
    with worker_pool(3) as executors, query_pool() as pool:
        assert {nice for _, nice in threads(executors.extracting, 3)} == {expected}
        assert {nice for _, nice in threads(executors.storing, 1)} == {expected}
        assert {nice for _, nice in threads(pool, 1)} == {before}, "somebody waits for these"
        assert niceness() == before
    assert niceness() == before


@on_linux
def test_without_priorities_the_workers_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "setpriority", refuse)
    with worker_pool(1) as executors:
        assert executors.extracting.submit(int, "7").result() == 7


def test_on_closing_pictures_are_dropped_and_batches_are_not() -> None:
    extracted, free = threading.Event(), threading.Event()
    with worker_pool(1) as executors:
        executors.extracting.submit(extracted.wait, 20)
        dropped = [executors.extracting.submit(int) for _ in range(3)]
        executors.storing.submit(free.wait, 20)
        kept = executors.storing.submit(int, "7")
        threading.Timer(0.1, extracted.set).start()
        threading.Timer(0.5, free.set).start()  # when the workers are gone
    assert all(future.cancelled() for future in dropped)
    assert kept.result() == 7


def test_a_query_has_as_many_threads_as_workers() -> None:
    with query_pool() as pool:
        names = {name for name, _ in threads(pool, worker_count())}
    assert len(names) == worker_count()
    assert not names & {thread.name for thread in threading.enumerate()}


# Loading

_LOAD = """
import gc, json, sys
from finder.workers.deferred_imports import import_deferred
sys.path.insert(0, sys.argv[1])
before = gc.get_freeze_count()
try:
    import_deferred(*sys.argv[2:])
    error = ""
except ImportError as raised:
    error = str(raised)
first = gc.get_freeze_count()
more = [[] for _ in range(100)]
if not error:
    import_deferred(*sys.argv[2:])
collecting = [sys.modules[name].collecting for name in sys.argv[2:] if name in sys.modules]
print(json.dumps({
    "error": error,
    "enabled": gc.isenabled(),
    "collecting": collecting,
    "frozen": [before, first, gc.get_freeze_count()],
}))
"""


@pytest.fixture
def heavy(tmp_path: Path) -> Path:
    for name in ("heavy_one", "heavy_two"):
        text = "import gc\ncollecting = gc.isenabled()\nkept = [[] for _ in range(5_000)]\n"
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "broken.py").write_text("raise ImportError('no such luck')\n")
    return tmp_path


def load(folder: Path, *modules: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, str(folder), *modules],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_modules_are_loaded_without_garbage_collection(heavy: Path) -> None:
    report = load(heavy, "heavy_one", "heavy_two")
    assert report["collecting"] == [False, False]
    assert report["enabled"]
    before, first, second = report["frozen"]
    assert first - before > 10_000, "what they hold is frozen for the collector"
    assert second == first, "what is loaded already is not loaded again"


def test_garbage_is_collected_again_after_a_module_that_cannot_be_loaded(heavy: Path) -> None:
    report = load(heavy, "heavy_one", "broken", "heavy_two")
    assert report["error"] == "no such luck"
    assert report["collecting"] == [False], "the first was loaded, the last was not"
    assert report["enabled"]
    before, first, _ = report["frozen"]
    assert first > before


def test_a_folder_may_be_checked_twice_at_the_same_time() -> None:
    """Of two questions about one folder, neither is answered “not there” because of the other."""
    checks, ran = FolderChecks(seconds=30), list[str]()

    def first() -> None:
        checks({"/pictures": lambda: ran.append("second")})
        ran.append("first")

    checks({"/pictures": first})
    assert ran == ["second", "first"]
