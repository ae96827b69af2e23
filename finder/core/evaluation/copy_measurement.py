"""How well altered copies find their originals: figures by alteration, and the hardest copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from finder.core.evaluation.alteration_names import alteration_title
from finder.core.evaluation.measurement import (
    HardQuery,
    Kinds,
    MeasuredRankings,
    Ranking,
    Summaries,
    figures_of_ranking,
    smallest_first,
    summarise,
)

if TYPE_CHECKING:
    from finder.core.evaluation.evaluation import RankingFigures


@dataclass(frozen=True)
class CopyEvaluation:
    """pictures: int64 [n], the content ids of those that are searched; originals: int64 [Q], for
    each copy the position of its original among them; kinds: how the copies were altered. models,
    combinations: by name."""

    pictures: NDArray[np.int64]
    originals: NDArray[np.int64]
    kinds: Kinds
    models: Mapping[str, RankingFigures]
    combinations: Mapping[str, RankingFigures]


@dataclass(frozen=True)
class CopiesLeftOut:
    """How many copies were not searched for, and why: others are files that are no copies, or could
    not be used; ambiguous, several pictures have the name of the original; not_embedded, one of the
    models has no vector of the original."""

    others: int = 0
    ambiguous: int = 0
    not_embedded: int = 0


@dataclass(frozen=True)
class CopyMeasurement(MeasuredRankings):
    """Of altered copies: in place of labels, summaries have the kinds of alterations."""

    of_copies: ClassVar[bool] = True
    evaluation: CopyEvaluation
    left_out: CopiesLeftOut

    @property
    def pictures(self) -> int:
        """How many were searched."""
        return len(self.evaluation.pictures)

    @property
    def copies(self) -> int:
        """How many were searched for."""
        return len(self.evaluation.originals)

    def hardest(self, ranking: Ranking, number: int, kind: str | None = None) -> list[HardQuery]:
        """Of the copies whose original is not the first answer, of all kinds or of one, those whose
        original is farthest behind. Each with its original's picture; `wrong` are the first answers
        before it, with their ranks."""
        evaluation = self.evaluation
        figures = figures_of_ranking(ranking, evaluation.models, evaluation.combinations)
        chosen = figures.metrics.average_precision < 1
        if kind is not None:
            chosen &= evaluation.kinds.of_query == evaluation.kinds.names.index(kind)
        queries = smallest_first(figures, np.flatnonzero(chosen), number)
        return [self._hard_query(figures, query) for query in queries]

    def _hard_query(self, figures: RankingFigures, query: int) -> HardQuery:
        evaluation = self.evaluation
        original = int(evaluation.originals[query])
        answers = figures.first[query].tolist()
        before = answers.index(original) if original in answers else len(answers)
        return HardQuery(
            int(evaluation.pictures[original]),
            alteration_title(evaluation.kinds.names[int(evaluation.kinds.of_query[query])]),
            float(figures.metrics.average_precision[query]),
            tuple(
                (int(evaluation.pictures[answer]), str(rank))
                for rank, answer in enumerate(answers[:before], 1)
            ),
        )


def summarise_copies(evaluation: CopyEvaluation) -> tuple[Summaries, Summaries, str]:
    """As `summarise`, by alterations. Copies of one original are drawn together."""
    return summarise(
        {name: figures.metrics for name, figures in evaluation.models.items()},
        {name: figures.metrics for name, figures in evaluation.combinations.items()},
        evaluation.originals,
        evaluation.kinds,
    )
