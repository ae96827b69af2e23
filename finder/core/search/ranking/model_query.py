"""A query as one model sees it: all of it as one vector, and, where it has words, its pictures and
its words each for itself, as the combined ranking counts them.

The similarities of words and pictures lie on another scale than those of pictures with each other.
So in the combined ranking each kind is standardised for itself: the score is N · (a · mean over the
models of the pictures' z + b · mean over those with words of the words' z), with a and b the shares
of the pictures and of the words in the sum of all weights without their signs, and N the number of
models. The z of words are those of the plain similarities, not of the centred ones: the vector of a
text is not near the mean of the pictures. With one model there is nothing to combine, so the
combined ranking is in the order of its list: by the weighted sum of all vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from finder.core.errors import ModelFailedError
from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.search.query.query import Query
    from finder.core.search.ranking.similarity import Similarity

Vectors = NDArray[np.float32]
_PICTURES, _WORDS = "pictures", "words"


@dataclass(frozen=True)
class Component:
    """What the combined ranking adds up for a model. vectors: [O, D], one for each orientation;
    weight: what their standardised similarities count, below 0 for what matches should not be like;
    is_centred: whether these are the centred ones. name: of the component among those of a query;
    empty for the whole of it."""

    vectors: Vectors
    weight: float
    is_centred: bool
    name: str = ""


@dataclass(frozen=True)
class ModelQuery:
    """vectors: [O, D], all that the model understands of the query, for each orientation;
    has_words: whether the model understands its words. components: what the combined ranking adds
    up instead, for a query with words."""

    vectors: Vectors
    has_words: bool = False
    components: tuple[Component, ...] = ()

    @property
    def counts_words(self) -> bool:
        """Whether the combined ranking has anything of the words from it."""
        return any(one.name != _PICTURES for one in self.components)

    def other_vectors(self) -> list[Vectors]:
        """Those of the components, if they are others: what is nearest to any of them may be among
        the first of the combined ranking."""
        return [
            one.vectors if one.weight > 0 else -one.vectors
            for one in self.components
            if one.vectors is not self.vectors
        ]


def model_query(
    spec: ModelSpec, similarity: Similarity, query: Query, pictures: Vectors, words: Vectors
) -> ModelQuery:
    """pictures: [O, n, D], of the query's pictures in each orientation; words: [m, D]; of a model
    without a text tower [0, D]. Raises ModelFailedError if they cancel each other out; where only
    the words do, the pictures are what is searched for.

    The components are as if all models had words; see `with_shares`.
    """
    by_picture, by_text = query.weights, query.word_weights if len(words) else np.zeros(0)

    def merged(kinds: Callable[[Vectors], Vectors], weights: NDArray[np.float64]) -> Vectors:
        each = (similarity.query_vector(kinds(some), weights) for some in pictures)
        found = [one for one in each if one is not None]
        if len(found) < len(pictures):
            raise _cancelled_out(spec, query)
        return np.stack(found)

    def together(some: Vectors) -> Vectors:
        return np.concatenate([some, words])

    vectors = merged(together, np.concatenate([by_picture, by_text]))
    if not query.words:
        return ModelQuery(vectors)
    if not query.items:
        return ModelQuery(vectors, True, (Component(vectors, 1.0, False),))
    share = _share_of_words(query)
    if len(words) == 0:
        return ModelQuery(vectors, False, (Component(vectors, 1 - share, True, _PICTURES),))
    sign, sign_of_words = _sign(by_picture), _sign(by_text)
    alone = merged(lambda some: some, sign * by_picture)
    texts = similarity.query_vector(words, sign_of_words * by_text)
    of_pictures = Component(alone, sign * (1 - share), True, _PICTURES)
    if texts is None:
        return ModelQuery(vectors, True, (of_pictures,))
    of_words = Component(texts[np.newaxis], sign_of_words * share, False, _WORDS)
    return ModelQuery(vectors, True, (of_pictures, of_words))


def with_shares(
    queries: Mapping[ModelSpec, ModelQuery], weights: Mapping[str, float]
) -> dict[ModelSpec, ModelQuery]:
    """The queries of all models that answer, in which those with words count for those without.
    weights: of the models in the combined ranking, by name; 1 for those without."""
    worded = [spec for spec, one in queries.items() if one.counts_words]
    if not worded:
        return {spec: replace(one, components=()) for spec, one in queries.items()}
    if len(queries) == 1:
        return {
            spec: replace(one, components=(Component(one.vectors, 1.0, False),))
            for spec, one in queries.items()
        }
    total = sum(weights.get(spec.name, 1.0) for spec in worded)
    factor = sum(weights.get(spec.name, 1.0) for spec in queries) / total if total else 0.0
    return {
        spec: replace(
            one,
            components=tuple(
                replace(part, weight=part.weight * factor) if part.name == _WORDS else part
                for part in one.components
            ),
        )
        for spec, one in queries.items()
    }


def _share_of_words(query: Query) -> float:
    of_words = float(np.abs(query.word_weights).sum())
    return of_words / (of_words + float(np.abs(query.weights).sum()))


def _sign(weights: NDArray[np.float64]) -> float:
    """−1 if all of them are below 0: then the nearest to their mean are what matches should not be
    like."""
    return -1.0 if (weights < 0).all() else 1.0


def _cancelled_out(spec: ModelSpec, query: Query) -> ModelFailedError:
    if not query.items:
        text = tr("For {title} the words of the query cancel each other out.")
    elif query.words:
        text = tr("For {title} the words and pictures of the query have nothing in common.")
    else:
        text = tr("For {title} the query pictures have nothing in common.")
    return ModelFailedError(text.format(title=spec.title), tr("Search for them one by one."))
