"""How many pictures several processes index into one library on a server: each with the command
line, a home of its own, and its share of one folder, as several machines do."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.common import ROOT, say, table
from benchmarks.material import default_model, make_jpegs
from benchmarks.milvus_servers import from_tests
from finder.core.library.server.server_names import Collections


def measure_pictures(uri: str, number: int, processes: Sequence[int]) -> dict[int, float]:
    """Pictures per second for each number of processes, from their start to the end of the last
    one. No process has a mirror."""
    with tempfile.TemporaryDirectory(prefix="pictures-") as name:
        folder = Path(name)
        make_jpegs(folder / "pictures", number, megapixels=1)
        return {count: number / _indexed(uri, folder, number, count) for count in processes}


def _indexed(uri: str, folder: Path, number: int, processes: int) -> float:
    """Seconds to index the pictures by so many processes, into a library that is new."""
    say(f"indexing {number:,} pictures from {processes} …")
    library = f"pictures_{os.getpid()}_{processes}"
    homes = [folder / f"home-{processes}-{part}" for part in range(1, processes + 1)]
    for part, home in enumerate(homes, 1):
        _run(home, "store", "use", uri, "--library", library, "--machine", f"machine-{part}")
        _run(home, "store", "mirror", "off")
    began = time.perf_counter()
    running = [
        _start(
            home,
            *("index", str(folder / "pictures"), "--model", default_model().name),
            *("--shard", f"{part}/{processes}"),
        )
        for part, home in enumerate(homes, 1)
    ]
    for process in running:
        if process.wait():
            raise RuntimeError("a process that indexes has failed")
    took = time.perf_counter() - began
    _require_all(uri, library, number)
    return took


def _require_all(uri: str, library: str, number: int) -> None:
    """The pictures are all there; the library is removed."""
    with from_tests("milvus_server").connected(uri) as client:
        names = Collections(library).own(client.list_collections())
        rows = [
            client.query(name, filter="", output_fields=["count(*)"])[0]["count(*)"]
            for name in Collections(library).models(names).values()
        ]
        for name in names:
            client.drop_collection(name)
    if rows != [number]:
        raise RuntimeError(f"of {number} pictures {rows} are on the server")


def _run(home: Path, *arguments: str) -> None:
    if _start(home, *arguments).wait():
        raise RuntimeError(f"image-finder {' '.join(arguments)} has failed")


def _start(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "finder", *arguments, "--home", str(home)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def pictures_table(number: int, rates: dict[int, float]) -> str:
    head = ["pictures indexed a second, by processes", *map(str, rates)]
    return table(head, [(f"{number:,} of 1 MP", *(f"{rate:.0f}" for rate in rates.values()))])
