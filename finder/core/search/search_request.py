"""What is searched for: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from finder.core.errors import NoWordModelError
from finder.core.i18n import tr
from finder.core.limits import MAX_MATCHES
from finder.core.search.ranking.ranking import Own

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.models.spec import ModelSpec
    from finder.core.search.distance import Metric
    from finder.core.search.query.query import Query


@dataclass(frozen=True)
class SearchRequest:
    """specs: of the models that can answer. top: how many matches, from 1 on. weights: of the
    models in the combined ranking, by name; empty where all are the same. look_twice: see
    `ranking.second_look`. left_out: why others cannot answer, a sentence by name."""

    query: Query
    specs: Sequence[ModelSpec]
    top: int
    metric: Metric
    filter: Filter
    weights: Mapping[str, float] = field(default_factory=dict)
    look_twice: bool = False
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def looks_twice(self) -> bool:
        """Not for “less like this”: neighbours would bring back what the user wants to be rid of.
        Nor with words: what resembles the best matches need not fit them."""
        is_less = any(item.weight < 0 for item in self.query.items)
        return self.look_twice and not is_less and not self.query.words

    @property
    def own(self) -> Own:
        """The query's own pictures."""
        return Own(self.query.own, self.query.leader)

    def weight(self, model: str) -> float:
        return self.weights.get(model, 1.0)


def search_request(
    query: Query,
    specs: Sequence[ModelSpec],
    top: int,
    metric: Metric,
    filter: Filter,
    weights: Mapping[str, float],
    look_twice: bool,
) -> SearchRequest:
    """Of these models, with the weights that the library has. Raises NoWordModelError if none of
    them can answer."""
    left_out = models_left_out(query, specs)
    answering = [spec for spec in specs if spec.name not in left_out]
    if not answering:
        raise no_word_model()
    return SearchRequest(
        query,
        answering,
        max(1, min(top, MAX_MATCHES)),
        metric,
        filter,
        weights_among(weights, answering),
        look_twice,
        left_out,
    )


def no_word_model() -> NoWordModelError:
    """For a search by words with models that know pictures only."""
    return NoWordModelError(
        tr("None of these models can search by words."),
        tr(
            "Choose one that can; or install SigLIP2 (image-finder models install "
            "siglip2-b16-224), and index the library with it. Names of files and folders are "
            "found without it."
        ),
    )


def weights_among(weights: Mapping[str, float], specs: Sequence[ModelSpec]) -> dict[str, float]:
    """The weights of these models, 1 in the mean; empty if all are the same, as where only models
    with the weight 0 are left."""
    chosen = {spec.name: weights.get(spec.name, 1.0) for spec in specs}
    total = sum(chosen.values())
    if total == 0.0 or len(set(chosen.values())) < 2:
        return {}
    return {name: weight * len(chosen) / total for name, weight in chosen.items()}


def models_left_out(query: Query, specs: Sequence[ModelSpec]) -> dict[str, str]:
    """Why models have no part in the answer: those without a text tower, if the query has no
    picture that matches should resemble."""
    if query.first is not None or not query.words:
        return {}
    if query.items:
        text = tr("{title} does not understand words, and there is no picture to start from.")
    else:
        text = tr("{title} does not understand words.")
    return {spec.name: text.format(title=spec.title) for spec in specs if spec.text is None}
