"""Measuring how well models find pictures that have the same label."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING

from finder.use_cases.evaluation.labelled_vectors import labelled_pictures, with_vectors
from finder.use_cases.evaluation.measuring_steps import (
    Phase,
    Step,
    combination_weights,
    index_new,
    measured_costs,
    steps,
)

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.evaluation.labels import LabelledPictures
    from finder.core.evaluation.measurement import LeftOut, Measurement
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.search.distance import Metric
    from finder.use_cases.evaluation.labelled_vectors import LabelSource


def measure_models(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    source: LabelSource,
    specs: Sequence[ModelSpec],
    metric: Metric,
    combinations: Sequence[Sequence[str]] = (),
    stop: CancelToken | None = None,
) -> Generator[Step, None, Measurement]:
    """Leave-one-out retrieval with these models, with all of them combined, and with each of the
    combinations (of names of models).

    Folders that are not in the library become part of it; pictures that a model has embedded are
    not extracted again. holder: who takes the writer's lock where something must be indexed.
    stop: checked within what has no steps. Raises FinderError, Cancelled.
    """
    from finder.core.evaluation.combination_weights import choose_weights
    from finder.core.evaluation.evaluation import evaluate
    from finder.core.evaluation.labels import FEWEST, require_labels
    from finder.core.evaluation.measurement import Measurement, summarise_labels

    weights = combination_weights(combinations, specs)
    yield from index_new(home, extractors, holder, source.folders, specs, stop)
    labelled, missing = labelled_pictures(home, source)
    of_table = source.table is not None
    require_labels(labelled, of_table)
    labelled, models, lacking = with_vectors(home, labelled, specs, metric, FEWEST, of_table)
    costs = yield from measured_costs(home, extractors, holder, specs, stop)
    evaluation = yield from steps(Phase.COMPARING, evaluate(labelled, models, weights))
    choice = None
    if len(models) > 1:
        choice = yield from steps(Phase.WEIGHTING, choose_weights(labelled, models))
    of_models, of_combinations, best = summarise_labels(evaluation)
    return Measurement(
        of_models,
        of_combinations,
        {spec.name: spec.title for spec in specs},
        costs,
        best,
        evaluation,
        _left_out(labelled, missing, lacking, len(evaluation.queries)),
        choice,
    )


def _left_out(labelled: LabelledPictures, missing: int, lacking: int, queries: int) -> LeftOut:
    from finder.core.evaluation.measurement import LeftOut

    return LeftOut(missing, labelled.ambiguous, lacking, len(labelled) - queries)
