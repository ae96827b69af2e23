"""How fast pictures are indexed, beside the ideal of the same run and beside the article's code.

python -m benchmarks.indexing [--short] [--runs N]
"""

from __future__ import annotations

import importlib
import math
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any, TypeVar
from unittest import mock

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from PIL import Image

from benchmarks.common import in_turn, options, say, section
from benchmarks.indexing_tables import (
    OF_THE_ARTICLE,
    Cell,
    article_table,
    article_text,
    explained,
    ideal_table,
    label,
    sharing_table,
    sharing_text,
)
from benchmarks.material import make_jpegs, make_mix, shipped_models
from finder.core.library.indexing.index_run import index
from finder.core.library.writer import LibraryWriter
from finder.core.models.preprocess import to_input
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.models.spec import DEFAULT_MODEL, InputSpec, ModelSpec
from finder.core.paths import Home
from finder.core.pictures.decode import decode
from finder.workers.worker_pools import worker_count, worker_pool

_ARTICLE_PICTURES = {"12 MP": 6, "1 MP": 12}
_IMAGES = 3  # for a model's inference it does not matter which

Item = TypeVar("Item")


@dataclass(frozen=True)
class Material:
    """Pictures to index. Their costs repeat after `period` files."""

    name: str
    files: Sequence[Path]
    period: int


def main() -> None:
    args = options(__doc__)
    specs = shipped_models()
    bench = _Bench(args.runs, 4.0 if args.short else 15.0, ready(specs))
    with tempfile.TemporaryDirectory() as folder:
        materials = _materials(Path(folder), bench.seconds)
        cells = [
            bench.measure(material, chosen)
            for material in materials
            for chosen in [*([spec] for spec in specs), specs]
        ]
        decodes = _decodes(materials[1], specs, bench.extractors)
    section(
        "Indexing",
        "indexing",
        explained(args.runs),
        ideal_table(cells),
        article_text(),
        article_table(cells),
        sharing_text(decodes),
        sharing_table(cells),
    )


def index_folder(
    home: Home, folder: Path, specs: Sequence[ModelSpec], extractors: ExtractorPool
) -> float:
    """Index a folder of readable, distinct pictures into a new library: the seconds it took, from
    opening the library to having closed it."""
    began = time.perf_counter()
    with LibraryWriter(home) as writer, worker_pool() as executors:
        for progress in index(writer, [str(folder)], specs, extractors, executors):
            last = progress
    took = time.perf_counter() - began
    if last.counts.new != last.total or not last.total:
        raise RuntimeError(f"of {last.total} pictures {last.counts.new} were indexed")
    return took


def index_files(
    files: Sequence[Path], specs: Sequence[ModelSpec], extractors: ExtractorPool
) -> float:
    """Index these pictures into a new library, which is thrown away: the seconds it took."""
    with tempfile.TemporaryDirectory() as folder:
        pictures = Path(folder) / "pictures"
        _link(files, pictures)
        return index_folder(Home(Path(folder) / "library"), pictures, specs, extractors)


def ready(specs: Sequence[ModelSpec]) -> ExtractorPool:
    """The models loaded and used once, and Milvus imported."""
    importlib.import_module("finder.core.library.vectors.milvus_lite")
    extractors = ExtractorPool()
    for spec in specs:
        extractors.get(spec).embed_image(Image.new("RGB", (320, 320), "grey"))
    return extractors


