"""Measuring models on a library, for the window."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from finder.jobs.library_models import WINDOW

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.evaluation.combination_weights import WeightChoice
    from finder.core.evaluation.copy_measurement import CopyMeasurement
    from finder.core.evaluation.measurement import (
        ConfusedPair,
        HardQuery,
        MeasuredRankings,
        Measurement,
        Ranking,
    )
    from finder.core.models.runtime.pool import ExtractorPool
    from finder.core.models.spec import ModelSpec
    from finder.core.paths import Home
    from finder.use_cases.evaluation.labelled_vectors import LabelSource
    from finder.use_cases.evaluation.measure_copies import CopySource
    from finder.use_cases.evaluation.measuring_steps import Step

MOST_LABELS: Final = 40
"""A table of confusion with more is too large to be read."""
_PAIRS, _HARDEST = 40, 60
_BEHIND = 200


@dataclass(frozen=True)
class MeasuredRanking:
    """What is shown of one ranking, as plain values. confusion: for each label in how many queries
    the first answer has which label; None where there are too many labels, or none. pairs: those
    that are confused most."""

    ranking: Ranking
    hardest: tuple[HardQuery, ...]
    confusion: tuple[tuple[int, ...], ...] | None = None
    pairs: tuple[ConfusedPair, ...] = ()


@dataclass(frozen=True)
class MeasuredLabels:
    """labels: their names; models: the names of each ranking's models, in its place."""

    measurement: Measurement
    rankings: tuple[MeasuredRanking, ...]
    models: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...]

    @property
    def weights(self) -> WeightChoice | None:
        return self.measurement.weights


@dataclass(frozen=True)
class MeasuredCopies:
    """models: as of `MeasuredLabels`."""

    measurement: CopyMeasurement
    rankings: tuple[MeasuredRanking, ...]
    models: tuple[tuple[str, ...], ...]

    @property
    def weights(self) -> WeightChoice | None:
        return None


Measured = MeasuredLabels | MeasuredCopies


class LibraryEvaluation:
    """Methods are called in lanes, never in the GUI thread. They raise FinderError."""

    def __init__(self, home: Home, extractors: Callable[[], ExtractorPool]) -> None:
        self._home = home
        self._extractors = extractors

    def measure(
        self, source: LabelSource, specs: Sequence[ModelSpec], stop: CancelToken
    ) -> Generator[Step | MeasuredLabels]:
        """Measure the models, and all of them combined (lane LIBRARY, since new pictures are
        indexed). The last value is what was measured. Raises Cancelled, too."""
        from finder.core.library.indexing.index_run import require_folder
        from finder.core.search.distance import Metric
        from finder.use_cases.evaluation.measure_models import measure_models

        source = replace(source, folders=tuple(map(require_folder, source.folders)))
        measurement = yield from measure_models(
            self._home, self._extractors, WINDOW, source, specs, Metric.EUCLIDEAN, stop=stop
        )
        yield _measured_labels(measurement)

    def measure_copies(
        self, source: CopySource, specs: Sequence[ModelSpec], stop: CancelToken
    ) -> Generator[Step | MeasuredCopies]:
        """As `measure`, by altered copies (lane LIBRARY)."""
        from finder.core.library.indexing.index_run import require_folder
        from finder.core.search.distance import Metric
        from finder.use_cases.evaluation.measure_copies import measure_copies

        altered = None if source.altered is None else require_folder(source.altered)
        folders = tuple(map(require_folder, source.folders))
        source = replace(source, folders=folders, altered=altered)
        measurement = yield from measure_copies(
            self._home, self._extractors, WINDOW, source, specs, Metric.EUCLIDEAN, stop=stop
        )
        yield _measured_copies(measurement)

    def behind_kind(self, measured: Measured, at: int, kind: str) -> list[HardQuery]:
        """The hardest queries of a label, or of an alteration, with the ranking at this place (lane
        QUICK)."""
        ranking = measured.rankings[at].ranking
        return measured.measurement.hardest(ranking, _BEHIND, kind)

    def behind_pair(
        self, measured: MeasuredLabels, at: int, label: int, answer: int
    ) -> list[HardQuery]:
        """The queries of a label whose first answer has another one, or the same (lane QUICK)."""
        ranking = measured.rankings[at].ranking
        return measured.measurement.confused(label, answer, ranking, _BEHIND)

    def save(self, measurement: Measurement | CopyMeasurement, file: str) -> None:
        """The figures as CSV, if the file's name ends so; else a report in HTML (lane PREVIEW)."""
        from finder.use_cases.evaluation.measurement_report import write_csv, write_report

        if file.lower().endswith(".csv"):
            write_csv(measurement, Path(file))
        else:
            write_report(self._home, measurement, Path(file))

    def weights(self) -> dict[str, float]:
        """Those of the library's combined ranking; empty: all models count the same (lane
        QUICK)."""
        from finder.use_cases.models.model_weights import model_weights

        return model_weights(self._home)

    def set_weights(self, weights: Mapping[str, float]) -> dict[str, float]:
        """From the next search on; returns what they are now (lane QUICK)."""
        from finder.use_cases.models.model_weights import set_model_weights

        set_model_weights(self._home, weights)
        return self.weights()


def _measured_labels(measurement: Measurement) -> MeasuredLabels:
    labels = measurement.evaluation.labelled.names

    def shown(ranking: Ranking) -> MeasuredRanking:
        confusion = None
        if len(labels) <= MOST_LABELS:
            confusion = tuple(tuple(row) for row in measurement.confusion(ranking).tolist())
        hardest = tuple(measurement.hardest(ranking, _HARDEST))
        pairs = tuple(measurement.confused_pairs(ranking, _PAIRS))
        return MeasuredRanking(ranking, hardest, confusion, pairs)

    rankings = tuple(map(shown, measurement.rankings))
    return MeasuredLabels(measurement, rankings, _models(measurement), labels)


def _measured_copies(measurement: CopyMeasurement) -> MeasuredCopies:
    rankings = tuple(
        MeasuredRanking(ranking, tuple(measurement.hardest(ranking, _HARDEST)))
        for ranking in measurement.rankings
    )
    return MeasuredCopies(measurement, rankings, _models(measurement))


def _models(measurement: MeasuredRankings) -> tuple[tuple[str, ...], ...]:
    """The names of each ranking's models."""
    return tuple(
        tuple(measurement.models) if ranking.cost is None else (ranking.name,)
        for ranking in measurement.rankings
    )
