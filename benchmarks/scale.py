"""A library on a Milvus server: storing, indexing and searching vectors of 512 numbers, and how
many pictures several processes index into it.

    python -m benchmarks.scale [--short] [--sizes N,N,…] [--processes N,N,…] [--pictures N]
                               [--server URI]

Without --server, PyPI's Milvus 2.3.5 is started on this computer (Linux on x86-64), beside the
processes that store into it. 1,000,000 vectors need 16 GB of memory and about an hour (`--short`:
10,000 and 50,000, some minutes). The tables are printed again after each size, so that what was
measured is not lost where a later one fails; each size has rows of its own, which can be added to a
table that has the others.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import median, percentile, say, section, table, verdict
from benchmarks.milvus_servers import memory_of, pypi_server
from benchmarks.scale_pictures import measure_pictures, pictures_table
from finder.core.library.catalogue.records import ModelState
from finder.core.library.server.model_on_server import ModelOnServer
from finder.core.library.server.patience import Patience
from finder.core.library.server.server_address import parse
from finder.core.library.server.server_library import ServerLibrary
from finder.core.library.server.server_store import ServerStore
from finder.core.library.server.server_tables import VectorField
from finder.core.library.server.store_settings import IndexType, Precision, StoreSettings

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
_PICTURES, _SHORT_PICTURES = 1_500, 300
_INDEXES = (IndexType.FLAT, IndexType.IVF_FLAT, IndexType.HNSW)
_SEED_OF_PROCESS = 1_000_000
_INDEX_SECONDS = 7_200.0
"""How long a server may take until all vectors are in its index."""
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
    asked: seconds of each question; recall: of the 20 nearest; memory: bytes of the server's;
    rounded: the recall of an exact search of the vectors as float16."""

    size: int
    stored: dict[int, float] = field(default_factory=dict)
    indexed: dict[str, float] = field(default_factory=dict)
    asked: dict[str, list[float]] = field(default_factory=dict)
    fetched: list[float] = field(default_factory=list)
    recall: dict[str, float] = field(default_factory=dict)
    memory: dict[str, int] = field(default_factory=dict)
    rounded: float | None = None


@dataclass(frozen=True)
class _Server:
    """pid: of its process, if that is on this computer."""

    uri: str
    pid: int | None = None

    @property
    def has_ended(self) -> bool:
        return self.pid is not None and not Path(f"/proc/{self.pid}").exists()


def _state(name: str) -> ModelState:
    return ModelState(name, "1", "0" * 64, _DIMENSION, 0, 0, 0)


def _store(server: _Server) -> ServerStore:
    """It waits for a server that is busy for longer than a call may take; not for one that has
    ended."""
    address = parse(server.uri, library="benchmark")
    settings = StoreSettings(address, machine="benchmark", token="benchmark", index=IndexType.FLAT)
    patience = Patience(lambda: server.has_ended)
    patience.begin()
    return ServerStore(ServerLibrary(settings, patience=patience))


# Storing


