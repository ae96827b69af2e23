"""Growth: what one more picture, a byte on disk, opening, searching and memory cost as the
library grows.

    python -m benchmarks.growth [--short] [--runs N]

Libraries of made-up vectors, written by the real writer; every picture that is added is a new
JPEG file of 1 MP, indexed by a real model. The long form adds a million pictures, for a model of
384 numbers, where 20 GB are free on the disk.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from benchmarks.common import (
    ROOT,
    Options,
    in_turn,
    median,
    options,
    ratio,
    run_python,
    say,
    seconds,
    section,
    table,
    verdict,
)
from benchmarks.material import fill_library, make_jpegs, shipped_models
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.indexing.index_run import index
from finder.core.library.thumbnail_store import ThumbnailStore
from finder.core.library.writer import LibraryWriter
from finder.core.models.manifest import load_spec
from finder.core.models.registry import pick_models
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import DEFAULT_MODEL, ModelSpec
from finder.core.paths import Home
from finder.workers.worker_pools import worker_pool

_MILLION = 1_000_000
_FREE_FOR_MILLION = 20 * 10**9
_LINEAR = 1.1
"""An exponent up to this one is linear, as well as these sizes can tell."""

_EXPLANATION = """\
The exponent is the slope between the two largest sizes: 0 costs the same at any size, 1 grows as
the library does (for bytes: the whole library's). What grows with one more picture is opening the
library: reading which pictures it has, and Milvus' own files. A first answer reads the catalogue's
rows of one model and the whole matrix; a warm search reads the matrix alone. Where its line is
steeper than 1, compare the bare product's: a small matrix stays in the processor's cache, a large
one comes from memory. Only which row is whose is memory of the process; the matrix belongs to the
page cache, in which all files are here."""

_SMALL = "small"
_SMALL_TOML = """\
format = 1
name = "{name}"
version = "1"
title = "Small"
description = "The picture itself, very small."
dimension = 384
licence = "none"
source = "made here"

[file]
name = "model.onnx"
sha256 = "{sha256}"

[input]
name = "input"
layout = "NCHW"
height = 8
width = 16
resize = "squash"
resample = "bilinear"
colour = "RGB"
mean = [127.0, 127.0, 127.0]
std = [128.0, 128.0, 128.0]

[output]
name = "embedding"
"""

_FIRST_SEARCH = """
import json, os, sys, time
from contextlib import closing
from pathlib import Path
import numpy as np
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.vectors.vector_matrix import MatrixFiles
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.registry import list_models, pick_models
from finder.core.paths import Home
from finder.core.search.distance import Metric
from finder.use_cases.search.library_search import open_searcher
from finder.core.search.query.query import Query, QueryItem

home = Home(Path(sys.argv[1]))
(spec,) = pick_models(list_models(home.model_dirs())[0], [sys.argv[2]])
random = np.random.default_rng(1)

def ask():
    vector = random.standard_normal(spec.dimension).astype(np.float32)
    query = Query((QueryItem("query", b""),))
    query.items[0].set_vector(spec, vector / np.linalg.norm(vector))
    began = time.perf_counter()
    searcher.search(query, [spec], 20, Metric.EUCLIDEAN)
    return time.perf_counter() - began

def product():
    vector = random.standard_normal(spec.dimension).astype(np.float32)
    began = time.perf_counter()
    matrix @ vector
    return time.perf_counter() - began

def memory(name):
    for line in open("/proc/self/status"):
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024

searcher = open_searcher(home, ExtractorPool())
ask()
answered = time.time() - float(os.environ["BEGAN"])
on_linux = sys.platform == "linux"
figures = {"answered": answered, "anon": memory("RssAnon") if on_linux else None}
figures["rss"] = memory("VmRSS") if on_linux else None
figures["search"] = float(np.median([ask() for _ in range(20)]))
with closing(Catalogue(home)) as catalogue:
    state = catalogue.models.states()[spec.name]
matrix = MatrixFiles(home.nearest, state).map_vectors(state.rows)
figures["product"] = float(np.median([product() for _ in range(20)]))
print(json.dumps(figures))
"""


class Grown:
    """A library of made-up pictures, and a folder for real ones that are added."""

    def __init__(self, root: Path, spec: ModelSpec, pictures: int, stock: list[Path]) -> None:
        say(f"building {pictures:,} × {spec.dimension:,}")
        self.pictures = pictures
        self.spec = spec
        self.home = Home(root / f"library-{spec.name}-{pictures}")
        self._new = root / f"new-{spec.name}-{pictures}"
        self._new.mkdir()
        self._stock = stock
        self._embedded = pictures
        self.first_searches: list[dict[str, float]] = []
        if spec.name != DEFAULT_MODEL:
            shutil.copytree(spec.file.parent, self.home.models / spec.name)
        fill_library(self.home, [spec], pictures, str(root / "made-up"))
        self.bytes = {
            "catalogue": sum(
                path.stat().st_size for path in self.home.root.glob(f"{self.home.catalogue.name}*")
            ),
            "vectors.db": _bytes_below(self.home.vectors),
            "nearest": _bytes_below(self.home.nearest),
        }

    def by_command_line(self) -> float:
        """Seconds of a process that indexes one more picture."""
        self._put_new()
        command = [sys.executable, "-m", "finder", "index", "--home", str(self.home.root)]
        command += ["--model", self.spec.name, str(self._new)]
        run = partial(subprocess.run, command, cwd=ROOT, check=True, capture_output=True)
        return self._checked(seconds(run))

    def by_running_program(self, extractors: ExtractorPool) -> float:
        """Seconds for one more picture in a process that has its model loaded."""
        self._put_new()
        began = time.perf_counter()
        with LibraryWriter(self.home) as writer, worker_pool() as executors:
            for _ in index(writer, [str(self._new)], [self.spec], extractors, executors):
                pass
        return self._checked(time.perf_counter() - began)

    def first_search(self) -> float:
        """Seconds until a new process has opened the library and answered; `figures` has the
        rest."""
        printed = run_python(
            _FIRST_SEARCH, str(self.home.root), self.spec.name, BEGAN=str(time.time())
        )
        figures: dict[str, float] = json.loads(printed)
        self.first_searches.append(figures)
        return figures["answered"]

    def figures(self, name: str) -> list[float]:
        return [figures[name] for figures in self.first_searches]

    def _checked(self, taken: float) -> float:
        """Returns the time. Raises an error if no picture was added."""
        self._embedded += 1
        with closing(Catalogue(self.home)) as catalogue:
            assert catalogue.embeddings.counts()[self.spec.name] == self._embedded
        return taken

    def _put_new(self) -> None:
        """One more picture beside those that were indexed before."""
        shutil.move(self._stock.pop(), self._new)


def main() -> None:
    args = options(__doc__)
    (shipped,) = pick_models(shipped_models(), [DEFAULT_MODEL])
    largest = 50_000 if args.short else 100_000
    with TemporaryDirectory() as folder:
        root = Path(folder)
        parts = [growth_part(root, shipped, (1_000, 10_000, largest), args)]
        if not args.short:
            parts.append(million_part(root, args))
    section("Growth", "growth", *parts, _EXPLANATION)


def million_part(root: Path, args: Options) -> str:
    free = shutil.disk_usage(gettempdir()).free
    if free < _FREE_FOR_MILLION:
        return (
            f"A million pictures were not measured: {free / 1e9:.0f} GB are free on the disk, "
            f"{_FREE_FOR_MILLION / 1e9:.0f} GB are needed."
        )
    return growth_part(root, make_small_model(root), (10_000, _MILLION), args)


def growth_part(root: Path, spec: ModelSpec, sizes: Sequence[int], args: Options) -> str:
    """The table for libraries of these sizes, all measured in turn."""
    stock = make_jpegs(root / f"stock-{spec.name}", 2 * args.runs * len(sizes), 1)
    libraries = [Grown(root, spec, size, stock) for size in sizes]
    extractors = ExtractorPool()
    extractors.get(spec)
    say("adding pictures, opening, searching")
    measures: dict[str, Callable[[], float]] = {}
    for library in libraries:
        measures[f"process {library.pictures}"] = library.by_command_line
        measures[f"program {library.pictures}"] = partial(library.by_running_program, extractors)
        measures[f"search {library.pictures}"] = library.first_search
    times = in_turn(args.runs, measures)
    process = [times[f"process {library.pictures}"] for library in libraries]
    program = [times[f"program {library.pictures}"] for library in libraries]
    rows = [
        _row("index one more picture, `image-finder index`, s", sizes, process, 1, 1.5),
        _row("index one more picture, running program, ms", sizes, program, 1e3, 1.5),
        *_disk_rows(libraries),
        *_search_rows(libraries),
    ]
    head = [f"{spec.name} ({spec.dimension:,} numbers)", *(f"{size:,}" for size in sizes)]
    head += ["growth exponent", f"{sizes[-1]:,} ÷ {sizes[0]:,}"]
    thumbs = _thumbs_sentence(libraries)
    for library in libraries:
        shutil.rmtree(library.home.root)
    return table(head, rows) + f"\n\n{thumbs}"


# Rows


def _disk_rows(libraries: Sequence[Grown]) -> list[list[str]]:
    sizes = [library.pictures for library in libraries]
    rows = []
    for part in (*libraries[0].bytes, "all three"):
        parts = tuple(libraries[0].bytes) if part == "all three" else (part,)
        totals = [[float(sum(library.bytes[name] for name in parts))] for library in libraries]
        rows.append(_row(f"bytes for each picture: {part}", sizes, totals, per_picture=True))
    return rows


def _search_rows(libraries: Sequence[Grown]) -> list[list[str]]:
    sizes = [library.pictures for library in libraries]
    wanted = [
        ("process start to first answer, s", "answered", 1.0),
        ("search, warm, ms", "search", 1e3),
        ("for comparison: bare product of the same matrix in numpy, ms", "product", 1e3),
    ]
    if sys.platform == "linux":
        wanted.append(("memory of its own after the first search (RssAnon), MB", "anon", 1.0))
        wanted.append(("with the pages of the mapped matrix (RSS), MB", "rss", 1.0))
    return [
        _row(
            name,
            sizes,
            [library.figures(what) for library in libraries],
            scale,
            judged=what != "product",
        )
        for name, what, scale in wanted
    ]


def _row(
    name: str,
    sizes: Sequence[int],
    runs: Sequence[Sequence[float]],
    scale: float = 1.0,
    limit: float | None = None,
    per_picture: bool = False,
    judged: bool = True,
) -> list[str]:
    """runs: for each size the values measured; the exponent is that of the values between the
    two largest sizes. per_picture: show the values divided by the size. limit: of the last column.
    judged: the exponent has a target.
    """
    middles = [median(values) for values in runs]
    exponent = math.log(middles[-1] / middles[-2]) / math.log(sizes[-1] / sizes[-2])
    shares = [size if per_picture else 1 for size in sizes]
    shown = [_number(scale * value / share) for value, share in zip(middles, shares, strict=True)]
    growth = ratio(runs[-1], runs[0]) * shares[0] / shares[-1]
    last = f"{growth:.2f}" if limit is None else verdict(growth, limit)
    slope = verdict(exponent, _LINEAR) if judged else f"{exponent:.2f}"
    return [name, *shown, slope, last]


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _thumbs_sentence(libraries: Sequence[Grown]) -> str:
    number = size = 0
    for library in libraries:
        with closing(ThumbnailStore(library.home)) as store:
            number += len(store.pictures())
        size += library.home.thumbnails.stat().st_size
    return (
        "Made-up pictures have no thumbnails: a real picture's takes "
        f"{size / number:,.0f} bytes more (the mean of the {number} added here)."
    )


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


# A model of 384 numbers


def make_small_model(root: Path) -> ModelSpec:
    """A model whose embedding is the picture itself, squashed to 16 × 8 pixels."""
    from onnx import TensorProto, helper

    folder = root / "models" / _SMALL
    folder.mkdir(parents=True)
    graph = helper.make_graph(
        [helper.make_node("Flatten", ["input"], ["embedding"])],
        _SMALL,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, (1, 3, 8, 16))],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, (1, 384))],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    content: bytes = model.SerializeToString()
    (folder / "model.onnx").write_bytes(content)
    text = _SMALL_TOML.format(name=_SMALL, sha256=hashlib.sha256(content).hexdigest())
    (folder / "model.toml").write_text(text, encoding="utf-8")
    return load_spec(folder)


if __name__ == "__main__":
    main()
