"""A library on a Milvus server: storing, indexing and searching vectors of 512 numbers.

    python -m benchmarks.scale [--short] [--sizes N,N,…] [--server URI]

Without --server, PyPI's Milvus 2.3.5 is started on this computer (Linux on x86-64), beside the
processes that store into it. 1,000,000 vectors need 12 GB of memory and about half an hour
(`--short`: 10,000 and 50,000, some minutes).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import median, percentile, say, section, table, verdict
from finder.core.library.catalogue.records import ModelState
from finder.core.library.server.model_on_server import ModelOnServer
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.server_store import ServerStore
from finder.core.library.server.store_settings import IndexType, StoreSettings

_DIMENSION = 512
_LATENT = 48
_CLUSTERS = 2_000
_BATCH = 500
_QUERIES = 50
_TOP = 20
_LIST = 200
_RECALL_TARGET = 0.98
_PROCESSES = (1, 2, 4)
_SIZES, _SHORT_SIZES = (10_000, 100_000, 1_000_000), (10_000, 50_000)
_TESTS = Path(__file__).resolve().parent.parent / "tests"
Vectors = NDArray[np.float32]


def vectors_of(seed: int, number: int) -> Vectors:
    """Unit vectors [number, 512] in clusters, as features of pictures are: mixtures of 48 numbers,
    with noise of their own. Equal seeds are of the same clusters."""
    shared = np.random.default_rng(7)
    projection = shared.standard_normal((_LATENT, _DIMENSION)).astype(np.float32)
    centres = shared.standard_normal((_CLUSTERS, _LATENT)).astype(np.float32)
    random = np.random.default_rng(seed)
    latent = centres[random.integers(0, _CLUSTERS, number)]
    latent = latent + 0.7 * random.standard_normal((number, _LATENT)).astype(np.float32)
    made: Vectors = latent @ projection
    made += 1.5 * random.standard_normal(made.shape, np.float32)
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


@dataclass
class Figures:
    """Of one size. stored: seconds for each number of processes; indexed: seconds by index type;
    asked: seconds of each question; recall: of the 20 nearest; bytes: of the server's memory."""

    size: int
    stored: dict[int, float] = field(default_factory=dict)
    indexed: dict[str, float] = field(default_factory=dict)
    asked: dict[str, list[float]] = field(default_factory=dict)
    fetched: list[float] = field(default_factory=list)
    recall: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)


def _state(name: str) -> ModelState:
    return ModelState(name, "1", "0" * 64, _DIMENSION, 0, 0, 0)


def _store(uri: str) -> ServerStore:
    address = parse(uri, library="benchmark")
    settings = StoreSettings(address, machine="benchmark", token="benchmark", index=IndexType.FLAT)
    return ServerStore(ServerLibrary(settings))


