"""What a full check finds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from finder.core.text import mark

REPAIR = mark("Repair it: image-finder check --repair")


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was stored. hint: the way out, unless it was mended; again:
    pictures are to be indexed again to bring all of it back."""

    sentence: str
    hint: str = ""
    mended: bool = False
    again: bool = False

    def now_mended(self) -> Finding:
        return replace(self, mended=True)
