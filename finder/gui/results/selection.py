"""Which match is selected in the results, and what is marked for it in all columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.search.matches import replace_pictures
from finder.gui.results.result_filter import COMBINED

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.matches import Match, Result, Standing
    from finder.gui.results.compare.column_set import ColumnSet
    from finder.gui.results.folding import Folding, Stack


class ResultSelection(QObject):
    """One picture at a time, in every column that lists it. is_chosen: the user has selected it, or
    does something with it.

    Signals: selected(Match or None); stack_selected(the Stack that it is in, or None).
    """

    selected = Signal(object)
    stack_selected = Signal(object)

    def __init__(self, columns: ColumnSet, parent: QObject) -> None:
        super().__init__(parent)
        self._columns = columns
        self._result: Result | None = None
        self._match: Match | None = None
        self.is_chosen = self._follows_first = False
        columns.selected.connect(self._choose)
        for used in (columns.pressed, columns.activated):
            used.connect(lambda _: self.keep())
        columns.hovered.connect(lambda match: self._mark(match or self._match))

    @property
    def match(self) -> Match | None:
        return self._match

    @property
    def chosen(self) -> Match | None:
        """The selected match, if the user has selected it."""
        return self._match if self.is_chosen else None

    def begin(self, result: Result) -> None:
        """With nothing selected; `select_first` follows."""
        self._result, self._match, self.is_chosen = result, None, False

    def update_result(self, result: Result) -> None:
        """The same answer in another order; `show_again` follows, and selects the match that is the
        first one now, unless the user has chosen one."""
        if self._match is not None and self._result is not None:
            self._match = _moved(self._match, self._result, result)
        self._result, self._follows_first = result, not self.is_chosen

    def keep(self) -> None:
        """The user does something with the selected match: it stays selected."""
        self.is_chosen = True

    def select_first(self) -> None:
        """The best match; the same picture in the other columns."""
        first = self._match = self._first()
        self._show()
        self.selected.emit(first)
        self._tell_stack()

    def _first(self) -> Match | None:
        models = [column.model for column in self._columns.shown()]
        return next((model.match_at(0) for model in models if model.rowCount()), None)

    def show_again(self) -> None:
        """After other rows are listed. If no column lists the selected match any more, but one has
        it folded behind another, that one is selected."""
        self._follow_first()
        match = self._match
        if match is not None and not self.is_listed(match):
            models = [column.model for column in self._columns.shown()]
            leaders = (model.match_at(model.row_showing(match.picture.id)) for model in models)
            leader = next((one for one in leaders if one is not None), None)
            if leader is not None:
                self._match = leader
                self.selected.emit(leader)
        self._show()
        self._tell_stack()

    def _follow_first(self) -> None:
        """After an update: select the first match, if another one is selected."""
        follows, self._follows_first = self._follows_first, False
        first = self._first() if follows else None
        before = self._match.picture.id if self._match is not None else None
        if first is not None and first.picture.id != before:
            self._match = first
            self.selected.emit(first)

    def select_listed(self) -> None:
        """Select the first match if the selected one is not listed."""
        if self._match is not None and not self.is_listed(self._match):
            self.select_first()

    def update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        """These pictures have other paths now, or are offline."""
        if self._match is not None:
            (self._match,) = replace_pictures([self._match], pictures)

    def is_listed(self, match: Match) -> bool:
        """Whether any column has a row for the match."""
        shown = self._columns.shown()
        return any(column.model.row_of(match.picture.id) >= 0 for column in shown)

    def stack_of(self, match: Match) -> Stack | None:
        """In the first column that has one with this match."""
        stacks = (c.model.stack_of(match.picture.id) for c in self._columns.shown())
        return next((stack for stack in stacks if stack is not None), None)

    def would_fold(self, folding: Folding, match: Match) -> bool:
        """Whether no column would list the match any more."""
        shown = self._columns.shown()
        return not any(column.would_list(folding, match.picture.id) for column in shown)

    def _choose(self, match: Match | None) -> None:
        if match is not None:
            self._match, self.is_chosen = match, True
            self._show()
            self.selected.emit(match)
            self._tell_stack()

    def _show(self) -> None:
        self._columns.select(self._match)
        self._mark(self._match)

    def _tell_stack(self) -> None:
        match = self._match
        self.stack_selected.emit(self.stack_of(match) if match is not None else None)

    def _mark(self, match: Match | None) -> None:
        """The picture under the pointer, or else the selected one, in all columns."""
        picture = match.picture.id if match else None
        self._columns.mark(picture, lambda key: self._standing(key, picture))

    def _standing(self, key: str, picture: int | None) -> Standing | None:
        if self._result is None or picture is None:
            return None
        if key != COMBINED:
            return self._result.standings.get(picture, {}).get(key)
        return self._result.combined_standings.get(picture)


def _moved(match: Match, before: Result, after: Result) -> Match:
    """The match of the same picture in the same list of the result with another order."""
    lists = [(before.combined, after.combined)]
    lists += [(matches, after.models[name]) for name, matches in before.models.items()]
    for old, new in lists:
        if _place(match) in map(_place, old):
            moved = next((one for one in new if one.picture.id == match.picture.id), match)
            return replace(moved, picture=match.picture)
    return match


def _place(match: Match) -> tuple[int, int, float]:
    """What tells the matches of a picture in two lists from each other."""
    return match.picture.id, match.rank, match.score
