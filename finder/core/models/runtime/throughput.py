"""Measuring the throughput of embedders: in turn, so that noise affects all of them equally."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, wait
from itertools import cycle, islice
from statistics import median
from typing import TYPE_CHECKING, Generic, TypeVar

from PIL import Image

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import Embedder

_ROUNDS = 5
_SECONDS = 0.25
"""The approximate length of one embedder's round."""

Name = TypeVar("Name")


class Throughput(Generic[Name]):
    """Pictures per second of several embedders on as many threads as the executor has.

    Includes preprocessing, but not decoding. seconds: the approximate time of each for a picture on
    one thread.
    """

    def __init__(
        self,
        embedders: dict[Name, Embedder],
        images: Sequence[Image.Image],
        seconds: dict[Name, float],
        executor: Executor,
        threads: int,
    ) -> None:
        self._embedders, self._images = embedders, images
        self._executor, self._threads = executor, threads
        self._seconds = seconds
        self._rates: dict[Name, list[float]] = {name: [] for name in embedders}

    def rounds(self) -> Iterator[tuple[int, int]]:
        """Measure; yields (done, total) before each measurement."""
        total = _ROUNDS * len(self._embedders)
        for at in range(_ROUNDS):
            for number, (name, embedder) in enumerate(self._embedders.items()):
                yield at * len(self._embedders) + number, total
                self._rates[name].append(self._rate(embedder, self._seconds[name]))

    def medians(self) -> dict[Name, float]:
        return {name: median(rates) for name, rates in self._rates.items()}

    def _rate(self, embedder: Embedder, seconds: float) -> float:
        number = self._threads * max(2, min(100, round(_SECONDS / max(seconds, 1e-6))))
        images = islice(cycle(self._images), number)
        return number / _timed(lambda: self._embed_all(embedder, list(images)))

    def _embed_all(self, embedder: Embedder, images: Sequence[Image.Image]) -> None:
        futures = [self._executor.submit(embedder.embed_image, image) for image in images]
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
