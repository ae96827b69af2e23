"""Altered copies, and their vectors, which are not stored."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import Failure, SkippedPicture
from finder.use_cases.evaluation.measuring_steps import Phase, Step

if TYPE_CHECKING:
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec

Vectors = dict[str, NDArray[np.float32]]
"""Of one copy, by the model's name."""
Found = TypeVar("Found")

_AHEAD: Final = 32
"""Copies that wait for a thread."""


@dataclass(frozen=True)
class Copy:
    """original: the content id; kind: how it was altered; read: makes the file's bytes. Raises
    SkippedPicture."""

    original: int
    kind: str
    read: Callable[[], bytes]


def embedded_copies(
    extractors: ExtractorPool, specs: Sequence[ModelSpec], copies: Sequence[Copy], max_pixels: int
) -> Generator[Step, None, dict[int, Vectors]]:
    """The vectors of each copy that could be embedded with all models, by its number."""
    from finder.workers.worker_pools import query_pool

    found: dict[int, Vectors] = {}
    loaded = [extractors.get(spec) for spec in specs]

    def embed(number: int) -> tuple[int, Vectors | None]:
        from finder.core.library.indexing.worker import embedded_or_failure
        from finder.core.pictures.decode import decode

        vectors: Vectors = {}
        try:
            data = copies[number].read()
            images = {
                side: decode(data, side, max_pixels).image
                for side in {spec.decode_side for spec in specs}
            }
        except SkippedPicture:
            return number, None
        for extractor in loaded:
            vector = embedded_or_failure(extractor, images[extractor.spec.decode_side])
            if isinstance(vector, Failure):
                return number, None
            vectors[extractor.spec.name] = vector
        return number, vectors

    with query_pool() as pool:
        for done, (number, vectors) in enumerate(_results(pool, embed, len(copies))):
            yield Step(Phase.EMBEDDING, done / len(copies))
            if vectors is not None:
                found[number] = vectors
    return dict(sorted(found.items()))


def _results(pool: Executor, work: Callable[[int], Found], number: int) -> Iterator[Found]:
    """What the work finds for 0 … number - 1, as it finishes; only some of it is submitted ahead.
    Closing it cancels what has not begun."""
    waiting: set[Future[Found]] = set()
    submitted = 0
    try:
        while waiting or submitted < number:
            while submitted < number and len(waiting) < _AHEAD:
                waiting.add(pool.submit(work, submitted))
                submitted += 1
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        for future in waiting:
            future.cancel()
