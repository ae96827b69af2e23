"""How fast extractors are: some pictures through each, in turn, so that noise hits all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, wait
from itertools import cycle, islice
from statistics import median
from typing import Generic, TypeVar

from PIL import Image

from finder.core.models.runtime.embedder import Embedder

_ROUNDS = 5
_SECONDS = 0.25
"""That a round of one extractor shall take, about."""

Name = TypeVar("Name")


class Throughput(Generic[Name]):
    """Pictures per second of several extractors on as many threads as the executor has.

    Preprocessing is part of it, decoding is not. seconds: what each takes for a picture on one
    thread, about.
    """

    def __init__(
        self,
        extractors: dict[Name, Embedder],
        images: Sequence[Image.Image],
        seconds: dict[Name, float],
        executor: Executor,
        threads: int,
    ) -> None:
        self._extractors, self._images = extractors, images
        self._executor, self._threads = executor, threads
        self._seconds = seconds
        self._rates: dict[Name, list[float]] = {name: [] for name in extractors}

    def rounds(self) -> Iterator[tuple[int, int]]:
        """Measure; gives (done, total) between two measurements."""
        total = _ROUNDS * len(self._extractors)
        for at in range(_ROUNDS):
            for number, (name, extractor) in enumerate(self._extractors.items()):
                yield at * len(self._extractors) + number, total
                self._rates[name].append(self._rate(extractor, self._seconds[name]))

    def medians(self) -> dict[Name, float]:
        return {name: median(rates) for name, rates in self._rates.items()}

    def _rate(self, extractor: Embedder, seconds: float) -> float:
        number = self._threads * max(2, min(100, round(_SECONDS / max(seconds, 1e-6))))
        images = islice(cycle(self._images), number)
        return number / _timed(lambda: self._embed_all(extractor, list(images)))

    def _embed_all(self, extractor: Embedder, images: Sequence[Image.Image]) -> None:
        futures = [self._executor.submit(extractor.embed_image, image) for image in images]
        try:
            wait(futures)
            for future in futures:
                future.result()
        finally:
            for future in futures:
                future.cancel()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
