"""Milvus Lite on each engine: killed processes, and each other's files."""

from __future__ import annotations

from contextlib import closing

import numpy as np
import pytest
from contract_vectors import TINY, as_bytes, kept
from engines import ENGINES, IN_A_CHILD, on_engine
from forking import ForkedProcesses
from making import unit_vectors

from finder.core.library.vectors.milvus_lite import MilvusLiteStore
from finder.core.paths import Home

RANDOM = np.random.default_rng(1)


@pytest.mark.parametrize("flushed", [True, False])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_killed_process_loses_nothing_that_was_stored(
    home: Home, forked: ForkedProcesses, engine: str, flushed: bool
) -> None:
    code = f"""{IN_A_CHILD}
import os, signal
from pathlib import Path
import numpy as np
from finder.core.library.vectors.milvus_lite import MilvusLiteStore
from finder.core.library.catalogue.records import ModelState
from finder.core.paths import Home
store = MilvusLiteStore(Home(Path(sys.argv[2])))
state = ModelState("tiny", "1", "a" * 64, 8, 0, 0, 0)
store.upsert(state, range(8), np.eye(8, dtype=np.float32))
store.delete(state, [3])
if sys.argv[3] == "True":
    store.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = forked.run(code, engine, home.root, str(flushed))
    assert killed.returncode == -9, killed.stderr
    rest = [0, 1, 2, 4, 5, 6, 7]
    with on_engine(engine):
        for _ in range(2):
            with closing(MilvusLiteStore(home)) as store:
                assert kept(store) == as_bytes(rest, np.eye(8, dtype=np.float32)[rest])


@pytest.mark.parametrize("flushed", [True, False])
@pytest.mark.parametrize(("writes", "reads"), [("lean", "plain"), ("plain", "lean")])
def test_one_engine_opens_what_the_other_wrote(
    home: Home, writes: str, reads: str, flushed: bool
) -> None:
    vectors = unit_vectors(RANDOM, 600, 8)  # more than are kept unflushed
    with on_engine(writes):
        store = MilvusLiteStore(home)
        for start in range(0, 600, 60):
            store.upsert(TINY, range(start, start + 60), vectors[start : start + 60])
        store.delete(TINY, [5, 599])
        if flushed:
            store.close()
        else:
            store.abandon()
    rest = [number for number in range(600) if number not in (5, 599)]
    with on_engine(reads), closing(MilvusLiteStore(home)) as store:
        assert kept(store) == as_bytes(rest, vectors[rest])
        store.upsert(TINY, [5], vectors[5:6])
        store.delete(TINY, [6])
    rest = [number for number in range(600) if number not in (6, 599)]
    with on_engine(writes), closing(MilvusLiteStore(home)) as store:
        assert kept(store) == as_bytes(rest, vectors[rest])
