"""What was read in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finder.core.pictures.transform import Box


@dataclass(frozen=True)
class ReadLine:
    """A line of text in a picture. box: in fractions of the upright picture; certainty: 0 to 1."""

    text: str
    box: Box
    certainty: float