class _Bench:
    """seconds: how long indexing takes in one measurement, about."""

    def __init__(self, runs: int, seconds: float, extractors: ExtractorPool) -> None:
        self.seconds = seconds
        self.extractors = extractors
        self._runs = runs

    def measure(self, material: Material, specs: Sequence[ModelSpec]) -> Cell:
        data = [path.read_bytes() for path in material.files[: 2 * material.period]]
        sides = {spec.decode_side for spec in specs}
        alone = {
            "decode": partial(self._decode_alone, data, sides),
            "models_alone": partial(self._models_alone, data, specs),
        }
        guess = worker_count() / sum(measure() for measure in alone.values())
        number = _number(self.seconds * guess, material)
        step = math.lcm(material.period, worker_count())
        say(f"indexing {material.name}, {label(specs)}: {number} pictures")
        measures: dict[str, Callable[[], float]] = {
            **alone,
            "whole": partial(self._index, material, number, specs),
            "opening": partial(self._index, material, worker_count(), specs),
            "bare": partial(self._bare, data, _round(number / 3, step), specs),
            "loop": partial(self._loop, material.files[:number], specs),
        }
        if label(specs) == DEFAULT_MODEL and material.name in OF_THE_ARTICLE:
            some = material.files[: _ARTICLE_PICTURES[material.name]]
            measures["article"] = partial(_article, some, specs[0])
        values = in_turn(self._runs, measures)
        for name, measure in alone.items():
            values[name].append(measure())
        values.setdefault("article", [])
        return Cell(material.name, label(specs), number, **values)

    def _decode_alone(self, data: Sequence[bytes], sides: set[int]) -> float:
        def work(picture: bytes) -> None:
            for side in sides:
                decode(picture, side)

        return _mean_seconds(work, data, self.seconds / 10)

    def _models_alone(self, data: Sequence[bytes], specs: Sequence[ModelSpec]) -> float:
        total = 0.0
        for spec in specs:
            images = [decode(picture, spec.decode_side).image for picture in data[:_IMAGES]]
            total += _mean_seconds(partial(self._extract, spec), images, self.seconds / 10)
        return total

    def _extract(self, spec: ModelSpec, image: Image.Image) -> None:
        extractor = self.extractors.get(spec)
        assert isinstance(extractor, Extractor)
        extractor.embed(to_input(image, spec.input))

    def _bare(self, data: Sequence[bytes], number: int, specs: Sequence[ModelSpec]) -> float:
        """Decode + preprocess + inference on all cores at once, and nothing else."""

        def work(picture: bytes) -> None:
            images = {s: decode(picture, s).image for s in {spec.decode_side for spec in specs}}
            for spec in specs:
                self._extract(spec, images[spec.decode_side])

        with ThreadPoolExecutor(worker_count()) as pool:
            began = time.perf_counter()
            for _ in pool.map(work, islice(cycle(data), number)):
                pass
            return number / (time.perf_counter() - began)

    def _loop(self, files: Sequence[Path], specs: Sequence[ModelSpec]) -> float:
        """What somebody would write by hand for these files: a thread for each core, Pillow's
        reduced decode, resize, numpy, the same sessions. Nothing is hashed, checked or stored."""
        runs = [(spec, self._session_of(spec)) for spec in specs]
        side = max(spec.decode_side for spec in specs)

        def work(path: Path) -> None:
            with Image.open(path) as opened:
                scale = side / min(opened.size)
                opened.draft("RGB", (int(opened.width * scale), int(opened.height * scale)))
                image = opened.convert("RGB")
            for spec, run in runs:
                run([spec.output], {spec.input.name: _input_by_hand(image, spec.input)})

        with ThreadPoolExecutor(worker_count()) as pool:
            began = time.perf_counter()
            for _ in pool.map(work, files):
                pass
            return len(files) / (time.perf_counter() - began)

    def _session_of(
        self, spec: ModelSpec
    ) -> Callable[[list[str], dict[str, NDArray[Any]]], object]:
        extractor = self.extractors.get(spec)
        assert isinstance(extractor, Extractor)
        return extractor._session.run

    def _index(self, material: Material, number: int, specs: Sequence[ModelSpec]) -> float:
        return index_files(material.files[:number], specs, self.extractors)


def _input_by_hand(image: Image.Image, spec: InputSpec) -> NDArray[np.float32]:
    """float32 [1, 3, H, W] (NCHW) or [1, H, W, 3], for a model that squashes pictures."""
    small = image.resize((spec.width, spec.height), Image.Resampling.BICUBIC)
    pixels = np.asarray(small, dtype=np.float32)[:, :, :: -1 if spec.colour == "BGR" else 1]
    mean, std = np.asarray(spec.mean, np.float32), np.asarray(spec.std, np.float32)
    scaled = (pixels - mean) / std
    return np.ascontiguousarray(
        (scaled.transpose(2, 0, 1) if spec.layout == "NCHW" else scaled)[None]
    )


def _materials(folder: Path, seconds: float) -> list[Material]:
    """Enough pictures for the fastest model."""
    most = int(seconds * worker_count())
    return [
        Material("12 MP", make_jpegs(folder / "12", _round(40 * most, 6), 12), 6),
        Material("1 MP", make_jpegs(folder / "1", _round(120 * most, 6), 1), 6),
        Material("mix", make_mix(folder / "mix", _round(60 * most, 20)), 20),
    ]


def _number(wanted: float, material: Material) -> int:
    return min(_round(wanted, material.period), len(material.files))


def _round(number: float, step: int) -> int:
    return max(round(number / step), 1) * step


def _link(files: Sequence[Path], folder: Path) -> None:
    folder.mkdir()
    for path in files:
        try:
            os.link(path, folder / path.name)
        except OSError:
            shutil.copy(path, folder)


def _mean_seconds(work: Callable[[Item], object], items: Sequence[Item], at_least: float) -> float:
    """Seconds of one call: the mean over whole rounds, until the time is up."""
    began = time.perf_counter()
    done, took = 0, 0.0
    while took < at_least:
        for item in items:
            work(item)
        done += len(items)
        took = time.perf_counter() - began
    return took / done


def _article(files: Sequence[Path], spec: ModelSpec) -> float:
    """The article's code: pictures per second, one after the other, a session for each."""
    began = time.perf_counter()
    for path in files:
        session = ort.InferenceSession(str(spec.file), providers=["CPUExecutionProvider"])
        with Image.open(path) as image:
            pixels = to_input(image.convert("RGB"), spec.input)
        session.run([spec.output], {spec.input.name: pixels})
    return len(files) / (time.perf_counter() - began)


def _decodes(material: Material, specs: Sequence[ModelSpec], extractors: ExtractorPool) -> float:
    """How often a picture is decoded when it is indexed for all models: counted, not timed."""
    files = material.files[: material.period]
    with mock.patch("finder.core.library.indexing.worker.decode", wraps=decode) as counter:
        index_files(files, specs, extractors)
    return counter.call_count / len(files)


if __name__ == "__main__":
    main()
