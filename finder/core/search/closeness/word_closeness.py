"""How close a match is to words, and how likely these describe it.

The similarity of a picture to words says little by itself: 0.3 may be the best or the worst of a
library, depending on the model. What counts is how far it stands out: 0 is the mean of the library,
100 is `_HIGHEST` standard deviations above it. No picture is “the same” as words, and with words in
the query none is “nearly the same”, whatever its number; docs/words.md has more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from finder.core.search.closeness.closeness import CLOSEST_OTHER, CLOSEST_SIMILAR
from finder.core.search.ranking.spread import SMALLEST_DEVIATION

if TYPE_CHECKING:
    from finder.core.models.spec import TextSpec
    from finder.core.search.closeness.closeness_scale import Scale
    from finder.core.search.query.query import Query
    from finder.core.search.ranking.spread import Spread

_HIGHEST: Final = 6.0


@dataclass(frozen=True)
class WordScale:
    """spread: of the similarities of the query to the library; most: the highest closeness; text:
    of the model, if its probabilities hold for the query."""

    spread: Spread
    most: float
    text: TextSpec | None = None

    def closeness(
        self, similarities: NDArray[np.float64], identical: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """0 to 100 for each."""
        if self.spread.deviation < SMALLEST_DEVIATION:
            return np.zeros(len(similarities))
        above = (similarities - self.spread.mean) / self.spread.deviation
        closeness: NDArray[np.float64] = np.clip(100.0 * above / _HIGHEST, 0.0, self.most)
        return closeness

    def likelihoods(self, similarities: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The probability for each that the words describe it; None if the model has none."""
        if self.text is None or self.text.scale is None or self.text.bias is None:
            return None
        logits = self.text.scale * similarities + self.text.bias
        probabilities: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-np.clip(logits, -50.0, 50.0)))
        return probabilities


@dataclass(frozen=True)
class ScaleBesideWords:
    """Of a model that knows only the pictures of a query with words."""

    of_pictures: Scale

    def closeness(
        self, similarities: NDArray[np.float64], identical: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """0 to 100 for each."""
        return np.minimum(self.of_pictures.closeness(similarities, identical), CLOSEST_SIMILAR)

    def likelihoods(self, similarities: NDArray[np.float64]) -> None:
        """None are known."""


def picture_scale(query: Query, of_pictures: Scale) -> Scale:
    """Of any query, for a model that takes part with its pictures only."""
    return ScaleBesideWords(of_pictures) if query.words else of_pictures


def word_scale(query: Query, text: TextSpec | None, spread: Spread) -> WordScale:
    """Of a query with words, for a model that understands them. A model's probabilities hold for
    one description alone."""
    is_one = not query.items and len(query.words) == 1
    most = CLOSEST_SIMILAR if query.items else CLOSEST_OTHER
    return WordScale(spread, most, text if is_one else None)
