"""What a taught head gains: on pictures that did not teach it, beside its bases.

The whole of teaching, with the choice of the head, is repeated without the pictures that judge it.
They are searched for among each other only. So the figures are of models taught the same way with
fewer pictures; the model that is kept is taught with all.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.evaluation.bootstrap import Interval, LabelBootstrap
from finder.core.evaluation.evaluation import ModelVectors, evaluate
from finder.core.evaluation.measurement import Difference
from finder.core.evaluation.retrieval_metrics import QueryMetrics
from finder.core.search.distance import Metric
from finder.core.search.ranking.similarity import UnitVectorSimilarity
from finder.core.teaching.choice import choose_head
from finder.core.teaching.heads import Teacher
from finder.core.teaching.projection import Basis
from finder.core.teaching.splits import make_splits

if TYPE_CHECKING:
    from finder.core.evaluation.evaluation import Evaluation
    from finder.core.evaluation.labels import LabelledPictures
    from finder.core.teaching.heads import Head

_FEW = 1_000
"""Up to so many pictures, all five splits are made; else two."""
_SPLITS, _SPLITS_OF_MANY = 5, 2
_UNKNOWN: Final = Interval(-1.0, 1.0)
"""Of a difference between the figures of a single label."""

Found = Mapping[str, list[QueryMetrics]]


@dataclass(frozen=True)
class ModelFigures:
    """means: of each figure, by its short name; interval: of the mean average precision."""

    means: Mapping[str, float]
    interval: Interval


@dataclass(frozen=True)
class GroupReport:
    """Of searches for pictures that did not teach. models: the bases by name, then the taught one;
    gain: of the taught one over the best base."""

    searches: int
    labels: int
    models: Mapping[str, ModelFigures]
    gain: Difference


@dataclass(frozen=True)
class TeachingReport:
    """pictures: held out, of taught labels; labels: of labels that were not taught, None where
    there are too few labels to leave some out."""

    pictures: GroupReport
    labels: GroupReport | None


@dataclass(frozen=True)
class Lesson:
    """What is taught: labelled pictures; the vectors [N, D] of each base, by name; those of other
    pictures [n, D], of all bases side by side; the heads to choose from. name: of the new model."""

    name: str
    labelled: LabelledPictures
    bases: Mapping[str, NDArray[np.float32]]
    others: NDArray[np.float32]
    heads: Sequence[Head]
    seed: int

    @property
    def vectors(self) -> NDArray[np.float32]:
        """[N, D]: of all bases side by side."""
        return np.concatenate(list(self.bases.values()), axis=1)


def judge(lesson: Lesson) -> Generator[float, None, TeachingReport]:
    """Yields the share that is done, 0 … 1."""
    labels, vectors = lesson.labelled.labels, lesson.vectors
    number = _SPLITS if len(labels) <= _FEW else _SPLITS_OF_MANY
    splits = make_splits(labels, number, lesson.seed)
    groups: list[_Group] = [_Group(), _Group()]
    for done, split in enumerate(splits):
        taught = vectors[split.teach], labels[split.teach]
        run = choose_head(*taught, lesson.others, lesson.heads, lesson.seed)
        choice = yield from _scaled(run, done, len(splits))
        teacher = Teacher(Basis(taught[0], lesson.others), *taught, lesson.seed)
        projection = teacher.projection(choice.chosen.head)
        held_out = split.pictures | split.labels
        models = {name: rows[held_out] for name, rows in lesson.bases.items()}
        models[lesson.name] = projection(vectors[held_out])
        found = _finished(evaluate(lesson.labelled.chosen(held_out), _compared(models), {}))
        positions = np.flatnonzero(held_out)[found.queries]
        for group, mask in zip(groups, (split.pictures, split.labels), strict=True):
            group.add(found, mask[positions], labels[positions])
    yield 1.0
    pictures, untaught = (group.report(lesson.name) for group in groups)
    assert pictures is not None  # of each label several pictures are held out
    return TeachingReport(pictures, untaught)


def _compared(models: Mapping[str, NDArray[np.float32]]) -> list[ModelVectors]:
    return [
        ModelVectors(name, UnitVectorSimilarity(Metric.EUCLIDEAN, rows.shape[1]), rows)
        for name, rows in models.items()
    ]


class _Group:
    """The figures of all splits."""

    def __init__(self) -> None:
        self._labels: list[NDArray[np.int64]] = []
        self._metrics: dict[str, list[QueryMetrics]] = {}

    def add(self, found: Evaluation, chosen: NDArray[np.bool_], labels: NDArray[np.int64]) -> None:
        """chosen, labels: [Q], of the queries that were found."""
        if chosen.any():
            self._labels.append(labels[chosen])
            for name, figures in found.models.items():
                self._metrics.setdefault(name, []).append(_of(figures.metrics, chosen))

    def report(self, taught: str) -> GroupReport | None:
        if not self._labels:
            return None
        labels = np.concatenate(self._labels)
        metrics = {name: QueryMetrics.joined(parts) for name, parts in self._metrics.items()}
        precisions = {name: some.average_precision for name, some in metrics.items()}
        means = {name: float(some.mean()) for name, some in precisions.items()}
        base = max((name for name in means if name != taught), key=means.__getitem__)
        gains = precisions[taught] - precisions[base]
        intervals, gain = dict.fromkeys(means, Interval(0.0, 1.0)), _UNKNOWN
        if len(np.unique(labels)) > 1:
            bootstrap = LabelBootstrap(labels)
            intervals = bootstrap.intervals(precisions)
            gain = bootstrap.intervals({"gain": gains})["gain"]
        return GroupReport(
            len(labels),
            len(np.unique(labels)),
            {name: ModelFigures(metrics[name].means(), intervals[name]) for name in metrics},
            Difference(base, float(gains.mean()), gain),
        )


def _of(metrics: QueryMetrics, chosen: NDArray[np.bool_]) -> QueryMetrics:
    return QueryMetrics(**{name: values[chosen] for name, values in vars(metrics).items()})


def _scaled(run: Generator[float, None, Any], done: int, total: int) -> Generator[float, None, Any]:
    """The share of all, while so many of all these are done."""
    while True:
        try:
            share = next(run)
        except StopIteration as stop:
            return stop.value
        yield (done + share) / total


def _finished(run: Generator[float, None, Evaluation]) -> Evaluation:
    while True:
        try:
            next(run)
        except StopIteration as stop:
            found: Evaluation = stop.value
            return found
