"""Four processes index into one server at once; two are killed, and go on."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from making import as_bytes, matrix_vectors
from shared_machine import Machine

from finder.core.library.check.full_check import check
from finder.core.library.server.server_address import parse
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import ModelSpec
from finder.core.pictures.content_id import content_id

_ROOT = Path(__file__).parents[2]
_SITE = _ROOT / "tests" / "faults" / "site"
_PICTURES = 32
_BATCH = 8
_SETTINGS = {
    "finder.core.library.indexing.batch_writer:_BATCH": _BATCH,
    "finder.core.library.indexing.batch_writer:_BATCH_SECONDS": 0.2,
    "finder.core.library.indexing.waiting_run:_BLOCK": 4,
    "finder.core.library.server.sharing:_FOLLOW_SECONDS": 0.5,
}
_PROGRAM = """
import sys, time
from finder.core.library.indexing import worker
embed = worker.embedded_or_failure
def embed_later(*args):
    time.sleep(0.2)
    return embed(*args)
worker.embedded_or_failure = embed_later
from finder.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


class Process:
    """One run of `image-finder index` on a machine; notes: what it has embedded, a line each."""

    def __init__(self, machine: Machine, run: str) -> None:
        self.machine = machine
        self.notes = machine.home.root.parent / f"embedded-{run}"
        self._log = machine.home.root.parent / f"log-{run}"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self, stack: ExitStack) -> None:
        one = self.machine
        words = ["index", "--home", one.home.root, "--model", one.specs[0].name, one.folder]
        log = stack.enter_context(self._log.open("wb"))
        self._running = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, *map(str, words)],
            stdout=log,
            stderr=log,
            env=os.environ
            | {
                "PYTHONPATH": os.pathsep.join([str(_SITE), str(_ROOT)]),
                "WITH_SETTINGS": json.dumps(_SETTINGS),
                "EXTRACTED_TO": str(self.notes),
            },
        )
        stack.callback(self._end)

    def kill_soon(self, dice: random.Random) -> None:
        """In the middle of its work."""
        some = dice.randint(5, 15)
        assert self._running is not None
        while len(self.embedded()) < some and self._running.poll() is None:
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 0.3))
        self._end()

    def wait(self) -> None:
        assert self._running is not None
        assert self._running.wait(60) == 0, self._log.read_text()

    def embedded(self) -> list[int]:
        """Content ids, in the order in which they were embedded."""
        return list(map(int, self.notes.read_text().split())) if self.notes.exists() else []

    def _end(self) -> None:
        if self._running is not None:
            self._running.kill()
            self._running.wait()


def _fill(machine: Machine, sources: list[Path], content: str) -> None:
    """Pictures that no other folder has: a JPEG may have anything behind its end."""
    for number in range(_PICTURES):
        source = sources[number % len(sources)]
        data = source.read_bytes() + f"{content} {number}".encode()
        (machine.folder / f"{number:03}.jpg").write_bytes(data)


def test_four_machines_index_into_one_server(
    tmp_path: Path,
    milvus_uri: str,
    library_name: str,
    hash_spec: ModelSpec,
    extractors: ExtractorPool,
    samples: Path,
) -> None:
    dice = random.Random()
    sources = sorted((samples / "birds").glob("*.jpg"))
    machines = [
        Machine(tmp_path, name, [hash_spec], extractors)
        for name in ("nas-1", "nas-2", "desk", "attic")
    ]
    machines[1].folder.rmdir()
    machines[1].folder = machines[0].folder
    for one in machines:
        one.folder.joinpath("same.jpg").write_bytes(sources[0].read_bytes())
        one.index() if one is machines[0] else one.begin()
        one.use(parse(milvus_uri, library=library_name))
    for one in (machines[0], *machines[2:]):
        _fill(one, sources, one.name)

    first = [Process(one, "first") for one in machines]
    again = [Process(one, "again") for one in machines[1:3]]
    with ExitStack() as stack:
        for process in first:
            process.start(stack)
        for killed, next_run in zip(first[1:3], again, strict=True):
            killed.kill_soon(dice)
            next_run.start(stack)
        for process in (first[0], first[3], *again):
            process.wait()

    for one in machines:
        one.sync()
    expected = {one.name: _contents(one) for one in machines}
    pictures = set().union(*(files.values() for files in expected.values()))
    assert len(pictures) == 3 * _PICTURES + 1
    on_server = as_bytes(machines[0].on_server(hash_spec))
    assert set(on_server) == pictures
    for one in machines:
        one.sync()
        assert {path: place[2] for path, place in one.places().items()} == expected[one.name]
        assert as_bytes(matrix_vectors(one.home, hash_spec.name)) == on_server
        assert one.names() == {
            f"{name}:{Path(path).name}" if name != one.name else Path(path).name
            for name, files in expected.items()
            for path in files
        }
        *_, last = check(one.home, one.specs, [], False)
        assert [finding.sentence for finding in last.findings] == []


def _contents(machine: Machine) -> dict[str, int]:
    return {str(path): content_id(path.read_bytes()) for path in machine.folder.iterdir()}
