"""The progress of an optimisation, and its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec


@dataclass(frozen=True)
class VariantMeasurement:
    """How a model ran on this computer.

    single_thread, all_threads: pictures per second on one thread, and on as many as the program
    uses. overlap: the share of its lists of ten nearest neighbours that the original model has,
    too; cosine: the mean similarity to that model's vectors.
    """

    spec: ModelSpec
    precision: str
    bytes: int
    single_thread: float
    all_threads: float
    overlap: float
    cosine: float


@dataclass(frozen=True)
class Report:
    """measured: the model itself, then its variants; pictures: how many it was measured on, of the
    library or (are_samples) of the sample pictures; notes: sentences on variants that could not be
    made."""

    measured: tuple[VariantMeasurement, ...]
    pictures: int
    are_samples: bool
    threads: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class OptimisationProgress:
    """doing: the current step, in the user's language, `done` of `total` of it; the last one has
    the report."""

    doing: str
    done: int = 0
    total: int = 0
    report: Report | None = None
