"""A real process is killed in the middle of indexing; and two processes want to write at once."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from command_line import locked_by_process
from forking import PROGRAM, ForkedProcesses
from making import assert_in_step, in_catalogue, matrix_vectors, run_index

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.progress import Counts
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.core.pictures.content_id import content_id

_PATIENCE = 60.0


_SMALL_BATCHES = f"""
from finder.core.library.indexing import batch_writer
batch_writer._BATCH = 8
{PROGRAM}
"""
"""The program, which stores often, so that it can be killed between."""


def embedded(home: Home, model: str) -> int:
    if not home.catalogue.is_file():
        return 0
    with closing(Catalogue(home)) as catalogue:
        return catalogue.embeddings.counts().get(model, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_runs_lose_nothing_that_was_stored(
    home: Home,
    samples: Path,
    forked: ForkedProcesses,
    fast_spec: ModelSpec,
    extractors: ExtractorPool,
) -> None:
    spec = fast_spec
    words = "index", "--home", home.root, "--model", spec.name, samples
    everything = {
        content_id(path.read_bytes())
        for path in samples.rglob("*")
        if path.suffix in (".jpg", ".png", ".webp")
    }
    kept: dict[int, list[float]] = {}
    for least in (1, 2):  # batches: the second process is killed when it, too, has stored one
        forked.start(_SMALL_BATCHES, *words)
        end = time.monotonic() + _PATIENCE
        before = len(kept)
        while embedded(home, spec.name) <= before and time.monotonic() < end:
            time.sleep(0.01)
        forked.kill()
        ended = forked.wait().returncode
        assert ended == -signal.SIGKILL, f"it was done before it could be killed ({least})"
        now = {p: v.tolist() for p, v in matrix_vectors(home, spec.name).items()}
        assert 0 < len(now) < len(everything)
        assert kept.items() <= now.items(), "what was stored before is still there, and the same"
        kept = now
    last = run_index(home, [samples], [spec], extractors)
    assert last.counts == Counts(unchanged=len(kept), new=len(everything) - len(kept))
    vectors = assert_in_step(home, spec.name)
    assert vectors.keys() == everything
    assert kept.items() <= {p: v.tolist() for p, v in vectors.items()}.items()
    lengths = np.linalg.norm(np.stack(list(vectors.values())).astype(np.float64), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-6)


def test_a_second_writer_learns_who_writes(home: Home) -> None:
    with locked_by_process(home) as pid:
        with pytest.raises(FinderError, match=f"process {pid}"), LibraryWriter(home):
            raise AssertionError("two writers")
        with closing(Catalogue(home)) as reader:
            assert reader.folders.paths() == []
    with LibraryWriter(home) as writer:
        assert writer.catalogue.folders.paths() == []


def test_a_second_writer_in_the_same_process_is_refused(home: Home) -> None:
    refused = pytest.raises(FinderError, match=f"process {os.getpid()}")
    with LibraryWriter(home), refused, LibraryWriter(home):
        raise AssertionError("two writers")
    with LibraryWriter(home):
        assert in_catalogue(home, "any") == set()


def test_a_killed_writer_holds_no_lock(home: Home) -> None:
    with locked_by_process(home) as pid:
        os.kill(pid, signal.SIGKILL)
    with LibraryWriter(home) as writer:
        assert writer.catalogue.pictures.count() == 0
