"""A machine's share of the files."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from making import copied

from finder.core.errors import FinderError
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.index_run import index
from finder.core.library.indexing.shard import Shard
from finder.core.library.writer import LibraryWriter
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.paths import Home
from finder.workers.worker_pools import worker_pool


@pytest.mark.parametrize("text", ["", "2", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/1001"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(FinderError) as failure:
        Shard.parse(text)
    assert failure.value.hint


def test_each_file_is_in_one_share_wherever_the_folder_is_mounted() -> None:
    shares = [Shard.parse(f"{number}/8") for number in range(1, 9)]
    sizes = [0] * 8
    for number in range(1_000):
        names = [b"2024", b"pictures %d.jpg" % number]
        here = os.path.join(os.fsencode(os.path.abspath("/mnt/photos")), *names)
        there = os.path.join(os.fsencode(os.path.abspath("/Volumes/photos")), *names)
        taken = [share.takes(here, os.path.abspath("/mnt/photos")) for share in shares]
        assert taken == [share.takes(there, os.path.abspath("/Volumes/photos")) for share in shares]
        assert sum(taken) == 1
        sizes[taken.index(True)] += 1
    assert min(sizes) > 80


def test_a_run_takes_its_share_and_keeps_what_it_has(
    home: Home, samples: Path, tmp_path: Path, hash_spec: ModelSpec, extractors: ExtractorPool
) -> None:
    folder = tmp_path / "pictures"
    files = copied(sorted((samples / "birds").glob("*.jpg"))[:6], folder)

    def run(shard: Shard | None) -> int:
        with LibraryWriter(home) as writer, worker_pool() as executors:
            steps = index(writer, [str(folder)], [hash_spec], extractors, executors, shard=shard)
            *_, last = steps
        return last.counts.new

    def known() -> set[str]:
        with closing(Catalogue(home)) as catalogue:
            return {file.path for file in catalogue.files.below(str(folder))}

    share = Shard(1, 2)
    mine = {str(file) for file in files if share.takes(os.fsencode(file), str(folder))}
    assert 0 < len(mine) < 6
    assert run(share) == len(mine)
    assert known() == mine
    assert run(share) == 0
    assert run(Shard(2, 2)) == 6 - len(mine)
    assert len(known()) == 6
    assert run(share) == 0
    assert len(known()) == 6, "another share forgets nothing"
