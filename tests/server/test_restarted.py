"""A server that is killed, and comes back: the run waits for it, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from fault_relay import FaultRelay
from faulty import Faulty, assert_right
from milvus_server import MilvusToRestart, address_of
from shared_machine import Machine

from finder.core.library.indexing import batch_writer
from finder.core.library.indexing.progress import Phase
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec


def test_a_server_that_is_killed_in_the_middle_of_a_run(
    tmp_path: Path,
    milvus_to_restart: MilvusToRestart,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    samples: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batch_writer, "_BATCH", 1)
    monkeypatch.setattr(batch_writer, "_BATCH_SECONDS", 0.0)
    one = Machine(tmp_path, "one", [hash_spec], extractors)
    with FaultRelay(address_of(milvus_to_restart.uri)) as relay:
        faulty = Faulty(one, relay, milvus_to_restart.uri, "restarted")
        faulty.begin(sorted((samples / "birds").glob("*.jpg")))
        faulty.add(5)
        with faulty.run() as steps:
            for progress in steps:
                if progress.phase is Phase.LOADING:
                    milvus_to_restart.restart()
        assert progress.counts.new == 5
        assert progress.waiting == ""
        assert_right(faulty)
