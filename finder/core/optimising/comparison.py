"""Comparing a model and its variants: their vectors and their speed on the same pictures."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.models.runtime.throughput import Throughput
from finder.core.optimising.neighbour_overlap import mean_cosine, overlap
from finder.core.optimising.precision import precision_of
from finder.core.optimising.report import OptimisationProgress, Report, VariantMeasurement
from finder.core.pictures.decode import decode, read_file

if TYPE_CHECKING:
    from finder.core.library.indexing.reliability.crash_journal import CrashJournal
    from finder.core.models.runtime.embedder import Embedder
    from finder.core.optimising.comparison_pictures import ComparisonPictures

_KEPT_IMAGES = 16
"""Decoded pictures that are kept for measuring the throughput."""


class Comparison:
    """The model, which is the first of the embedders, and its variants."""

    def __init__(
        self, embedders: Sequence[Embedder], pictures: ComparisonPictures, journal: CrashJournal
    ) -> None:
        self._pictures, self._journal = pictures, journal
        self._embedders = {embedder.spec.name: embedder for embedder in embedders}
        self._seconds = dict.fromkeys(self._embedders, 0.0)
        self._vectors: dict[str, list[NDArray[np.float32]]] = {n: [] for n in self._embedders}
        self._images: list[Image.Image] = []
        self._throughput: dict[str, float] = {}

    def compare(self) -> Generator[OptimisationProgress]:
        """Embed each picture with all of them, one after the other, on this thread.

        Raises FinderError if fewer than two pictures could be embedded.
        """
        paths = self._pictures.comparison
        for done, path in enumerate(paths):
            yield OptimisationProgress(tr("Comparing"), done, len(paths))
            try:
                self._embed(path)
            except SkippedPicture:
                continue
        if len(self._images) < 2:
            raise FinderError(
                tr("There are no pictures to compare with."), tr("Index some pictures first.")
            )

    def _embed(self, path: str) -> None:
        """A picture that one of them cannot embed is left out."""
        spec = next(iter(self._embedders.values())).spec
        data = read_file(path, follow_link=False)
        with self._journal.holding(path):
            image = decode(data, spec.decode_side, self._pictures.max_pixels).image
        seconds, vectors = {}, {}
        for name, embedder in self._embedders.items():
            began = time.perf_counter()
            vectors[name] = embedder.embed_image(image)
            seconds[name] = time.perf_counter() - began
        for name in self._embedders:
            self._seconds[name] += seconds[name]
            self._vectors[name].append(vectors[name])
        if len(self._images) < _KEPT_IMAGES:
            self._images.append(image)

    def measure_throughput(
        self, executor: Executor, threads: int
    ) -> Generator[OptimisationProgress]:
        seconds = {name: total / self._number for name, total in self._seconds.items()}
        throughput = Throughput(self._embedders, self._images, seconds, executor, threads)
        for done, total in throughput.rounds():
            yield OptimisationProgress(tr("Measuring the speed"), done, total)
        self._throughput = throughput.medians()

    @property
    def _number(self) -> int:
        """The number of pictures that all have embedded."""
        return len(next(iter(self._vectors.values())))

    def report(self, threads: int, notes: tuple[str, ...]) -> Report:
        return Report(
            measured=tuple(self._measured()),
            pictures=self._number,
            are_samples=self._pictures.are_samples,
            threads=threads,
            notes=notes,
        )

    def _measured(self) -> Iterator[VariantMeasurement]:
        all_vectors = {name: np.stack(vectors) for name, vectors in self._vectors.items()}
        own = next(iter(all_vectors.values()))
        for name, embedder in self._embedders.items():
            content = embedder.spec.file.read_bytes()
            yield VariantMeasurement(
                spec=embedder.spec,
                precision=precision_of(content),
                bytes=len(content),
                single_thread=self._number / self._seconds[name],
                all_threads=self._throughput[name],
                overlap=overlap(own, all_vectors[name]),
                cosine=mean_cosine(own, all_vectors[name]),
            )
