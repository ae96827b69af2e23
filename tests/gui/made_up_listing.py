"""A listing of many pictures, as `list_pictures` makes it, without a library."""

from __future__ import annotations

import numpy as np

from finder.core.library.listing import Listing, Month, Section
from finder.gui.library.browse.listed_pictures import GridSize, ListedPictures, list_and_lay_out


def made_up_listing(number: int, months: int = 1) -> Listing:
    """Content ids in no order."""
    random = np.random.default_rng(number)
    pictures = random.permutation(number).astype(np.int64) * 1_000_003 + (1 << 61)
    aspects = random.choice([1.5, 4 / 3, 0.75, 1.0], number).astype(np.float32)
    each = number // months
    sections = tuple(
        Section(Month(2000 + at // 12, 1 + at % 12), at * each, each) for at in range(months)
    )
    assert each * months == number
    return Listing(pictures, aspects, sections)


def made_up_pictures(number: int, months: int = 1, size: GridSize | None = None) -> ListedPictures:
    listing = made_up_listing(number, months)
    return list_and_lay_out(lambda: listing, size or GridSize(1_000, 150))
