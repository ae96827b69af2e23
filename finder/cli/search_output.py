"""The matches of a search for other programs: as JSON, and as lines with tabs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor
from typing import TYPE_CHECKING, Any

from finder.cli.query_lines import orientation_as_json, part_as_json, query_as_json
from finder.cli.search_names import NAMES, names_as_json
from finder.core.search.agreement import agreements, tops
from finder.core.search.closeness.match_word import match_word
from finder.core.search.distance import Metric, format_distance
from finder.core.search.model_alone import in_best_order
from finder.core.search.stacks import Folded, NearDuplicates, fold

if TYPE_CHECKING:
    from finder.core.library.words.name_match import NameMatch
    from finder.core.search.matches import Match, Result
    from finder.core.search.query.query import Query
    from finder.core.search.verify.sameness import Sameness
    from finder.use_cases.search.match_dates import PictureDate

COMBINED = "combined"


def result_rows(result: Result, near: NearDuplicates | None = None) -> Iterator[tuple[str, ...]]:
    """For each match: the model's name or COMBINED, rank, number, full path, “offline” if it is,
    how it is proven to be the same picture (“cropped”) and how many `near` folds behind it (“+4”),
    if any. The combined ranking comes first; there is none for a single model, whose list is in
    that order."""
    result = in_best_order(result)
    if len(result.models) > 1:
        yield from _rows(COMBINED, fold(result.combined, near), None, result.same)
    for name, matches in result.models.items():
        yield from _rows(name, fold(matches, near), result.metrics[name], result.same)


def agreement_rows(result: Result) -> Iterator[tuple[str, ...]]:
    """For each two rankings: their names, how many of the first matches they share, of how many,
    and their rank-biased overlap."""
    for one in _agreement(result):
        shared, top = str(one["shared"]), str(one["top"])
        yield *one["rankings"], shared, top, str(one["rank_biased_overlap"])


def result_as_json(
    result: Result,
    dates: Mapping[int, PictureDate] | None = None,
    near: NearDuplicates | None = None,
    names: Sequence[NameMatch] = (),
) -> dict[str, Any]:
    """The result as README.md describes it. dates: by content id, for a search by days; near: what
    is folded; names: what has the words of the query."""
    query, dates = result.query, dates or {}
    folded = {name: fold(matches, near) for name, matches in result.models.items()}
    combined = fold(result.combined, near)
    in_tops = tops(result)
    return {
        **query_as_json(query),
        "metric": str(result.metric),
        "metrics": {name: str(metric) for name, metric in result.metrics.items()},
        "models": {
            name: [
                _place(match)
                | {"distance": match.score}
                | _closeness(match, query)
                | orientation_as_json(query, result.standings[match.picture.id].get(name))
                | part_as_json(result.standings[match.picture.id].get(name))
                | _marks(match, dates)
                | _same(match, result)
                | _near_duplicates(of_model, match, result)
                for match in of_model.matches
            ]
            for name, of_model in folded.items()
        },
        COMBINED: [
            _place(match)
            | _combined_numbers(match, result)
            | {"in_top": list(in_tops[match.picture.id])}
            | _closeness(match, query)
            | orientation_as_json(query, result.combined_standings.get(match.picture.id))
            | part_as_json(result.combined_standings.get(match.picture.id))
            | _marks(match, dates)
            | _same(match, result)
            | _near_duplicates(combined, match, result)
            for match in combined.matches
        ],
        "agreement": _agreement(result),
        "looked_twice": result.looked_twice,
        **({"weights": dict(result.weights)} if result.weights else {}),
        **({NAMES: names_as_json(names)} if query.words else {}),
        **({"left_out": dict(result.left_out)} if result.left_out else {}),
    }


def _rows(
    name: str, folded: Folded, metric: Metric | None, same: Mapping[int, Sameness]
) -> Iterator[tuple[str, ...]]:
    for match in folded.matches:
        proof = same.get(match.picture.id)
        proven = proof.short_label if proof else ""
        marks = filter(None, (match.picture.away, proven, folded.mark(match)))
        number = format_distance(match.score, metric)
        yield name, str(match.rank), number, match.picture.paths[0], *marks


def _place(match: Match) -> dict[str, Any]:
    return {"rank": match.rank, "path": match.picture.paths[0]}


def _marks(match: Match, dates: Mapping[int, PictureDate]) -> dict[str, Any]:
    """What only some matches have."""
    marks: dict[str, Any] = {"offline": True} if match.picture.is_offline else {}
    date = dates.get(match.picture.id)
    if date is not None:
        marks["taken" if date.is_taken else "file_time"] = date.time
    return marks


def _same(match: Match, result: Result) -> dict[str, Any]:
    """How the match is proven to be the query's picture, if it is."""
    proof = result.same.get(match.picture.id)
    if proof is None:
        return {}
    outline = [[round(place, 4) for place in point] for point in proof.outline]
    return {"same": {"kind": str(proof.kind), "share": round(proof.share, 4), "outline": outline}}


def _near_duplicates(folded: Folded, match: Match, result: Result) -> dict[str, Any]:
    """What is folded behind the match, if anything is."""
    others = folded.behind.get(match.picture.id, ())
    entries = [_place(other) | _same(other, result) for other in others]
    return {"near_duplicates": entries} if entries else {}


def _closeness(match: Match, query: Query) -> dict[str, Any]:
    """The number rounded down, so that 100 stays the same picture; the word as an identifier, the
    same in every language; and the likelihood, if there is one."""
    word, likelihood = match_word(match, bool(query.words)), match.likelihood
    return {
        "closeness": floor(match.closeness * 10) / 10,
        "word": word.name.lower() if word else None,
        **({"likelihood": round(likelihood, 4)} if likelihood is not None else {}),
    }


def _agreement(result: Result) -> list[dict[str, Any]]:
    """Of each two rankings."""
    return [
        {
            "rankings": [name or COMBINED for name in pair],
            "top": found.top,
            "shared": found.shared,
            "rank_biased_overlap": round(found.rank_biased, 4),
        }
        for pair, found in agreements(result).items()
    ]


def _combined_numbers(match: Match, result: Result) -> dict[str, Any]:
    standings = result.standings[match.picture.id]
    return {
        "score": match.score,
        "ranks": {name: standing.rank for name, standing in standings.items()},
        "distances": {name: standing.distance for name, standing in standings.items()},
    }
