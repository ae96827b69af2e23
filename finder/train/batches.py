"""Labelled pictures as batches for PyTorch; the next one is prepared while one is learned."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.models.preprocess import pixels_to_input, to_input
from finder.train.augmentation import augmented

if TYPE_CHECKING:
    from finder.core.models.spec import InputSpec
    from finder.train.decoded_pictures import DecodedPictures
    from finder.train.labelled_folder import Example

Batch = tuple[Any, Any]
"""Pictures float32 [N, 3, H, W], labels int64 [N]."""


@dataclass(frozen=True)
class Batches:
    """Makes batches of a model's input. threads: that prepare pictures."""

    pictures: DecodedPictures
    input: InputSpec
    size: int
    threads: int

    def plain(self, examples: Sequence[Example]) -> Generator[Batch]:
        """In their order, as extraction prepares them."""
        yield from self._made(examples, partial(_plain, self.pictures, self.input))

    def altered(self, examples: Sequence[Example], seed: int, epoch: int) -> Generator[Batch]:
        """In an order and altered in a way that depend on seed, epoch and picture only, so that a
        training that goes on later sees the same."""
        order = np.random.default_rng([seed, epoch]).permutation(len(examples)).tolist()
        prepare = partial(_altered, self.pictures, self.input, seed, epoch)
        yield from self._made([examples[at] for at in order], prepare)

    def number(self, examples: Sequence[Example]) -> int:
        return len(self._slices(len(examples)))

    def _slices(self, number: int) -> list[slice]:
        """A last picture that would be alone belongs to the batch before: normalisation needs
        two."""
        starts = list(range(0, number, self.size))
        if len(starts) > 1 and number - starts[-1] == 1:
            starts.pop()
        return [slice(a, b) for a, b in zip(starts, [*starts[1:], number], strict=True)]

    def _made(self, examples: Sequence[Example], prepare: Any) -> Generator[Batch]:
        parts = [examples[part] for part in self._slices(len(examples))]
        with ThreadPoolExecutor(self.threads, "training-pictures") as pool:
            waiting: list[list[Future[Any]]] = []
            try:
                for at in range(len(parts)):
                    waiting += [
                        [pool.submit(prepare, one) for one in part]
                        for part in parts[at + len(waiting) : at + 2]
                    ]
                    rows = [one.result() for one in waiting.pop(0)]
                    labels = [one.label for one in parts[at]]
                    yield torch.from_numpy(np.concatenate(rows)), torch.tensor(labels)
            finally:
                for some in waiting:
                    for one in some:
                        one.cancel()


def _plain(pictures: DecodedPictures, given: InputSpec, example: Example) -> Any:
    return to_input(_opened(pictures, example), given)


def _altered(
    pictures: DecodedPictures, given: InputSpec, seed: int, epoch: int, example: Example
) -> Any:
    random = np.random.default_rng([seed, epoch, example.picture])
    image = augmented(_opened(pictures, example), given, random)
    return pixels_to_input(np.asarray(image), given)


def _opened(pictures: DecodedPictures, example: Example) -> Any:
    try:
        return pictures.get(example.path)
    except SkippedPicture as error:
        raise FinderError(
            tr("{file} has changed during the training: {why}").format(
                file=example.path, why=error.reason.sentence()
            ),
            tr("Put it back and start again: the epochs that are done are kept."),
        ) from error
