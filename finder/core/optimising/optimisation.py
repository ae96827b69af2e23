"""Makes a model's variants and measures them on the user's own pictures: a plain generator that
may be closed at any `yield`. Nothing is kept until somebody asks for it (`keep_variant`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Executor, wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from finder.core.cancellation import CancelToken
from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import mark, tr
from finder.core.library.catalogue.catalogue import Catalogue
from finder.core.library.catalogue.settings import load_settings
from finder.core.library.indexing.crash_journal import CrashJournal, CrashSuspects
from finder.core.limits import MAX_PIXELS
from finder.core.models.manifest import load_spec
from finder.core.models.runtime.embedder import Embedder
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.throughput import Throughput
from finder.core.models.spec import ModelSpec
from finder.core.optimising.neighbour_overlap import mean_cosine, overlap
from finder.core.optimising.precision import precision_of, variant_of
from finder.core.optimising.variants import Order, possible
from finder.core.paths import Home, samples_dir
from finder.core.pictures.decode import decode, read_file
from finder.core.pictures.scan import UnreadablePath, walk
from finder.core.writer_lock import WriterLock

CALIBRATED_ON = 150
"""Pictures at most: a hundred or two are usual for taking ranges."""
COMPARED_ON = 500
_FEWEST = 20
"""Pictures that say something; a library with fewer is judged by the samples."""
_LOOK_EVERY = 0.1  # seconds
_KEPT_IMAGES = 16

Make = Callable[[Order, CancelToken], None]
"""Makes a variant in a process of its own; raises FinderError, Stopped."""


@dataclass(frozen=True)
class Measured:
    """A model as it ran here. alone, together: pictures per second on one thread, and on as many
    as the program uses; overlap: of its lists of ten neighbours with those of the model it was
    made of; cosine: the mean to that model's vectors."""

    spec: ModelSpec
    precision: str
    bytes: int
    alone: float
    together: float
    overlap: float
    cosine: float


@dataclass(frozen=True)
class Report:
    """What was measured. measured: the model itself, then its variants; on so many pictures of the
    library, or samples; notes: sentences on what could not be made."""

    measured: tuple[Measured, ...]
    pictures: int
    are_samples: bool
    threads: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class OptimisationProgress:
    """One look at it. doing: what is being done, done of total of that; the last has the report."""

    doing: str
    done: int = 0
    total: int = 0
    report: Report | None = None


@dataclass(frozen=True)
class Wish:
    """What to make. precisions: none means all that are possible; pictures: to compare on."""

    spec: ModelSpec
    precisions: tuple[str, ...] = ()
    pictures: int = COMPARED_ON


@dataclass(frozen=True)
class _Pictures:
    calibrating: tuple[str, ...]
    comparing: tuple[str, ...]
    are_samples: bool
    max_pixels: int


def optimise(
    home: Home,
    wish: Wish,
    parent: Path,
    make: Make,
    executor: Executor,
    threads: int,
    open_model: Callable[[ModelSpec], Embedder] = Extractor,
) -> Generator[OptimisationProgress]:
    """Make the variants' folders below `parent` (see `workshop`), and compare.

    executor: of so many threads; open_model: what computes each of the models. Raises FinderError
    where nothing can be made, or another process writes to the library.
    """
    precisions, notes = possible(home, wish.spec, wish.precisions)
    _require_any(precisions, notes)
    with WriterLock(home, mark("a comparison of models")):
        pictures = _pick(home, wish.pictures)
        variants = []
        for precision in precisions:
            order = Order(wish.spec, precision, pictures.calibrating, pictures.max_pixels, parent)
            try:
                yield from _made(order, make, executor)
            except FinderError as error:  # another precision may do
                notes.append(error.sentence)
                continue
            variants.append(load_spec(parent / variant_of(wish.spec, precision).name))
        _require_any(variants, notes)
        with CrashJournal(home) as in_hand:
            models = [open_model(spec) for spec in (wish.spec, *variants)]
            trial = _Trial(models, pictures, in_hand)
            yield from trial.compare()
        yield from trial.measure_together(executor, threads)
    report = trial.report(threads, tuple(notes))
    yield OptimisationProgress(tr("Measuring the speed"), report=report)


def _require_any(what: Sequence[object], notes: Sequence[str]) -> None:
    if not what:
        hint = tr("Remove the existing variant, or choose another one.")
        raise FinderError(" ".join(notes), hint)


