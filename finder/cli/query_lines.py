"""How the command line prints what was searched for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.core.search.query.query_spec_json import transform_as_json

if TYPE_CHECKING:
    from finder.core.pictures.transform import Orientation
    from finder.core.search.matches import Result, Standing
    from finder.core.search.query.query import Query


def query_name(query: Query) -> str:
    """The first picture, the number of the others, and the words."""
    texts = [_quoted(words.text) for words in query.words if words.weight > 0]
    parts = [_pictures_name(query), *texts] if query.first is not None else texts
    name = " + ".join(parts)
    without = [_quoted(words.text) for words in query.words if words.weight < 0]
    if without:
        name = tr("{name}, without {words}").format(name=name, words=", ".join(without))
    less = sum(item.weight < 0 for item in query.items)
    if less:
        name = trn(
            "{name}, less like {n} picture", "{name}, less like {n} pictures", less, name=name
        )
    return name


def _quoted(text: str) -> str:
    return tr("“{text}”").format(text=printable(text))


def _pictures_name(query: Query) -> str:
    """Of those that matches should resemble."""
    wanted = [item for item in query.items if item.weight > 0]
    name = printable(wanted[0].label)
    if wanted[0].transform.crop is not None:
        name = tr("{name} (a part)").format(name=name)
    more = len(wanted) - 1
    if more:
        name = trn("{name} and {n} more", "{name} and {n} more", more, name=name)
    return name


def query_line(query: Query) -> str:
    """Above the matches."""
    text = tr("Like {name}") if query.first is not None else tr("For {name}")
    return text.format(name=query_name(query))


def query_as_json(query: Query) -> dict[str, Any]:
    """The query's entries of a result, as README.md describes them."""
    wanted = [item.label for item in query.items if item.weight > 0]
    texts = [words.text for words in query.words if words.weight > 0]
    is_plain = all(item.weight == 1 and item.transform.is_identity for item in query.items)
    is_plain = is_plain and all(words.weight == 1 for words in query.words)
    examples: list[dict[str, Any]] = [
        {"path": item.label, "weight": item.weight} | transform_as_json(item.transform)
        for item in query.items
    ]
    examples += [{"text": words.text, "weight": words.weight} for words in query.words]
    return {
        "query": wanted[0] if wanted else None,
        **({"queries": wanted} if len(wanted) > 1 else {}),
        **({"text": query.text or None} if query.words else {}),
        **({"texts": texts} if len(texts) > 1 else {}),
        **({} if is_plain else {"examples": examples}),
        **({"any_orientation": True} if query.any_orientation else {}),
    }


def orientation_as_json(query: Query, standing: Standing | None) -> dict[str, Any]:
    """An entry of a match: how the query is turned to look like it, if any way was allowed."""
    if standing is None or not query.any_orientation:
        return {}
    turn = standing.orientation
    return {"orientation": {"rotate": 90 * turn.quarter_turns, "mirror": turn.mirrored}}


def part_as_json(standing: Standing | None) -> dict[str, Any]:
    """An entry of a match: which part of it was found, where that is nearer than all of it."""
    part = standing.part if standing is not None else None
    return {} if part is None else {"part": [part.left, part.top, part.right, part.bottom]}


def turned_lines(result: Result) -> Iterator[str]:
    """A line for each match of the combined ranking that looks like the query turned."""
    for match in result.combined:
        turn = result.combined_standings[match.picture.id].orientation
        if not turn.is_upright:
            yield tr("Rank {rank} is like the query {how}: {path}").format(
                rank=match.rank, how=_how(turn), path=printable(match.picture.paths[0])
            )


def _how(turn: Orientation) -> str:
    degrees = 90 * turn.quarter_turns
    if not turn.mirrored:
        return tr("turned by {degrees}°").format(degrees=degrees)
    if not degrees:
        return tr("mirrored")
    return tr("turned by {degrees}° and mirrored").format(degrees=degrees)
