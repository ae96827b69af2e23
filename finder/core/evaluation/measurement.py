"""What an evaluation shows: figures with their intervals, compared with the best single model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.evaluation.bootstrap import Interval, LabelBootstrap, Verdict
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.evaluation.combination_weights import WeightChoice
    from finder.core.evaluation.evaluation import Evaluation, RankingFigures
    from finder.core.evaluation.retrieval_metrics import QueryMetrics

COMBINED: Final = "combined"
"""The name of the combination of all models."""
JOINT: Final = "+"
"""Between the names of the models of another combination."""


@dataclass(frozen=True)
class Difference:
    """How much larger the mean average precision is than that of the best single model: of the same
    queries, with the interval of this difference."""

    other: str
    value: float
    interval: Interval

    @property
    def verdict(self) -> Verdict:
        return Verdict.of(self.interval)


@dataclass(frozen=True)
class RankingSummary:
    """means: of each figure, by its short name; interval: of the mean average precision; per_label:
    the mean average precision of each label's queries, by the label's name. difference: None for
    the best single model itself."""

    means: Mapping[str, float]
    interval: Interval
    per_label: Mapping[str, float]
    difference: Difference | None


@dataclass(frozen=True)
class ModelCost:
    """What a model costs: bytes of its file; pictures that it embeds in a second on all cores, None
    where that is not known."""

    bytes: int
    pictures_per_second: float | None


@dataclass(frozen=True)
class Ranking:
    """cost: None for a combination."""

    name: str
    title: str
    summary: RankingSummary
    cost: ModelCost | None = None


@dataclass(frozen=True)
class LeftOut:
    """Pictures that were not measured: not in the library or unreadable; with several labels;
    lacking a vector of one of the models. single: measured as answers only, as the only picture of
    their label."""

    missing: int = 0
    ambiguous: int = 0
    not_embedded: int = 0
    single: int = 0


@dataclass(frozen=True)
class MeasuredRankings:
    """models, combinations: the summaries, by name; titles, costs: of the models; best_model: the
    best single one. of_copies: of altered copies, not of labelled pictures."""

    of_copies: ClassVar[bool] = False
    models: Mapping[str, RankingSummary]
    combinations: Mapping[str, RankingSummary]
    titles: Mapping[str, str]
    costs: Mapping[str, ModelCost]
    best_model: str

    @property
    def rankings(self) -> Iterator[Ranking]:
        """Models first."""
        for name, summary in self.models.items():
            yield Ranking(name, self.titles[name], summary, self.costs[name])
        for name, summary in self.combinations.items():
            yield Ranking(name, self._combination_title(name), summary)

    def _combination_title(self, name: str) -> str:
        if name == COMBINED:
            return tr("Combined")
        return " + ".join(self.titles[model] for model in name.split(JOINT))


@dataclass(frozen=True)
class Measurement(MeasuredRankings):
    """Of labelled pictures. weights: None where a single model was measured."""

    evaluation: Evaluation
    left_out: LeftOut
    weights: WeightChoice | None = None

    def confusion(self, ranking: Ranking) -> NDArray[np.int64]:
        """[labels, labels]: for how many queries of one label the first answer has the other."""
        labels, number = self.evaluation.labelled.labels, len(self.evaluation.labelled.names)
        answers = labels[self._figures(ranking).first[:, 0]]
        pairs = self.evaluation.query_labels * number + answers
        return np.bincount(pairs, minlength=number * number).reshape(number, number)

    def hardest(self, ranking: Ranking, number: int, label: str | None = None) -> list[HardQuery]:
        """The queries with the smallest average precision, of all labels or of one."""
        evaluation, figures = self.evaluation, self._figures(ranking)
        of_label = np.ones(len(evaluation.queries), dtype=np.bool_)
        if label is not None:
            of_label = evaluation.query_labels == evaluation.labelled.names.index(label)
        queries = smallest_first(figures, np.flatnonzero(of_label), number)
        return [_hard_query(evaluation, figures, query) for query in queries]

    def confused(self, label: int, answer: int, ranking: Ranking, number: int) -> list[HardQuery]:
        """The queries of one label whose first answer has the other label (numbers of labels),
        those with the smallest average precision. `wrong` is the first answer, empty where it is
        right."""
        evaluation, figures = self.evaluation, self._figures(ranking)
        first = evaluation.labelled.labels[figures.first[:, 0]]
        chosen = (evaluation.query_labels == label) & (first == answer)
        queries = smallest_first(figures, np.flatnonzero(chosen), number)
        most = int(label != answer)
        return [_hard_query(evaluation, figures, query, most) for query in queries]

    def confused_pairs(self, ranking: Ranking, number: int) -> list[ConfusedPair]:
        """The pairs of labels that are confused most."""
        evaluation, figures = self.evaluation, self._figures(ranking)
        names = evaluation.labelled.names
        answers = evaluation.labelled.labels[figures.first[:, 0]]
        wrong = answers != evaluation.query_labels
        pairs, numbers = np.unique(
            evaluation.query_labels[wrong] * len(names) + answers[wrong], return_counts=True
        )
        most = np.argsort(-numbers, kind="stable")[:number]
        return [
            ConfusedPair(label, answer, names[label], names[answer], queries)
            for (label, answer), queries in zip(
                (divmod(pair, len(names)) for pair in pairs[most].tolist()),
                numbers[most].tolist(),
                strict=True,
            )
        ]

    def _figures(self, ranking: Ranking) -> RankingFigures:
        evaluation = self.evaluation
        return figures_of_ranking(ranking, evaluation.models, evaluation.combinations)


@dataclass(frozen=True)
class ConfusedPair:
    """For how many queries of a label the first answer has another one: the numbers and names of
    both."""

    label: int
    answer: int
    label_name: str
    answer_name: str
    queries: int


@dataclass(frozen=True)
class HardQuery:
    """A query's picture (content id) and label, and its first wrong answers with theirs."""

    picture: int
    label: str
    average_precision: float
    wrong: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Kinds:
    """What queries are told apart by in tables. of_query: int64 [Q], the number of each query's
    kind; names: of the kinds."""

    of_query: NDArray[np.int64]
    names: Sequence[str]

    def means(self, values: NDArray[np.float64]) -> dict[str, float]:
        """The mean of values [Q] over the queries of each kind that has any."""
        sums = np.bincount(self.of_query, values, len(self.names))
        numbers = np.bincount(self.of_query, minlength=len(self.names))
        rows = zip(self.names, sums.tolist(), numbers.tolist(), strict=True)
        return {name: total / number for name, total, number in rows if number}