def _pick(home: Home, number: int) -> _Pictures:
    """Pictures of the library at random: ids are hashes, so the first are as good as any. int8
    looks at others than it is judged by, where there are enough."""
    max_pixels = MAX_PIXELS
    if home.catalogue.is_file():
        with closing(Catalogue(home)) as catalogue:
            max_pixels = load_settings(catalogue).max_pixels
            paths = catalogue.files.first_paths(number + CALIBRATED_ON)
        suspects = CrashSuspects(home).paths
        paths = [path for path in paths if path not in suspects]
        if len(paths) >= _FEWEST:
            return _Pictures(
                tuple(paths[-CALIBRATED_ON:]), tuple(paths[:number]), False, max_pixels
            )
    samples = _samples()
    some = samples[:: max(1, len(samples) // number)][:number]
    return _Pictures(tuple(samples), tuple(some), True, max_pixels)


def _samples() -> list[str]:
    found = [files for files in walk(str(samples_dir())) if not isinstance(files, UnreadablePath)]
    return sorted(os.fsdecode(path) for files in found for path, *_ in files)


def _made(order: Order, make: Make, executor: Executor) -> Generator[OptimisationProgress]:
    stop = CancelToken()
    future = executor.submit(make, order, stop)
    try:
        while not future.done():
            yield OptimisationProgress(tr("Creating {name}").format(name=order.precision))
            wait([future], _LOOK_EVERY)
    finally:
        stop.set()
        wait([future])  # its process is gone, and nothing is written any more
    future.result()


class _Trial:
    """The model and its variants over the same pictures."""

    def __init__(
        self, models: Sequence[Embedder], pictures: _Pictures, in_hand: CrashJournal
    ) -> None:
        self._pictures, self._in_hand = pictures, in_hand
        self._extractors = {model.spec.name: model for model in models}
        self._seconds = dict.fromkeys(self._extractors, 0.0)
        self._vectors: dict[str, list[NDArray[np.float32]]] = {n: [] for n in self._extractors}
        self._images: list[Image.Image] = []
        self._together: dict[str, float] = {}

    def compare(self) -> Generator[OptimisationProgress]:
        """Embed each picture with all of them, one after the other, on this thread."""
        paths = self._pictures.comparing
        for done, path in enumerate(paths):
            yield OptimisationProgress(tr("Comparing"), done, len(paths))
            try:
                self._look_at(path)
            except SkippedPicture:
                continue
        if len(self._images) < 2:
            raise FinderError(
                tr("There are no pictures to compare with."), tr("Index some pictures first.")
            )

    def _look_at(self, path: str) -> None:
        spec = next(iter(self._extractors.values())).spec
        data = read_file(path, follow_link=False)
        with self._in_hand.holding(path):
            image = decode(data, spec.decode_side, self._pictures.max_pixels).image
        took, vectors = {}, {}
        for name, extractor in self._extractors.items():
            began = time.perf_counter()
            vectors[name] = extractor.embed_image(image)
            took[name] = time.perf_counter() - began
        for name in self._extractors:
            self._seconds[name] += took[name]
            self._vectors[name].append(vectors[name])
        if len(self._images) < _KEPT_IMAGES:
            self._images.append(image)

    def measure_together(self, executor: Executor, threads: int) -> Generator[OptimisationProgress]:
        each = {name: spent / self._number for name, spent in self._seconds.items()}
        pace = Throughput(self._extractors, self._images, each, executor, threads)
        for done, total in pace.rounds():
            yield OptimisationProgress(tr("Measuring the speed"), done, total)
        self._together = pace.medians()

    @property
    def _number(self) -> int:
        return len(next(iter(self._vectors.values())))

    def report(self, threads: int, notes: tuple[str, ...]) -> Report:
        return Report(
            measured=tuple(self._measured()),
            pictures=self._number,
            are_samples=self._pictures.are_samples,
            threads=threads,
            notes=notes,
        )

    def _measured(self) -> Iterable[Measured]:
        all_vectors = {name: np.stack(vectors) for name, vectors in self._vectors.items()}
        own = next(iter(all_vectors.values()))
        for name, extractor in self._extractors.items():
            content = extractor.spec.file.read_bytes()
            yield Measured(
                spec=extractor.spec,
                precision=precision_of(content),
                bytes=len(content),
                alone=self._number / self._seconds[name],
                together=self._together[name],
                overlap=overlap(own, all_vectors[name]),
                cosine=mean_cosine(own, all_vectors[name]),
            )
