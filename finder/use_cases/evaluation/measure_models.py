"""Measuring how well models find pictures that have the same label."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from finder.core.library.catalogue.catalogue import Catalogue, open_existing
from finder.use_cases.evaluation.measuring_steps import (
    Phase,
    Step,
    combination_weights,
    measured_costs,
    steps,
)
from finder.use_cases.library.index_folders import index_folders

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.evaluation.evaluation import ModelVectors
    from finder.core.evaluation.labels import LabelledPictures
    from finder.core.evaluation.measurement import LeftOut, Measurement
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.search.distance import Metric


@dataclass(frozen=True)
class LabelSource:
    """Where labels come from: each subfolder of these folders, with `nested` every folder below
    them that has pictures; or a table of paths and labels (`read_label_table`)."""

    folders: tuple[str, ...] = ()
    nested: bool = False
    table: Path | None = None


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
    from finder.core.evaluation.labels import require_labels
    from finder.core.evaluation.measurement import Measurement, summarise_labels

    weights = combination_weights(combinations, specs)
    yield from index_new(home, extractors, holder, source.folders, specs, stop)
    labelled, missing = _labelled(home, source)
    labelled, models, lacking = _with_vectors(home, labelled, specs, metric)
    require_labels(labelled)
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


def index_new(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    folders: Sequence[str],
    specs: Sequence[ModelSpec],
    stop: CancelToken | None = None,
) -> Generator[Step]:
    """Embed what these models have not embedded yet of the folders, which become part of the
    library. Does nothing, without the writer's lock, where that is all. Raises FinderError,
    Cancelled."""
    if folders and _has_work(home, folders, specs, stop):
        for progress in index_folders(home, extractors, holder, folders, specs):
            yield Step(Phase.INDEXING, indexing=progress)


def _has_work(
    home: Home, folders: Sequence[str], specs: Sequence[ModelSpec], stop: CancelToken | None
) -> bool:
    """Whether an indexing run would find anything to do: else no writer's lock is needed."""
    from finder.core.library.indexing.plan import Plan
    from finder.core.pictures.scan import outermost

    if not home.catalogue.is_file():
        return True
    with closing(Catalogue(home)) as catalogue:
        plan = Plan(catalogue, specs)
        for folder in outermost(folders):
            for _ in plan.scan(folder):
                if stop is not None:
                    stop.check()
    return bool(plan.todo)


def _labelled(home: Home, source: LabelSource) -> tuple[LabelledPictures, int]:
    """The labelled pictures of the library; how many labelled files are not among them."""
    from finder.core.evaluation.labels import LabelledPictures, folder_label, read_label_table

    found: list[tuple[int, str]] = []
    missing = 0
    with closing(open_existing(home)) as catalogue:
        if source.table is not None:
            for path, label in read_label_table(source.table).items():
                picture = catalogue.files.picture_of(path)
                if picture is None:
                    missing += 1
                else:
                    found.append((picture, label))
            return LabelledPictures.of(found), missing
        for folder in source.folders:
            for file in catalogue.files.below(folder):
                name = folder_label(file.path, folder, source.nested)
                if name is None:
                    continue
                if file.picture is None:
                    missing += 1
                else:
                    found.append((file.picture, name))
    return LabelledPictures.of(found), missing


def _with_vectors(
    home: Home, labelled: LabelledPictures, specs: Sequence[ModelSpec], metric: Metric
) -> tuple[LabelledPictures, list[ModelVectors], int]:
    """Those that all models have embedded, with their vectors; how many others there are."""
    from finder.core.evaluation.evaluation import ModelVectors
    from finder.core.search.ranking.similarity import similarity_of
    from finder.use_cases.search.stored_vectors import stored_vectors

    mask, vectors = stored_vectors(home, specs, labelled.pictures)
    models = [
        ModelVectors(spec.name, similarity_of(spec, metric), rows)
        for spec, rows in zip(specs, vectors, strict=True)
    ]
    return labelled.chosen(mask), models, int(np.count_nonzero(~mask))


def _left_out(labelled: LabelledPictures, missing: int, lacking: int, queries: int) -> LeftOut:
    from finder.core.evaluation.measurement import LeftOut

    return LeftOut(missing, labelled.ambiguous, lacking, len(labelled) - queries)