Summaries = dict[str, RankingSummary]


def summarise(
    models: Mapping[str, QueryMetrics],
    combinations: Mapping[str, QueryMetrics],
    groups: NDArray[np.int64],
    kinds: Kinds,
) -> tuple[Summaries, Summaries, str]:
    """Of the models, of the combinations; and the best single model, of equal ones the first.

    groups: int64 [Q], queries of one group are drawn together by the bootstrap.
    """
    best = max(models, key=lambda name: float(models[name].average_precision.mean()))
    bootstrap = LabelBootstrap(groups)
    of_best = models[best].average_precision

    def of(rankings: Mapping[str, QueryMetrics], with_best: bool) -> Summaries:
        values = {name: metrics.average_precision for name, metrics in rankings.items()}
        if not values:
            return {}
        intervals = bootstrap.intervals(values)
        paired = bootstrap.intervals({name: some - of_best for name, some in values.items()})
        return {
            name: RankingSummary(
                metrics.means(),
                intervals[name],
                kinds.means(values[name]),
                None
                if with_best and name == best
                else Difference(best, float((values[name] - of_best).mean()), paired[name]),
            )
            for name, metrics in rankings.items()
        }

    return of(models, True), of(combinations, False), best


def summarise_labels(evaluation: Evaluation) -> tuple[Summaries, Summaries, str]:
    """As `summarise`, by labels."""
    labels = evaluation.query_labels
    return summarise(
        {name: figures.metrics for name, figures in evaluation.models.items()},
        {name: figures.metrics for name, figures in evaluation.combinations.items()},
        labels,
        Kinds(labels, evaluation.labelled.names),
    )


def figures_of_ranking(
    ranking: Ranking,
    models: Mapping[str, RankingFigures],
    combinations: Mapping[str, RankingFigures],
) -> RankingFigures:
    return (models if ranking.cost is not None else combinations)[ranking.name]


def smallest_first(figures: RankingFigures, queries: NDArray[np.int64], number: int) -> list[int]:
    """Those of the queries with the smallest average precision."""
    precisions = figures.metrics.average_precision[queries]
    found: list[int] = queries[np.argsort(precisions, kind="stable")[:number]].tolist()
    return found


def _hard_query(
    evaluation: Evaluation, figures: RankingFigures, query: int, most: int | None = None
) -> HardQuery:
    """most: so many wrong answers at most; None: all that are kept."""
    labelled = evaluation.labelled
    position = int(evaluation.queries[query])
    label = int(labelled.labels[position])
    wrong = tuple(
        (int(labelled.pictures[answer]), labelled.names[labelled.labels[answer]])
        for answer in figures.first[query].tolist()
        if labelled.labels[answer] != label
    )
    return HardQuery(
        int(labelled.pictures[position]),
        labelled.names[label],
        float(figures.metrics.average_precision[query]),
        wrong[:most],
    )
