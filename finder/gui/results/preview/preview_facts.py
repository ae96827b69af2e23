"""What the preview says of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finder.core.search.verify.sameness import Point, Sameness


@dataclass(frozen=True)
class PreviewFacts:
    """What is said of the picture that is shown. place: its number in the list, from 1, of
    `number` pictures; note: what is wrong with it; same: that it is proven to be the query's;
    in_query: the corners of the match in the query as it is shown, if it is a part of it."""

    name: str
    facts: str
    place: int
    number: int
    note: str = ""
    same: Sameness | None = None
    in_query: Sequence[Point] = ()
