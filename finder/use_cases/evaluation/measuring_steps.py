"""What measuring and teaching have in common: progress, combinations, what models cost."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.use_cases.evaluation.labelled_vectors import has_work
from finder.use_cases.library.index_folders import index_folders

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.evaluation.evaluation import Weights
    from finder.core.evaluation.measurement import ModelCost
    from finder.core.library.indexing.progress import Progress
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home

Finding = TypeVar("Finding")


class Phase(StrEnum):
    """What is done: indexing pictures, if any are new.

    Measuring: embedding altered copies; measuring the speed of models that was not measured before;
    comparing the pictures; looking for the best weights. Teaching: teaching without some of the
    pictures, and judging by these; choosing and teaching the head; making the model and trying it;
    computing and storing its vectors of the library's pictures.
    """

    INDEXING = "indexing"
    EMBEDDING = "embedding"
    TIMING = "timing"
    COMPARING = "comparing"
    WEIGHTING = "weighting"
    JUDGING = "judging"
    TEACHING = "teaching"
    MAKING = "making"
    STORING = "storing"


@dataclass(frozen=True)
class Step:
    """Progress. indexing: of the indexing run; share: of the other phases, 0 … 1."""

    phase: Phase
    share: float = 0.0
    indexing: Progress | None = None


def phase_words(phase: Phase) -> str:
    """A sentence on what is being done."""
    return {
        Phase.INDEXING: tr("Indexing …"),
        Phase.EMBEDDING: tr("Embedding the copies …"),
        Phase.TIMING: tr("Measuring how fast the models are …"),
        Phase.COMPARING: tr("Comparing the pictures …"),
        Phase.WEIGHTING: tr("Looking for the best weights …"),
        Phase.JUDGING: tr("Teaching without some of the pictures, to judge by these …"),
        Phase.TEACHING: tr("Teaching …"),
        Phase.MAKING: tr("Making the model and trying it …"),
        Phase.STORING: tr("Computing its vectors …"),
    }[phase]


def steps(phase: Phase, run: Generator[float, None, Finding]) -> Generator[Step, None, Finding]:
    """The run's shares as steps; returns what it returns."""
    while True:
        try:
            share = next(run)
        except StopIteration as stop:
            found: Finding = stop.value
            return found
        yield Step(phase, share)


def index_new(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    folders: Sequence[str],
    specs: Sequence[ModelSpec],
    stop: CancelToken | None = None,
) -> Generator[Step]:
    """Embed what these models have not embedded yet of the folders, which become part of the
    library. Does nothing, without the writer's lock, where that is all. Raises FinderError, also
    where one of the models is not installed any more; Cancelled."""
    from finder.core.models.registry import require_all_installed

    require_all_installed(specs)
    if folders and has_work(home, folders, specs, stop):
        for progress in index_folders(home, extractors, holder, folders, specs):
            yield Step(Phase.INDEXING, indexing=progress)


def combination_weights(
    combinations: Sequence[Sequence[str]], specs: Sequence[ModelSpec]
) -> dict[str, Weights]:
    """The combination of all models, if there are several, and those asked for, by name: all with
    equal weights. Raises FinderError as `_require_known` does."""
    from finder.core.evaluation.measurement import COMBINED, JOINT

    _require_known(combinations, specs)
    names = [spec.name for spec in specs]
    weights: dict[str, Weights] = {}
    if len(names) > 1:
        weights[COMBINED] = dict.fromkeys(names, 1.0)
    return weights | {JOINT.join(some): dict.fromkeys(some, 1.0) for some in combinations}


def _require_known(combinations: Sequence[Sequence[str]], specs: Sequence[ModelSpec]) -> None:
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


def measured_costs(
    home: Home,
    extractors: Callable[[], ExtractorPool],
    holder: str,
    specs: Sequence[ModelSpec],
    stop: CancelToken | None = None,
) -> Generator[Step, None, dict[str, ModelCost]]:
    """Speeds that are not known are measured, unless another process writes to the library. Raises
    Cancelled."""
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
