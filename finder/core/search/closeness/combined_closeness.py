"""The closeness of a match in the combined ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from finder.core.search.closeness.closeness import CLOSEST_OTHER, SAME

if TYPE_CHECKING:
    from finder.core.search.matches import Standing


def combined_closeness(
    combined: Mapping[int, Standing],
    by_picture: Mapping[int, Mapping[str, Standing]],
    weights: Mapping[str, float],
) -> dict[int, Standing]:
    """The combined standings with their closeness: the mean of the models' for the picture, with
    the weights of the ranking (1 for those without), but at most that of the picture before it.

    So it falls with the score, is comparable between queries as the models' is, and does not
    depend on how many matches are listed: all that rank before a listed match are listed, too.
    """
    rated: dict[int, Standing] = {}
    most = SAME
    for picture, standing in sorted(combined.items(), key=lambda item: item[1].rank):
        of_models = by_picture[picture]
        counted = [weights.get(model, 1.0) for model in of_models]
        most = min(most, _mean([one.closeness for one in of_models.values()], counted))
        rated[picture] = replace(standing, closeness=most)
    return rated


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """A model whose vector proves the same picture is believed if the others find no difference
    either."""
    if max(values) == SAME and min(values) >= CLOSEST_OTHER:
        return SAME
    total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    return total / (sum(weights) or 1.0)
