"""The cards of a result column; they can be dragged to other programs, as files."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from finder.gui.grid.card_drag import drag_card
from finder.gui.grid.layouts import CellLayout, GridLayout, JustifiedLayout
from finder.gui.grid.picture_view import PictureView
from finder.gui.grid.section import Section
from finder.gui.theme.tokens import CARD_GAP

if TYPE_CHECKING:
    from finder.core.search.matches import Match
    from finder.gui.results.match_model import MatchListModel

_CELL_RATIO = 1.5  # width to height
_ROW_SCALE = 1.3  # rows of a grid are taller than cells, as their cards differ in width


class MatchView(PictureView):
    """fills_rows: a grid in which every picture keeps its proportions, instead of equal cells."""

    def __init__(self, model: MatchListModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.matches = model
        self._size = 128
        self.fills_rows = False
        self.setModel(model)
        self.drag_started.connect(self._drag)
        self.set_layout(self._make_layout)

    @property
    def card_width(self) -> int:
        """Px of a cell at least."""
        return round(self._size * _CELL_RATIO)

    def set_thumb_size(self, size: int) -> None:
        """The height of a cell, about."""
        self._size = size
        self.set_layout(self._make_layout)

    def set_fills_rows(self, fills_rows: bool) -> None:
        self.fills_rows = fills_rows
        self.set_layout(self._make_layout)

    def current_match(self) -> Match | None:
        return self.matches.match_at(self.currentIndex().row())

    def place_to_keep(
        self, wanted: int | None, moving: Collection[int] = ()
    ) -> tuple[int, int] | None:
        """A picture and how far below the top of the view its card is: of this one if it can be
        seen, else of the first one from there on that is not about to move forward. None: the view
        is at the top of its list."""
        visible = self.visible_rows()
        row = self.matches.row_showing(wanted)
        if row not in visible:
            if not self._top:
                return None
            row = self._first_row_left(visible.start, moving)
        match = self.matches.match_at(row)
        if match is None:
            return None
        return match.picture.id, self.row_rect(row).top() - self._top

    def _first_row_left(self, start: int, moving: Collection[int]) -> int:
        matches = enumerate(self.matches.matches[start:], start)
        return next((row for row, match in matches if match.picture.id not in moving), start)

    def lay_out_now(self) -> None:
        """What waits to be laid out, so that it does not move what is in view later."""
        self.executeDelayedItemsLayout()

    def keep_place(self, place: tuple[int, int] | None) -> None:
        """Scroll until the picture, or what it is folded in, is where it was."""
        row = self.matches.row_showing(place[0]) if place is not None else -1
        if place is None:
            self.verticalScrollBar().setValue(0)
        elif row >= 0:
            self.verticalScrollBar().setValue(self.row_rect(row).top() - place[1])

    @property
    def _top(self) -> int:
        return self.verticalScrollBar().value()

    def _make_layout(self, width: int) -> GridLayout:
        number = self.matches.rowCount()
        if not self.fills_rows:
            return CellLayout(number, width, self.card_width, _CELL_RATIO, CARD_GAP)
        facts = [match.picture.facts for match in self.matches.matches]
        ratios = [one.width / max(1, one.height) for one in facts]
        everything = [Section("", 0, number)]
        height = round(self._size * _ROW_SCALE)
        return JustifiedLayout(ratios, everything, width, height, CARD_GAP, 0)

    def _drag(self, row: int) -> None:
        match = self.matches.match_at(row)
        if match is not None:
            drag_card(self, row, match.picture)
