"""What computes a model: execution providers of ONNX Runtime, and which one is to be taken.

Vectors of two providers are interchangeable only if they agree; one that does not agree with the
CPU is refused for that model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image

from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.models.runtime.embedder import Embedder
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.provider_names import CPU
from finder.core.models.runtime.throughput import Throughput
from finder.core.models.spec import ModelSpec

AGREEMENT: Final = 1e-3
"""The largest difference of two vectors of length 1, number by number."""
_FASTER = 1.1
"""A provider that gains less than that over the CPU is not worth leaving it."""

Open = Callable[[ModelSpec, str], Extractor]


@dataclass(frozen=True)
class Tried:
    """A provider as it ran one model here. rate: pictures per second on all threads; difference:
    of its vectors from the CPU's; refusal: why it is not used for the model, if it is not."""

    provider: str
    rate: float
    difference: float
    refusal: str = ""


def try_providers(
    spec: ModelSpec,
    providers: Sequence[str],
    images: Sequence[Image.Image],
    executor: Executor,
    threads: int,
    open_model: Open = Extractor,
) -> list[Tried]:
    """Run some pictures on the CPU and on each provider; the CPU is the first of the list.

    Raises FinderError or SkippedPicture if the CPU cannot run the model on them.
    """
    base = open_model(spec, CPU)
    vectors, seconds = _embedded(base, images)
    running: dict[str, Embedder] = {CPU: base}
    each = {CPU: seconds}
    found = {CPU: (0.0, "")}
    for provider in providers:
        if provider != CPU:
            other = open_model(spec, provider)
            try:
                others, each[provider] = _embedded(other, images)
                difference = float(np.abs(vectors - others).max())
            except SkippedPicture:  # it gives zeros, or what is no number
                difference = float("inf")
            refusal = other.fallback_note or _refusal(spec, provider, difference)
            found[provider] = difference, refusal
            if not refusal:
                running[provider] = other
    pace = Throughput(running, images, each, executor, threads)
    for _ in pace.rounds():
        pass
    rates = pace.medians()
    return [Tried(name, rates.get(name, 0.0), *said) for name, said in found.items()]


def fastest(tried: Sequence[Tried]) -> str:
    """The provider to take: the CPU unless another one is clearly faster."""
    cpu, *others = tried
    good = [one for one in others if not one.refusal and one.rate > _FASTER * cpu.rate]
    return max(good, key=lambda one: one.rate, default=cpu).provider


def _embedded(
    extractor: Embedder, images: Sequence[Image.Image]
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], float]:
    """The vectors [N, D], and the seconds for each but the first, which may take long."""
    first = extractor.embed_image(images[0])
    began = time.perf_counter()
    others = [extractor.embed_image(image) for image in images[1:]]
    took = time.perf_counter() - began
    return np.stack([first, *others]), took / max(1, len(others))


def _refusal(spec: ModelSpec, provider: str, difference: float) -> str:
    if difference <= AGREEMENT:  # false for NaN, too
        return ""
    return tr(
        "{provider} is not used for {title}: its vectors differ from the processor's by "
        "{difference:.4f}, and more than {most} is too much."
    ).format(provider=provider, title=spec.title, difference=difference, most=AGREEMENT)


def require_available(provider: str, available: Sequence[str]) -> None:
    """Raises FinderError where this installation of ONNX Runtime has no such provider."""
    if provider not in available:
        raise FinderError(
            tr("“{provider}” is not available on this computer.").format(provider=provider),
            tr("Choose one of these: {names}.").format(names=", ".join(available)),
        )
