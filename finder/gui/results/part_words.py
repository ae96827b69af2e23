"""What is said and drawn of a match that is near because of a part of it: where the index has
crops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from finder.core.i18n import tr

if TYPE_CHECKING:
    from finder.core.pictures.transform import Box
    from finder.core.search.matches import Result
    from finder.core.search.verify.sameness import Point


def parts_of(result: Result) -> dict[int, Box]:
    """For each picture that has one the part that was found: in the combined ranking, or where it
    is not in that, by the first model that found one."""
    parts: dict[int, Box] = {}
    for picture, by_model in result.standings.items():
        combined = result.combined_standings.get(picture)
        standings = [combined] if combined is not None else list(by_model.values())
        part = next((one.part for one in standings if one.part is not None), None)
        if part is not None:
            parts[picture] = part
    return parts


def outline(part: Box | None) -> Sequence[Point]:
    """Its corners; none of no part."""
    if part is None:
        return ()
    return (
        (part.left, part.top),
        (part.right, part.top),
        (part.right, part.bottom),
        (part.left, part.bottom),
    )


def sentence() -> str:
    return tr("Found in a part of this picture.")