def _send(uri: str, name: str, seed: int, first: int, number: int) -> None:
    """What one process does: its share of the vectors, in batches."""
    with closing(_store(uri)) as store:
        for start in range(0, number, _BATCH):
            some = min(_BATCH, number - start)
            ids = range(first + start, first + start + some)
            store.upsert(_state(name), ids, vectors_of(seed + start // _BATCH, some))


def _stored(uri: str, name: str, size: int, processes: int) -> float:
    """Seconds to store so many vectors, beside making them, which is a tenth of it."""
    with closing(_store(uri)) as store:
        store.upsert(_state(name), [size], vectors_of(1, 1))  # the collection exists
    share = size // processes
    context = multiprocessing.get_context("spawn")
    began = time.perf_counter()
    workers = [
        context.Process(target=_send, args=(uri, name, 1_000_000 * part, part * share, share))
        for part in range(processes)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise RuntimeError("a process that stores has failed")
    return time.perf_counter() - began


def _measure(uri: str, size: int, pid: int | None) -> Figures:
    figures = Figures(size)
    for processes in _PROCESSES:
        say(f"storing {size:,} from {processes} …")
        name = f"p{processes}"
        figures.stored[processes] = _stored(uri, name, size, processes)
        if processes != _PROCESSES[-1]:
            with closing(_store(uri)) as store:
                store.drop(_state(name))
    state = _state(f"p{_PROCESSES[-1]}")
    with closing(_store(uri)) as store:
        store.library.client.may_lag = True  # as a search has it
        matrix = _whole(size, _PROCESSES[-1])
        queries = vectors_of(99, _QUERIES)
        exact = np.argsort(-(queries @ matrix.T), axis=1)[:, :_TOP]
        for wanted in (IndexType.FLAT, IndexType.IVF_FLAT, IndexType.HNSW):
            say(f"{wanted} over {size:,} …")
            began = time.perf_counter()
            store.build_index(state, wanted)
            figures.indexed[wanted] = time.perf_counter() - began
            _ask(ModelOnServer(store, state), wanted, queries, exact, figures)
            figures.memory[wanted] = _memory(pid)
        store.drop(state)
    return figures


def _whole(size: int, processes: int) -> Vectors:
    """The vectors as `_send` has stored them, by content id."""
    share = size // processes
    parts = [
        vectors_of(1_000_000 * part + start // _BATCH, min(_BATCH, share - start))
        for part in range(processes)
        for start in range(0, share, _BATCH)
    ]
    return np.concatenate(parts)


def _ask(
    model: ModelOnServer,
    kind: str,
    queries: Vectors,
    exact: NDArray[np.int64],
    figures: Figures,
) -> None:
    times, hits = [], []
    for query, nearest in zip(queries, exact, strict=True):
        began = time.perf_counter()
        (found,) = model.nearest(query[np.newaxis], _LIST)
        times.append(time.perf_counter() - began)
        hits.append(len(np.intersect1d(found[:_TOP], nearest)) / _TOP)
        began = time.perf_counter()
        model.fetch(found.tolist())
        figures.fetched.append(time.perf_counter() - began)
    figures.asked[kind] = times
    figures.recall[kind] = float(np.mean(hits))


# The server


@contextmanager
def _served() -> Iterator[tuple[str, int | None]]:
    """PyPI's server, on a port of this computer only. Gives its address and its process."""
    sys.path.insert(0, str(_TESTS))
    from milvus_server import unpack_server

    with tempfile.TemporaryDirectory(prefix="milvus-") as name:
        folder = Path(name, "server")
        folder.mkdir()
        run = os.pidfd_open(os.getpid())
        binaries = unpack_server(Path(name))
        command = [str(_TESTS / "milvus_host.py"), str(folder), str(binaries), str(run), "plain"]
        others = _servers()
        subprocess.run([sys.executable, *command], pass_fds=[run], check=True, timeout=120)
        (mine,) = _servers() - others
        yield f"http://127.0.0.1:{(folder / 'port').read_text().strip()}", mine


def _servers() -> set[int]:
    """The processes of Milvus servers."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/comm"):
        with suppress(OSError):  # it has just ended
            if entry.read_text().strip() == "milvus":
                found.add(int(entry.parent.name))
    return found


def _memory(pid: int | None) -> int:
    """Bytes that the server has in memory; 0 if it is on another computer."""
    if pid is None:
        return 0
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1_024


# The page


def _storing_table(all_figures: Sequence[Figures]) -> str:
    head = ["vectors stored a second, by processes", *map(str, _PROCESSES)]
    rows = [
        (f"{one.size:,}", *(f"{one.size / one.stored[n]:,.0f}" for n in _PROCESSES))
        for one in all_figures
    ]
    return table(head, rows)


def _searching_table(all_figures: Sequence[Figures]) -> str:
    head = ["vectors", "index", "built in, s", "200 nearest, ms", "p95", "recall of the 20 nearest"]
    rows = []
    for one in all_figures:
        for kind, times in one.asked.items():
            rows.append(
                (
                    f"{one.size:,}",
                    kind,
                    f"{one.indexed[kind]:.1f}",
                    f"{median(times) * 1e3:.1f}",
                    f"{percentile(times, 0.95) * 1e3:.1f}",
                    verdict(one.recall[kind], _RECALL_TARGET, at_least=True),
                    f"{one.memory[kind] / 1e9:.1f}",
                )
            )
    return table([*head, "server's memory, GB"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="smaller sizes")
    parser.add_argument("--sizes", help="numbers of vectors, with commas between them")
    parser.add_argument("--server", help="the address of a server without passwords")
    args = parser.parse_args()
    sizes: Sequence[int] = _SHORT_SIZES if args.short else _SIZES
    if args.sizes:
        sizes = [int(text) for text in args.sizes.split(",")]
    measure = partial(_measure_all, sizes)
    if args.server:
        figures = measure(args.server, None)
    else:
        with _served() as (uri, pid):
            figures = measure(uri, pid)
    fetched = [value for one in figures for value in one.fetched]
    words = f"The vectors of {_LIST} candidates are fetched in {median(fetched) * 1e3:.0f} ms."
    section("Scale", "scale", _storing_table(figures), _searching_table(figures), words)


def _measure_all(sizes: Sequence[int], uri: str, pid: int | None) -> list[Figures]:
    return [_measure(uri, size, pid) for size in sizes]


if __name__ == "__main__":
    main()
