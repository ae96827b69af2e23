"""The list of a model that answers alone, as the second look and proofs order it. Plain values,
cheap to import."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.search.matches import Result


def in_best_order(result: Result) -> Result:
    """Where one model has answered, its matches in the order of the combined ranking, with the
    model's own numbers, which then need not fall from match to match. The answer of several models,
    in which that order has a column of its own, is as it was."""
    if len(result.models) != 1 or not (result.looked_twice or result.same):
        return result
    (name,) = result.models
    standings = {
        picture: {
            **by_model,
            name: replace(by_model[name], rank=best.rank, closeness=best.closeness),
        }
        for picture, by_model in result.standings.items()
        if name in by_model and (best := result.combined_standings.get(picture)) is not None
    }
    matches = [
        replace(match, score=standings[match.picture.id][name].distance)
        for match in result.combined
        if match.picture.id in standings
    ]
    return replace(result, models={name: matches}, standings={**result.standings, **standings})
