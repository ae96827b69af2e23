"""Nearest neighbours: the search alone beside numpy and faiss, the whole answer, filters, three
models, and other vector databases.

    python -m benchmarks.nearest [--short] [--runs N]

All are asked the same 20 nearest of the same made-up vectors, one query at a time, in turn. A time
is the median over the queries, then over the runs. sqlite-vec, lancedb and usearch run in an
environment of their own (`benchmarks/requirements.txt`): IMAGE_FINDER_BENCH_PYTHON names its
Python, else it is `.venv-bench`.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import (
    ROOT,
    Options,
    in_turn,
    median,
    options,
    ratio,
    say,
    seconds,
    section,
    table,
    verdict,
)
from benchmarks.material import made_up_outcomes
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.picture_filter import NO_FILTER, Filter
from finder.core.library.catalogue.records import ModelState
from finder.core.library.indexing.file_result import FileResult
from finder.core.library.vectors.vector_matrix import MatrixFiles, checksums
from finder.core.library.view.model_index import ModelIndex
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import InputSpec, ModelSpec
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.core.search.model_scores import checked_products, score_model
from finder.core.search.query import Query, QueryItem
from finder.core.search.searcher import Searcher
from finder.core.search.similarity import similarity_of
from finder.use_cases.library_search import open_searcher

Vectors = NDArray[np.float32]
Ask = Callable[[Vectors], list[int]]
"""A query's unit vector to the rows of the 20 nearest."""

_TOP = 20
_BATCH = 2_000
_FOLDER = os.path.join(os.sep, "made")
_FIRST_HOUR = np.datetime64("2010-01-01T00")
_PEERS = ("sqlite-vec", "lancedb", "usearch HNSW", "usearch exact")
_MILVUS: Mapping[str, tuple[dict[str, int], dict[str, int]]] = {
    "FLAT": ({}, {}),
    "IVF_FLAT": ({"nlist": 128}, {"nprobe": 16}),
    "HNSW": ({"M": 16, "efConstruction": 200}, {"ef": 64}),
}
"""Kind of index: how it is made, how it is searched."""


@dataclass(frozen=True)
class FilterCase:
    """A filter, and which rows of the made-up library it leaves."""

    name: str
    filter: Filter
    rows: NDArray[np.int64]


