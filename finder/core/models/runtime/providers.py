"""Choosing the execution provider of ONNX Runtime that computes a model.

Vectors of two providers are interchangeable only if they agree; a provider that does not agree with
the CPU is refused for that model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from finder.core.errors import FinderError, SkippedPicture
from finder.core.i18n import tr
from finder.core.models.runtime.extractor import Extractor
from finder.core.models.runtime.provider_names import CPU
from finder.core.models.runtime.throughput import Throughput
from finder.core.models.spec import ModelSpec

if TYPE_CHECKING:
    from finder.core.models.runtime.embedder import Embedder

AGREEMENT: Final = 1e-3
"""The largest difference allowed in any number of two vectors of length 1."""
_MIN_SPEED_UP = 1.1
"""A provider that is faster than the CPU by less than this is not used."""

OpenModel = Callable[[ModelSpec, str], Extractor]


@dataclass(frozen=True)
class ProviderMeasurement:
    """How a provider ran one model on this computer. rate: pictures per second on all threads;
    difference: the largest of its vectors' numbers from the CPU's; refusal: why it is not used for
    the model; empty if it may be."""

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
    open_model: OpenModel = Extractor,
) -> list[ProviderMeasurement]:
    """Measure the CPU and each provider on some pictures; the CPU is the first of the list.

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
            except SkippedPicture:  # it gives zeros, NaN or infinite numbers
                difference = float("inf")
            refusal = other.fallback_note or _refusal(spec, provider, difference)
            found[provider] = difference, refusal
            if not refusal:
                running[provider] = other
    throughput = Throughput(running, images, each, executor, threads)
    for _ in throughput.rounds():
        pass
    rates = throughput.medians()
    return [
        ProviderMeasurement(name, rates.get(name, 0.0), *result) for name, result in found.items()
    ]


def fastest(measured: Sequence[ProviderMeasurement]) -> str:
    """The provider to use: the CPU unless another one is clearly faster."""
    cpu, *others = measured
    good = [one for one in others if not one.refusal and one.rate > _MIN_SPEED_UP * cpu.rate]
    return max(good, key=lambda one: one.rate, default=cpu).provider


def _embedded(
    extractor: Embedder, images: Sequence[Image.Image]
) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], float]:
    """The vectors [N, D], and the seconds for each picture but the first, which warms up."""
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
    """Raises FinderError if this installation of ONNX Runtime has no such provider."""
    if provider not in available:
        raise FinderError(
            tr("“{provider}” is not available on this computer.").format(provider=provider),
            tr("Choose one of these: {names}.").format(names=", ".join(available)),
        )
