"""Measuring how well models find pictures that have the same label."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.catalogue import Catalogue, open_existing
from finder.use_cases.library.index_folders import index_folders

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.evaluation.evaluation import ModelVectors
    from finder.core.evaluation.labels import LabelledPictures
    from finder.core.evaluation.measurement import LeftOut, Measurement, ModelCost
    from finder.core.library.indexing.progress import Progress
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.core.search.distance import Metric


Finding = TypeVar("Finding")


@dataclass(frozen=True)
class LabelSource:
    """Where labels come from: each subfolder of these folders, with `nested` every folder below
    them that has pictures; or a table of paths and labels (`read_label_table`)."""

    folders: tuple[str, ...] = ()
    nested: bool = False
    table: Path | None = None


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
    from finder.core.evaluation.measurement import COMBINED, JOINT, Measurement, summarise

    require_known(combinations, specs)
    if source.folders and _has_work(home, source.folders, specs, stop):
        for progress in index_folders(home, extractors, holder, source.folders, specs):
            yield Step(Phase.INDEXING, indexing=progress)
    labelled, missing = _labelled(home, source)
    labelled, models, lacking = _with_vectors(home, labelled, specs, metric)
    require_labels(labelled)
    costs = yield from _costs(home, extractors, holder, specs, stop)
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


def _costs(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    specs: Sequence[ModelSpec],
    stop: CancelToken | None,
) -> Generator[Step, None, dict[str, ModelCost]]:
    """Speeds that are not known are measured, unless another process writes to the library."""
    from finder.core.evaluation.measurement import ModelCost
    from finder.use_cases.models.model_speed import measure_model, stored_speeds

    known = stored_speeds(home)
    unknown = [spec for spec in specs if spec.sha256 not in known]
    for number, spec in enumerate(unknown):
        yield Step(Phase.TIMING, number / len(unknown))
        with suppress(FinderError):
            measure_model(home, spec, extractors, holder, stop)
    speeds = stored_speeds(home)
    return {
        spec.name: ModelCost(
            os.path.getsize(spec.file) if spec.has_file else 0,
            speeds[spec.sha256].all_cores if spec.sha256 in speeds else None,
        )
        for spec in specs
    }
