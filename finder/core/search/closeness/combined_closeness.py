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
    the weights of the ranking (1 for those without). Their likelihood: the mean of the models that
    have one.

    So it is comparable between queries as the models' is, and depends on no other match. It falls
    with the score only roughly: the score compares with the whole library, and with the neighbours
    in a second look.
    """
    return {
        picture: replace(
            standing,
            closeness=_combined(by_picture[picture], weights),
            likelihood=_likelihood(by_picture[picture]),
        )
        for picture, standing in combined.items()
    }


def _combined(standings: Mapping[str, Standing], weights: Mapping[str, float]) -> float:
    counted = [weights.get(model, 1.0) for model in standings]
    return _mean([one.closeness for one in standings.values()], counted)


def _likelihood(standings: Mapping[str, Standing]) -> float | None:
    known = [one.likelihood for one in standings.values() if one.likelihood is not None]
    return sum(known) / len(known) if known else None


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    """A model whose vector proves the same picture is believed if the others find no difference
    either."""
    if max(values) == SAME and min(values) >= CLOSEST_OTHER:
        return SAME
    total = sum(value * weight for value, weight in zip(values, weights, strict=True))
    return total / (sum(weights) or 1.0)
