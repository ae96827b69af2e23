"""The library's pictures with the places of their cards: what the page shows, made in a lane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from finder.core.i18n import tr
from finder.gui.common.formatting import folder_name
from finder.gui.grid.layouts import JustifiedLayout
from finder.gui.grid.section import Section
from finder.gui.theme.tokens import CARD_GAP

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from finder.core.library.listing import Listing, Month

_HEADER = 44


@dataclass(frozen=True)
class GridSize:
    """Px: of the whole grid, and of a row of cards, about."""

    width: int
    row_height: int


@dataclass(frozen=True, eq=False)
class ListedPictures:
    """by_id: [N], the rows in the order of the content ids. layout: for `size`. Whatever is asked
    for costs the same with 100,000 pictures as with 100."""

    listing: Listing
    by_id: NDArray[np.intp]
    sections: tuple[Section, ...]
    size: GridSize
    layout: JustifiedLayout

    def __len__(self) -> int:
        return len(self.listing)

    def picture_at(self, row: int) -> int | None:
        """A content id."""
        return int(self.listing.pictures[row]) if 0 <= row < len(self) else None

    def row_of(self, picture: int) -> int:
        """−1 if it is not in the list."""
        at = int(self.listing.pictures.searchsorted(picture, sorter=self.by_id))
        row = int(self.by_id[at]) if at < len(self) else -1
        return row if self.picture_at(row) == picture else -1

    def laid_out(self, size: GridSize) -> ListedPictures:
        """The same pictures in another size."""
        return replace(self, size=size, layout=_layout(self.listing, self.sections, size))


def list_and_lay_out(make_listing: Callable[[], Listing], size: GridSize) -> ListedPictures:
    listing = make_listing()
    sections = tuple(
        Section(section_title(part.title), part.start, part.length) for part in listing.sections
    )
    layout = _layout(listing, sections, size)
    return ListedPictures(listing, listing.pictures.argsort(), sections, size, layout)


def _layout(listing: Listing, sections: tuple[Section, ...], size: GridSize) -> JustifiedLayout:
    return JustifiedLayout(
        listing.aspects, sections, size.width, size.row_height, CARD_GAP, _HEADER
    )


def section_title(title: Month | str | None) -> str:
    """A month in the user's language, a folder's name; empty where there is none."""
    if title is None:
        return ""
    if isinstance(title, str):
        return folder_name(title)
    name = QLocale().standaloneMonthName(title.month)
    return tr("{month} {year}").format(month=name, year=title.year)