def _parts(size: int, processes: int) -> list[range]:
    """The content ids that each process stores."""
    bounds = [size * part // processes for part in range(processes + 1)]
    return [range(start, end) for start, end in pairwise(bounds)]


def _seeded(part: int, ids: range) -> list[tuple[range, int]]:
    """The batches of a process, and the seed of each."""
    starts = range(0, len(ids), _BATCH)
    first = _SEED_OF_PROCESS * part
    return [(ids[s : s + _BATCH], first + number) for number, s in enumerate(starts)]


def _send(server: _Server, name: str, part: int, ids: range) -> None:
    """What one process does: its share of the vectors, in batches."""
    with closing(_store(server)) as store:
        for batch, seed in _seeded(part, ids):
            store.upsert(_state(name), batch, vectors_of(seed, len(batch)))


def _stored(server: _Server, name: str, size: int, processes: int) -> float:
    """Seconds to store so many vectors, beside making them, which is a tenth of it."""
    with closing(_store(server)) as store:
        store.upsert(_state(name), [size], vectors_of(1, 1))  # the collection exists
    context = multiprocessing.get_context("spawn")
    began = time.perf_counter()
    workers = [
        context.Process(target=_send, args=(server, name, part, ids))
        for part, ids in enumerate(_parts(size, processes))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        if worker.exitcode:
            raise RuntimeError("a process that stores has failed")
    return time.perf_counter() - began


def _exact(
    size: int, processes: int, queries: Vectors, precision: Precision = Precision.FLOAT32
) -> NDArray[np.int64]:
    """The content ids [queries, 20] of the nearest by L2 of all that the processes have stored, as
    a server of this precision finds them. No more than one batch is in memory at a time."""
    kept = VectorField(_DIMENSION, precision=precision).rounded
    queries = kept(queries)
    best = np.full((len(queries), _TOP), -np.inf, np.float32)
    ids = np.zeros((len(queries), _TOP), np.int64)
    for part, share in enumerate(_parts(size, processes)):
        for batch, seed in _seeded(part, share):
            vectors = kept(vectors_of(seed, len(batch)))
            nearness = queries @ vectors.T - np.vecdot(vectors, vectors) / 2
            products = np.hstack([best, nearness])
            numbers = np.hstack([ids, np.tile(np.array(batch), (len(queries), 1))])
            order = np.argsort(-products, axis=1)[:, :_TOP]
            best = np.take_along_axis(products, order, axis=1)
            ids = np.take_along_axis(numbers, order, axis=1)
    return ids


# Searching


def _measure(server: _Server, size: int, numbers: Sequence[int], figures: Figures) -> None:
    """numbers: of processes."""
    for processes in numbers:
        say(f"storing {size:,} from {processes} …")
        name = f"p{processes}"
        figures.stored[processes] = _stored(server, name, size, processes)
        if processes != numbers[-1]:
            with closing(_store(server)) as store:
                store.drop(_state(name))
    state = _state(f"p{numbers[-1]}")
    queries = vectors_of(99, _QUERIES)
    say(f"the exact nearest of {size:,} …")
    exact = _exact(size, numbers[-1], queries)
    figures.rounded = _recall(_exact(size, numbers[-1], queries, Precision.FLOAT16), exact)
    with closing(_store(server)) as store:
        store.library.client.may_lag = True  # as a search has it
        for wanted in _INDEXES:
            say(f"{wanted} over {size:,} …")
            figures.indexed[wanted] = _index(store, state, wanted)
            _ask(ModelOnServer(store, state), wanted, queries, exact, figures)
            figures.memory[wanted] = memory_of(server.pid)
        store.drop(state)


def _index(store: ServerStore, state: ModelState, wanted: IndexType) -> float:
    """Seconds until all vectors are in the index, also those that the server has put together from
    smaller parts in the meantime."""
    began = time.perf_counter()
    store.build_index(state, wanted)
    while int(store.describe_index(state).get("pending_index_rows", 0)):
        if time.perf_counter() - began > _INDEX_SECONDS:
            raise TimeoutError(f"{wanted} is not complete after {_INDEX_SECONDS:,.0f} seconds")
        time.sleep(0.2)
    return time.perf_counter() - began


def _ask(
    model: ModelOnServer,
    kind: str,
    queries: Vectors,
    exact: NDArray[np.int64],
    figures: Figures,
) -> None:
    times, all_found = [], []
    for query in queries:
        began = time.perf_counter()
        (found,) = model.nearest(query[np.newaxis], _LIST)
        times.append(time.perf_counter() - began)
        all_found.append(found[:_TOP])
        began = time.perf_counter()
        model.fetch(found.tolist())
        figures.fetched.append(time.perf_counter() - began)
    figures.asked[kind] = times
    figures.recall[kind] = _recall(np.array(all_found), exact)


def _recall(found: NDArray[np.int64], exact: NDArray[np.int64]) -> float:
    both = [np.isin(one, other).mean() for one, other in zip(found, exact, strict=True)]
    return float(np.mean(both))


# The page


def _storing_table(all_figures: Sequence[Figures]) -> str:
    numbers = list(dict.fromkeys(n for one in all_figures for n in one.stored))
    head = ["vectors stored a second, by processes", *map(str, numbers)]
    rows = [
        (f"{one.size:,}", *(f"{one.size / one.stored[n]:,.0f}" for n in one.stored))
        for one in all_figures
    ]
    return table(head, rows)


def _searching_table(all_figures: Sequence[Figures]) -> str:
    head = ["vectors", "index", "built in, s", "200 nearest, ms", "p95", "recall of the 20 nearest"]
    rows = []
    for one in all_figures:
        for kind in one.memory:
            times = one.asked[kind]
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


def _tables(all_figures: Sequence[Figures]) -> list[str]:
    parts = [_storing_table(all_figures), _searching_table(all_figures)]
    fetched = [value for one in all_figures for value in one.fetched]
    if fetched:
        words = f"The vectors of {_LIST} candidates are fetched in {median(fetched) * 1e3:.0f} ms."
        parts.append(words)
    rounded = [(f"{one.size:,}", f"{one.rounded:.3f}") for one in all_figures if one.rounded]
    return [*parts, table(["vectors", "recall of float16, exact search"], rounded)]


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--short", action="store_true", help="smaller sizes")
    parser.add_argument("--sizes", help="numbers of vectors, with commas between them")
    parser.add_argument("--processes", default="1,2,4", help="numbers of processes that store")
    parser.add_argument("--pictures", type=int, help="how many pictures are indexed; 0: none")
    parser.add_argument("--server", help="the address of a server without passwords")
    args = parser.parse_args()
    if args.server:
        _run(args, _Server(args.server))
    else:
        with pypi_server() as (uri, pid):
            _run(args, _Server(uri, pid))


def _run(args: argparse.Namespace, server: _Server) -> None:
    sizes: Sequence[int] = _SHORT_SIZES if args.short else _SIZES
    if args.sizes is not None:
        sizes = _numbers(args.sizes)
    pictures = _SHORT_PICTURES if args.short else _PICTURES
    if args.pictures is not None:
        pictures = args.pictures
    numbers, all_figures = _numbers(args.processes), list[Figures]()
    parts: list[str] = []
    try:
        if pictures:
            rates = measure_pictures(server.uri, pictures, numbers)
            parts.append(pictures_table(pictures, rates))
            say(parts[0])
        for size in sizes:
            all_figures.append(Figures(size))
            _measure(server, size, numbers, all_figures[-1])
            say("\n\n".join(_tables(all_figures)))
    finally:
        section("Scale", "scale", *_tables(all_figures), *parts)


if __name__ == "__main__":
    main()