class Sample:
    """A made-up library: its matrix, queries near some of its pictures, and the exact answers."""

    def __init__(self, root: Path, pictures: int, dimension: int, models: int = 1) -> None:
        say(f"making {models} × {pictures:,} × {dimension:,}")
        self.home = Home(root / f"{pictures}-{dimension}")
        self.specs = [_made_up_spec(f"made-up-{n}", dimension, f"{n:x}") for n in range(models)]
        _make_library(self.home, self.specs, pictures)
        self.matrix = _matrix(self.home, self.specs[0])
        self.queries = _queries(self.matrix, min(400, max(20, 400_000 // pictures)))
        self.truth = exact_top(self.matrix, self.queries, np.arange(pictures))

    @property
    def title(self) -> str:
        return f"{len(self.matrix):,} × {self.matrix.shape[1]:,}"

    @contextmanager
    def searcher(self) -> Iterator[Searcher]:
        with closing(open_searcher(self.home, ExtractorPool())) as searcher:
            yield searcher

    def whole(self, searcher: Searcher, models: int = 1, filter: Filter = NO_FILTER) -> Ask:
        """What the window asks: search, ranks, the matches' files, the combined ranking."""
        specs = self.specs[:models]

        def ask(query: Vectors) -> list[int]:
            asked = _query_with(query, specs)
            result = searcher.search(asked, specs, _TOP, Metric.EUCLIDEAN, filter=filter)
            return [match.picture.id - 1 for match in result.models[specs[0].name]]

        return ask

    def kernel(self) -> Ask:
        """The search of one model alone: products, candidates, their exact order."""
        index = ModelIndex(self.home.nearest)
        with closing(Catalogue(self.home)) as catalogue:
            index.refresh(catalogue, _state(catalogue, self.specs[0]))
        similarity = similarity_of(self.specs[0], Metric.EUCLIDEAN)

        def ask(query: Vectors) -> list[int]:
            products = checked_products(index, query, similarity)
            top = score_model(index, query, similarity, products, _TOP).top
            return [picture - 1 for picture in top]

        return ask


def main() -> None:
    told = options(__doc__)
    sizes = [(1_000, 1_280), (10_000, 1_280), (50_000 if told.short else 100_000, 1_280)]
    if not told.short:
        sizes.append((1_000_000, 384))
    peers_from, peers_to = (10_000, 10_000) if told.short else (10_000, 1_000_000)
    speeds: list[list[str]] = []
    parts: list[str] = []
    beside: list[str] = []
    for pictures, dimension in sizes:
        models = 3 if pictures in (50_000, 100_000) else 1
        with TemporaryDirectory() as folder:
            sample = Sample(Path(folder), pictures, dimension, models)
            speeds.append(speed_row(sample, told))
            if models == 3:
                parts.append(models_part(sample, told))
            if pictures >= 50_000:
                parts.append(filters_part(sample, told))
            if peers_from <= pictures <= peers_to:
                beside.append(peers_part(sample, Path(folder), told))
    section("Nearest neighbours", "nearest", speed_part(speeds), *parts, peers_text(), *beside)


# The search alone


def speed_part(rows: Sequence[Sequence[str]]) -> str:
    head = ["pictures × numbers", "Image Finder", "numpy", "faiss.knn"]
    head += ["Image Finder ÷ the faster one", f"recall@{_TOP} of the three"]
    return (
        f"Milliseconds for the exact {_TOP} nearest of one query, on the same memory-mapped matrix."
        " Image Finder: products, candidates, each new candidate's checksum, their order by the"
        " distances themselves. numpy: `matrix @ query`, argpartition, sort.\n\n"
        + table(head, rows)
    )


def speed_row(sample: Sample, told: Options) -> list[str]:
    asks = {"ours": sample.kernel(), "numpy": _by_numpy(sample), "faiss": _by_faiss(sample)}
    times = medians_in_turn(told, asks, sample.queries)
    fastest = [min(pair) for pair in zip(times["numpy"], times["faiss"], strict=True)]
    recalls = [recall([ask(q) for q in sample.queries], sample.truth) for ask in asks.values()]
    return [
        sample.title,
        *(_milliseconds(times[name]) for name in asks),
        verdict(ratio(times["ours"], fastest), 1.5),
        " / ".join(f"{value:.3f}" for value in recalls),
    ]


def _by_numpy(sample: Sample) -> Ask:
    matrix = sample.matrix

    def ask(query: Vectors) -> list[int]:
        products = matrix @ query
        best = np.argpartition(products, -_TOP)[-_TOP:]
        rows: list[int] = best[np.argsort(-products[best])].tolist()
        return rows

    return ask


def _by_faiss(sample: Sample) -> Ask:
    faiss: Any = importlib.import_module("faiss")

    def ask(query: Vectors) -> list[int]:
        _, rows = faiss.knn(query[None], sample.matrix, _TOP, faiss.METRIC_INNER_PRODUCT)
        found: list[int] = rows[0].tolist()
        return found

    return ask


# The whole answer: three models, filters


def models_part(sample: Sample, told: Options) -> str:
    """One model beside three and their combined ranking."""
    with sample.searcher() as searcher:
        asks = {"one": sample.whole(searcher), "three": sample.whole(searcher, 3)}
        times = medians_in_turn(told, asks, sample.queries)
    rows = [
        ["one model", _milliseconds(times["one"]), "1"],
        [
            "three models and their combined ranking",
            _milliseconds(times["three"]),
            verdict(ratio(times["three"], times["one"]), 3.3),
        ],
    ]
    head = [f"{sample.title}, whole answer", "ms", "÷ one model"]
    return (
        "The whole answer: search, ranks, files of the matches, the combined ranking.\n\n"
        + table(head, rows)
    )


def filters_part(sample: Sample, told: Options) -> str:
    """The whole answer within a folder or dates beside the unfiltered one."""
    filters = _filters(len(sample.matrix))
    with sample.searcher() as searcher:
        asks = {"": sample.whole(searcher)}
        asks |= {f.name: sample.whole(searcher, filter=f.filter) for f in filters}
        times = medians_in_turn(told, asks, sample.queries)
        exact = {f.name: _exact_share(sample, f, asks[f.name]) for f in filters}
        first = {f.name: _first_with(sample, searcher, f) for f in filters}
    rows = [["no filter", "100 %", _milliseconds(times[""]), "1", "–", "–"]]
    rows += [
        [
            f.name,
            f"{len(f.rows) / len(sample.matrix):.0%}",
            _milliseconds(times[f.name]),
            verdict(ratio(times[f.name], times[""]), 1.1),
            f"{first[f.name]:.1f}",
            f"{exact[f.name]:.0%} of answers",
        ]
        for f in filters
    ]
    head = [f"{sample.title}, whole answer", "of the pictures", "ms", "÷ no filter"]
    head += ["ms, first query with a filter", "equal to brute force"]
    return table(head, rows)


def _filters(pictures: int) -> list[FilterCase]:
    rows = np.arange(pictures)
    taken = (_FIRST_HOUR + (rows + 1).astype("m8[h]")).astype("M8[D]")

    def dates(name: str, start: str, end: str) -> FilterCase:
        within = (taken >= np.datetime64(start)) & (taken <= np.datetime64(end))
        return FilterCase(name, Filter(taken_from=start, taken_until=end), rows[within])

    return [
        FilterCase(
            "one folder of ten",
            Filter(folder=os.path.join(_FOLDER, _sub_folder(3))),
            rows[(rows + 1) % 10 == 3],
        ),
        dates("seven months", "2010-06-01", "2010-12-31"),
        dates("three and a half years", "2010-06-01", "2013-12-31"),
    ]


def _exact_share(sample: Sample, chosen: FilterCase, ask: Ask) -> float:
    """The share of queries whose answer is that of brute force over the rows that match."""
    truth = exact_top(sample.matrix, sample.queries, chosen.rows)
    same = [ask(query) == rows for query, rows in zip(sample.queries, truth, strict=True)]
    return sum(same) / len(same)


def _first_with(sample: Sample, searcher: Searcher, chosen: FilterCase) -> float:
    """Milliseconds of a first query with filters like this one, none of them asked before."""
    if chosen.filter.folder is not None:
        unasked = [Filter(folder=os.path.join(_FOLDER, _sub_folder(n))) for n in (0, 1, 2, 4, 5)]
    else:
        until = chosen.filter.taken_until
        unasked = [Filter(taken_from=f"2010-06-{n:02d}", taken_until=until) for n in range(2, 7)]
    query = sample.queries[0]
    sample.whole(searcher)(query)
    asks = [sample.whole(searcher, filter=filter) for filter in unasked]
    return 1e3 * median([seconds(partial(ask, query)) for ask in asks])


# Beside other libraries

Asked = tuple[float, list[list[int]]]
"""(median milliseconds of a query, the rows found for each)"""


@dataclass(frozen=True)
class Peer:
    """Something to measure beside our own search, which must find the same. build: seconds to
    fill it and make its index; ask: asks all queries once."""

    name: str
    build: float
    ask: Callable[[], Asked]
    ours: Ask
    truth: list[list[int]]


def peers_text() -> str:
    ivf, hnsw = (_described(_MILVUS[kind]) for kind in ("IVF_FLAT", "HNSW"))
    return (
        "Other vector databases with the same vectors, each in turn with Image Finder's exact "
        f"search alone. Milvus' IVF_FLAT has {ivf}; its HNSW {hnsw}; usearch's HNSW is as it "
        "comes, with float32. (Made-up vectors lie in clusters: a graph finds its way more easily "
        "than among pictures.)"
    )


def peers_part(sample: Sample, folder: Path, told: Options) -> str:
    """Other vector databases over the same vectors, each in turn with Image Finder's search."""
    notes: list[str] = []
    rows: list[list[str]] = []
    with sample.searcher() as searcher:
        for peer in _peers(sample, searcher, folder, notes):
            try:
                rows.append(_peer_row(peer, sample, told))
            except PeerError as error:
                notes.append(_not_measured(peer.name, error))
    head = [sample.title, "ms", "Image Finder, ms", "÷ Image Finder", f"recall@{_TOP}"]
    head.append("s to fill and index")
    return "\n\n".join([table(head, rows), *notes])


def _peer_row(peer: Peer, sample: Sample, told: Options) -> list[str]:
    say(f"{sample.title}: {peer.name}")
    found = peer.ask()[1]
    times = in_turn(
        told.runs,
        {
            "ours": lambda: asked_all(peer.ours, sample.queries)[0],
            "peer": lambda: peer.ask()[0],
        },
    )
    return [
        peer.name,
        _milliseconds(times["peer"]),
        _milliseconds(times["ours"]),
        f"{ratio(times['peer'], times['ours']):.2f}",
        f"{recall(found, peer.truth):.3f}",
        f"{peer.build:.1f}" if peer.build >= 0.05 else "–",
    ]


def _peers(sample: Sample, searcher: Searcher, folder: Path, notes: list[str]) -> Iterator[Peer]:
    """Each is ready to be asked until the next one. notes: takes what could not be measured."""
    ours, queries = sample.kernel(), sample.queries
    whole = partial(asked_all, sample.whole(searcher), queries)
    yield Peer("Image Finder, whole answer", 0.0, whole, ours, sample.truth)
    yield from _milvus_peers(sample, searcher, folder, notes)
    yield from _peers_elsewhere(sample, ours, folder, notes)


def _milvus_peers(
    sample: Sample, searcher: Searcher, folder: Path, notes: list[str]
) -> Iterator[Peer]:
    ours = sample.kernel()
    with closing(Milvus(folder / "milvus.db")) as milvus:
        fill = _tried("Milvus", partial(milvus.fill, sample.matrix), notes)
        if fill is None:
            return
        for kind in _MILVUS:
            name = f"MilvusClient.search, {kind}"
            build = _tried(name, partial(milvus.make_index, kind), notes)
            if build is not None:
                ask = partial(asked_all, milvus.asks(kind), sample.queries)
                yield Peer(name, fill + build, ask, ours, sample.truth)
            if build is not None and kind == "FLAT":
                yield _milvus_filtered(sample, searcher, milvus)
            milvus.drop_index()


def _milvus_filtered(sample: Sample, searcher: Searcher, milvus: Milvus) -> Peer:
    chosen = _filters(len(sample.matrix))[0]
    ask = partial(asked_all, milvus.asks("FLAT", f'folder == "{_sub_folder(3)}"'))
    return Peer(
        f"the same within {chosen.name}; Image Finder's whole answer",
        0.0,
        partial(ask, sample.queries),
        sample.whole(searcher, filter=chosen.filter),
        exact_top(sample.matrix, sample.queries, chosen.rows),
    )


def _peers_elsewhere(sample: Sample, ours: Ask, folder: Path, notes: list[str]) -> Iterator[Peer]:
    python = bench_python()
    if python is None:
        notes.append(
            f"{', '.join(_PEERS)}: not measured, their environment is not there "
            "(`benchmarks/requirements.txt`)."
        )
        return
    with closing(Elsewhere(python, sample, folder)) as process:
        for name in _PEERS:
            build = _tried(name, partial(process.make, name), notes)
            if build is not None:
                yield Peer(name, build, partial(process.ask, name), ours, sample.truth)


def _tried(name: str, make: Callable[[], float], notes: list[str]) -> float | None:
    """The seconds that making it took, or None and a note why not."""
    say(f"making {name}")
    try:
        return make()
    except PeerError as error:
        notes.append(_not_measured(name, error))
        return None


def _not_measured(name: str, error: PeerError) -> str:
    return f"{name}: not measured ({str(error).partition(chr(10))[0]})."


class PeerError(Exception):
    """Another library is not there, or failed."""


class Milvus:
    """Milvus Lite as its documentation uses it: one collection, one index at a time.

    Filling it, making an index and asking raise PeerError.
    """

    def __init__(self, path: Path) -> None:
        os.environ["no_proxy"] = "127.0.0.1,localhost"
        from pymilvus import MilvusClient

        self._client: Any = MilvusClient(str(path))

    def fill(self, matrix: Vectors) -> float:
        """Gives the seconds that it took, as `make_index` does."""
        from pymilvus import DataType

        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=matrix.shape[1])
        schema.add_field("folder", DataType.VARCHAR, max_length=100)
        began = time.perf_counter()
        self._call("create_collection", "made", schema=schema)
        for start in range(0, len(matrix), _BATCH):
            rows = [
                {"id": start + at, "vector": vector, "folder": _sub_folder(start + at + 1)}
                for at, vector in enumerate(np.array(matrix[start : start + _BATCH]))
            ]
            self._call("insert", "made", rows)
        self._call("flush", "made")
        return time.perf_counter() - began

    def close(self) -> None:
        self._client.close()

    def make_index(self, kind: str) -> float:
        index = self._client.prepare_index_params()
        index.add_index("vector", index_type=kind, metric_type="IP", params=_MILVUS[kind][0])
        began = time.perf_counter()
        self._call("create_index", "made", index)
        self._call("load_collection", "made")
        return time.perf_counter() - began

    def drop_index(self) -> None:
        with suppress(PeerError):  # one that could not be made
            self._call("release_collection", "made")
            self._call("drop_index", "made", "vector")

    def asks(self, kind: str, where: str = "") -> Ask:
        how = {"metric_type": "IP", "params": _MILVUS[kind][1]}

        def ask(query: Vectors) -> list[int]:
            (hits,) = self._call(
                "search", "made", [query], filter=where, limit=_TOP, search_params=how
            )
            return [int(hit["id"]) for hit in hits]

        return ask

    def _call(self, method: str, *arguments: Any, **named: Any) -> Any:
        try:
            return getattr(self._client, method)(*arguments, **named)
        except Exception as error:  # of many classes
            raise PeerError(str(error)) from error


class Elsewhere:
    """`benchmarks.nearest_peers` in its own environment, answering line by line."""

    def __init__(self, python: Path, sample: Sample, folder: Path) -> None:
        matrix, queries = folder / "matrix.npy", folder / "queries.npy"
        np.save(matrix, sample.matrix)
        np.save(queries, sample.queries)
        self._process = subprocess.Popen(
            [python, ROOT / "benchmarks" / "nearest_peers.py", matrix, queries, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """It ends with its input."""
        self._process.communicate()

    def make(self, name: str) -> float:
        """Fill it and make its index; gives the seconds. Raises PeerError."""
        return float(self._answer("make", name)["seconds"])

    def ask(self, name: str) -> Asked:
        """Ask it all queries. Raises PeerError."""
        answer = self._answer("ask", name)
        return answer["milliseconds"], answer["found"]

    def _answer(self, order: str, name: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": order, "peer": name}) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise PeerError(str(error)) from error
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"error": "ended"}')
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer


def bench_python() -> Path | None:
    """The Python of the environment with the peers; None where there is none."""
    told = os.environ.get("IMAGE_FINDER_BENCH_PYTHON")
    inside = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    path = Path(told) if told else ROOT.joinpath(".venv-bench", *inside)
    return path if path.is_file() else None


# Asking and comparing


def medians_in_turn(
    told: Options, asks: Mapping[str, Ask], queries: Vectors
) -> dict[str, list[float]]:
    """For each way its runs, in turn: the median milliseconds of a query."""
    return in_turn(
        told.runs, {name: partial(_median_of, ask, queries) for name, ask in asks.items()}
    )


def asked_all(ask: Ask, queries: Vectors) -> Asked:
    """Ask all queries, one after the other, after one that does not count."""
    times, found = [], []
    ask(queries[0])
    for query in queries:
        began = time.perf_counter()
        rows = ask(query)
        times.append(time.perf_counter() - began)
        found.append(rows)
    return 1e3 * median(times), found


def exact_top(matrix: Vectors, queries: Vectors, rows: NDArray[np.int64]) -> list[list[int]]:
    """For each query the 20 of these rows with the smallest float64 distance, nearest first."""
    wide = queries.astype(np.float64).T
    distances = np.concatenate(
        [
            _distances_squared(matrix[rows[start : start + _BATCH]], wide)
            for start in range(0, len(rows), _BATCH)
        ]
    )
    best = np.argsort(distances, axis=0, kind="stable")[:_TOP]
    nearest: list[list[int]] = rows[best].T.tolist()
    return nearest


def recall(found: Sequence[Sequence[int]], truth: Sequence[Sequence[int]]) -> float:
    """The share of the exact answers that was found."""
    pairs = list(zip(found, truth, strict=True))
    return sum(len(set(a) & set(b)) for a, b in pairs) / sum(len(b) for _, b in pairs)


def _median_of(ask: Ask, queries: Vectors) -> float:
    return asked_all(ask, queries)[0]


def _distances_squared(vectors: Vectors, queries: NDArray[np.float64]) -> NDArray[np.float64]:
    """|v|² − 2 v·q for each row and each column of queries [D, Q]: ordered as the distances."""
    wide = vectors.astype(np.float64)
    ordered: NDArray[np.float64] = (wide**2).sum(axis=1, keepdims=True) - 2.0 * wide @ queries
    return ordered


def _milliseconds(times: Sequence[float]) -> str:
    value = median(times)
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _described(settings: tuple[dict[str, int], dict[str, int]]) -> str:
    return ", ".join(f"{key} {value}" for part in settings for key, value in part.items())


# Making the library


def _made_up_spec(name: str, dimension: int, mark: str) -> ModelSpec:
    """A model that nobody runs. mark: a hexadecimal digit that tells it from the others."""
    nothing = (0.0, 0.0, 0.0)
    shown = InputSpec("input", "NCHW", 8, 8, "squash", "bicubic", "RGB", nothing, (1.0, 1.0, 1.0))
    return ModelSpec(
        name=name,
        version="1",
        title=name,
        description="made up",
        dimension=dimension,
        licence="none",
        source="none",
        file=Path("nowhere.onnx"),
        sha256=mark * 64,
        input=shown,
        output="embedding",
    )


def _make_library(home: Home, specs: Sequence[ModelSpec], pictures: int) -> None:
    """Catalogue and matrix as the writer leaves them, without Milvus: no search opens it."""
    with closing(Catalogue(home)) as catalogue:
        with catalogue.transaction():
            catalogue.folders.add(_FOLDER)
            for spec in specs:
                catalogue.models.put(spec)
        states = [_state(catalogue, spec) for spec in specs]
        for first in range(1, pictures + 1, _BATCH):
            size = min(_BATCH, pictures + 1 - first)
            made = made_up_outcomes(specs, first, size, _FOLDER)
            with catalogue.transaction():
                _put(catalogue, home, states, first, made)


def _put(
    catalogue: Catalogue,
    home: Home,
    states: Sequence[ModelState],
    first: int,
    made: Sequence[FileResult],
) -> None:
    ids = range(first, first + len(made))
    rows = range(first - 1, first - 1 + len(made))
    for picture, outcome in zip(ids, made, strict=True):
        assert outcome.facts is not None
        catalogue.pictures.put(picture, outcome.facts)
        catalogue.files.put(outcome.as_record())
    for state in states:
        vectors = np.stack([outcome.vectors[state.name] for outcome in made])
        MatrixFiles(home.nearest, state).write(first - 1, np.array(ids, dtype=np.int64), vectors)
        noted = zip(ids, rows, checksums(vectors), strict=True)
        catalogue.embeddings.add(state.name, noted)


def _matrix(home: Home, spec: ModelSpec) -> Vectors:
    with closing(Catalogue(home)) as catalogue:
        state = _state(catalogue, spec)
    return MatrixFiles(home.nearest, state).map_vectors(state.rows)


def _state(catalogue: Catalogue, spec: ModelSpec) -> ModelState:
    return catalogue.models.states()[spec.name]


def _queries(matrix: Vectors, number: int) -> Vectors:
    """Unit vectors from near a row (cosine 0.9) to hardly like any (0.3)."""
    random = np.random.default_rng(7)
    rows = np.sort(random.choice(len(matrix), number, replace=False))
    noise = random.standard_normal((number, matrix.shape[1]), dtype=np.float32)
    share = np.linspace(0.5, 3.0, number, dtype=np.float32) / np.sqrt(np.float32(matrix.shape[1]))
    queries = np.array(matrix[rows]) + random.permutation(share)[:, None] * noise
    unit: Vectors = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    return unit.astype(np.float32, copy=False)


def _query_with(vector: Vectors, specs: Sequence[ModelSpec]) -> Query:
    """A query that is "extracted" already: this vector for each of the models."""
    query = Query((QueryItem("query", b""),))
    for spec in specs:
        query.first.set_vector(spec, vector)
    return query


def _sub_folder(picture: int) -> str:
    """Where in the library's folder `made_up_outcomes` has a picture."""
    return f"part-{picture % 10}"


if __name__ == "__main__":
    main()
