"""What the preview says of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.pictures.transform import Box
    from finder.core.search.verify.sameness import Sameness


@dataclass(frozen=True)
class PreviewFacts:
    """What is said of the picture that is shown. place: its number in the list, from 1, of
    `number` pictures; note: what is wrong with it; same: that it is proven to be the query's, as
    that is shown; part: that is so near, if not all of it; texts: where in it words were found."""

    name: str
    facts: str
    place: int
    number: int
    note: str = ""
    same: Sameness | None = None
    part: Box | None = None
    texts: tuple[Box, ...] = ()
