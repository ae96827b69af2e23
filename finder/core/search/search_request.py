"""What is searched for: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from finder.core.search.ranking.ranking import Own

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.models.spec import ModelSpec
    from finder.core.search.distance import Metric
    from finder.core.search.query.query import Query


@dataclass(frozen=True)
class SearchRequest:
    """top: how many matches, from 1 on. weights: of the models in the combined ranking, by name;
    empty where all are the same. look_twice: see `ranking.second_look`."""

    query: Query
    specs: Sequence[ModelSpec]
    top: int
    metric: Metric
    filter: Filter
    weights: Mapping[str, float] = field(default_factory=dict)
    look_twice: bool = False

    @property
    def looks_twice(self) -> bool:
        """Not for “less like this”: neighbours would bring back what the user wants to be rid
        of."""
        return self.look_twice and all(item.weight > 0 for item in self.query.items)

    @property
    def own(self) -> Own:
        """The query's own pictures."""
        return Own(self.query.own, self.query.leader)

    def weight(self, model: str) -> float:
        return self.weights.get(model, 1.0)


def weights_among(weights: Mapping[str, float], specs: Sequence[ModelSpec]) -> dict[str, float]:
    """The weights of these models, 1 in the mean; empty if all are the same, as where only models
    with the weight 0 are left."""
    chosen = {spec.name: weights.get(spec.name, 1.0) for spec in specs}
    total = sum(chosen.values())
    if total == 0.0 or len(set(chosen.values())) < 2:
        return {}
    return {name: weight * len(chosen) / total for name, weight in chosen.items()}
