"""The closeness of a match in the combined ranking."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from finder.core.search.closeness.closeness import CLOSEST_OTHER, SAME

if TYPE_CHECKING:
    from finder.core.search.matches import Standing


def combined_closeness(
    combined: Mapping[int, Standing], by_picture: Mapping[int, Mapping[str, Standing]]
) -> dict[int, Standing]:
    """The combined standings with their closeness: the mean of the models' for the picture, but at
    most that of the picture before it.

    So it falls with the score, is comparable between queries as the models' is, and does not
    depend on how many matches are listed: all that rank before a listed match are listed, too.
    """
    rated: dict[int, Standing] = {}
    most = SAME
    for picture, standing in sorted(combined.items(), key=lambda item: item[1].rank):
        values = [of_model.closeness for of_model in by_picture[picture].values()]
        most = min(most, _mean(values))
        rated[picture] = replace(standing, closeness=most)
    return rated


def _mean(values: Collection[float]) -> float:
    """A model whose vector proves the same picture is believed if the others find no difference
    either."""
    if max(values) == SAME and min(values) >= CLOSEST_OTHER:
        return SAME
    return sum(values) / len(values)
