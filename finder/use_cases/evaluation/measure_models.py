"""Measuring how well models find pictures that have the same label."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.use_cases.evaluation.labelled_vectors import (
    LabelSource,
    has_work,
    labelled_pictures,
    with_vectors,
)
from finder.use_cases.library.index_folders import index_folders

if TYPE_CHECKING:
    from finder.core.evaluation.labels import LabelledPictures
    from finder.core.evaluation.measurement import LeftOut, Measurement, ModelCost
    from finder.core.library.indexing.progress import Progress
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.search.distance import Metric


Finding = TypeVar("Finding")


class Phase(StrEnum):
    """What is done: embedding pictures, if any are new; measuring the speed of models that was not
    measured before; comparing the pictures; looking for the best weights."""

    INDEXING = "indexing"
    TIMING = "timing"
    COMPARING = "comparing"
    WEIGHTING = "weighting"


@dataclass(frozen=True)
class Step:
    """Progress. indexing: of the indexing run; share: of the other phases, 0 … 1."""

    phase: Phase
    share: float = 0.0
    indexing: Progress | None = None


def measure_models(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    source: LabelSource,
    specs: Sequence[ModelSpec],
    metric: Metric,
    combinations: Sequence[Sequence[str]] = (),
) -> Generator[Step, None, Measurement]:
    """Leave-one-out retrieval with these models, with all of them combined, and with each of the
    combinations (of names of models).

    Folders that are not in the library become part of it; pictures that a model has embedded are
    not extracted again. holder: who takes the writer's lock where something must be indexed.
    Raises FinderError.
    """
    from finder.core.evaluation.combination_weights import choose_weights
    from finder.core.evaluation.evaluation import evaluate
    from finder.core.evaluation.labels import require_labels
    from finder.core.evaluation.measurement import COMBINED, JOINT, Measurement, summarise

    require_known(combinations, specs)
    if source.folders and has_work(home, source.folders, specs):
        for progress in index_folders(home, extractors, holder, source.folders, specs):
            yield Step(Phase.INDEXING, indexing=progress)
    labelled, missing = labelled_pictures(home, source)
    labelled, models, lacking = with_vectors(home, labelled, specs, metric)
    require_labels(labelled)
    costs = yield from _costs(home, extractors, holder, specs)
    names = [spec.name for spec in specs]
    weights = {JOINT.join(some): dict.fromkeys(some, 1.0) for some in combinations}
    if len(names) > 1:
        weights = {COMBINED: dict.fromkeys(names, 1.0), **weights}
    evaluation = yield from _steps(Phase.COMPARING, evaluate(labelled, models, weights))
    choice = None
    if len(models) > 1:
        choice = yield from _steps(Phase.WEIGHTING, choose_weights(labelled, models))
    of_models, of_combinations, best = summarise(evaluation)
    return Measurement(
        evaluation,
        of_models,
        of_combinations,
        {spec.name: spec.title for spec in specs},
        costs,
        _left_out(labelled, missing, lacking, len(evaluation.queries)),
        best,
        choice,
    )


def _steps(phase: Phase, run: Generator[float, None, Finding]) -> Generator[Step, None, Finding]:
    """The run's shares as steps; returns what it returns."""
    while True:
        try:
            share = next(run)
        except StopIteration as stop:
            found: Finding = stop.value
            return found
        yield Step(phase, share)


def require_known(combinations: Sequence[Sequence[str]], specs: Sequence[ModelSpec]) -> None:
    """Raises FinderError unless each combination is of several of these models, each once."""
    names = {spec.name for spec in specs}
    for some in combinations:
        unknown = [name for name in some if name not in names]
        if unknown:
            raise FinderError(
                tr("{name} is part of a combination, but is not measured.").format(name=unknown[0]),
                tr("Measure this model, too."),
            )
        if len(some) < 2 or len(set(some)) < len(some):
            raise FinderError(
                tr("A combination needs at least two different models."),
                tr("Name them with “+” between them, as in A+B."),
            )


def _left_out(labelled: LabelledPictures, missing: int, lacking: int, queries: int) -> LeftOut:
    from finder.core.evaluation.measurement import LeftOut

    return LeftOut(missing, labelled.ambiguous, lacking, len(labelled) - queries)


def _costs(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    specs: Sequence[ModelSpec],
) -> Generator[Step, None, dict[str, ModelCost]]:
    """Speeds that are not known are measured, unless another process writes to the library."""
    from finder.core.evaluation.measurement import ModelCost
    from finder.use_cases.models.model_speed import measure_model, stored_speeds

    known = stored_speeds(home)
    unknown = [spec for spec in specs if spec.sha256 not in known]
    for number, spec in enumerate(unknown):
        yield Step(Phase.TIMING, number / len(unknown))
        with suppress(FinderError):
            measure_model(home, spec, extractors, holder)
    speeds = stored_speeds(home)
    return {
        spec.name: ModelCost(
            os.path.getsize(spec.file) if spec.has_file else 0,
            speeds[spec.sha256].all_cores if spec.sha256 in speeds else None,
        )
        for spec in specs
    }
