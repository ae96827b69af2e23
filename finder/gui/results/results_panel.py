"""The results of one query: columns that compare the models, or one grid of the best matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.core.search.matches import replace_pictures
from finder.gui.common.notices.message_page import MessagePage
from finder.gui.grid.grid_view import EDGE
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results.folding import Folding, Stack
from finder.gui.results.result_filter import COMBINED, Hidden, ResultFilter
from finder.gui.results.results_header import ResultsHeader
from finder.gui.theme.tokens import SPACE, SPACE_S, SPACE_XL, model_colour

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Match, Result, Standing
    from finder.gui.results.answer_facts import AnswerFacts
    from finder.gui.results.compare.column_set import ColumnSet
    from finder.gui.results.compare.result_column import ResultColumn


_NONE = "list-filter"  # the icon where there is no match


class ResultsView(StrEnum):
    """How an answer is shown. The values are stored in the settings."""

    COMPARE = "compare"
    BEST = "best"


class ResultsPanel(QWidget):
    """Shows one Result. Signals carry a Match or None; menu_requested also a global position;
    show_all_requested: without the filters of what is listed; show_query_requested: also the
    query's own file; clear_filter_requested: search in all pictures; columns_changed: moved or
    hidden; stack_toggled: a match's near-duplicates; stack_selected: the Stack that the selected
    match is in, or None.
    """

    match_selected = Signal(object)
    match_activated = Signal(object)
    preview_requested = Signal(object)
    menu_requested = Signal(object, QPoint)
    show_all_requested = Signal()
    show_query_requested = Signal()
    clear_filter_requested = Signal()
    columns_changed = Signal()
    stack_toggled = Signal(object)
    stack_selected = Signal(object)

    def __init__(self, feed: ThumbnailFeed) -> None:
        super().__init__()
        self._feed = feed
        self._result: Result | None = None
        self._facts: AnswerFacts | None = None
        self._set: ColumnSet | None = None
        self.model_colours: dict[str, str] = {}
        self._thumb_size = 128
        self._order: tuple[tuple[str, ...], tuple[str, ...]] = (), ()
        self._scrolls_together = True
        self._filter = ResultFilter()
        self._view = ResultsView.COMPARE
        self._selected: Match | None = None
        self._is_chosen = False
        self._folding = Folding()
        self._hides_query = False
        self.header = ResultsHeader()
        self.header.show_all_requested.connect(self.show_all_requested)
        self.header.disputed_toggled.connect(lambda _: self._apply_filter())
        self.header.order_chosen.connect(lambda _: self._apply_filter())
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(SPACE_XL - EDGE, SPACE_S, SPACE, 0)
        self._layout.setSpacing(SPACE)
        self._layout.addWidget(self.header)
        self.empty = MessagePage()
        self._layout.addWidget(self.empty, 1)
        self.empty.hide()

    @property
    def column_set(self) -> ColumnSet:
        """Made for the first answer, as its modules take time to import."""
        if self._set is None:
            self._set = self._make_columns()
        return self._set

    @property
    def columns(self) -> Sequence[ResultColumn]:
        """The combined one first, if there are several models; hidden ones, too."""
        return self._set.all if self._set is not None else ()

    def show_result(self, result: Result, specs: Sequence[ModelSpec]) -> None:
        """A column for each model and, if there are several, one for their combination."""
        from finder.gui.results.answer_facts import AnswerFacts

        self.header.show()
        self._result = result
        self._facts = AnswerFacts(result, specs, self.model_colours)
        titles = [(spec.name, spec.title) for spec in specs]
        if len(specs) > 1:
            titles.insert(0, (COMBINED, tr("Best matches")))
        focused = self.window().focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self.column_set.make(titles, self.model_colours)
        for column in self.columns:
            column.set_matches(self._facts.of_column(column.key))
        self._selected, self._is_chosen = None, False
        self.set_view(self._view)
        self._select_first()
        if had_focus and not (self.isAncestorOf(self.window().focusWidget() or self)):
            self.focus_results()

    def set_model_colours(self, names: Sequence[str]) -> None:
        """names: of all installed models, in their order: each keeps its colour whatever is
        chosen."""
        self.model_colours = {name: model_colour(place) for place, name in enumerate(names)}

    def set_view(self, view: str) -> None:
        """Compare the models, or show one grid of the best matches; an unknown view is the
        first."""
        self._view = ResultsView.BEST if view == ResultsView.BEST else ResultsView.COMPARE
        if self._set is not None:
            self._set.arrange(self._view is ResultsView.COMPARE)
            self._apply_filter()

    def set_thumb_size(self, size: int) -> None:
        self._thumb_size = size
        if self._set is not None:
            self._set.set_thumb_size(size)

    def set_scrolls_together(self, together: bool) -> None:
        """All columns as one, or each one alone."""
        self._scrolls_together = together
        if self._set is not None:
            self._set.compare.set_scrolls_together(together)

    def set_column_order(self, order: Sequence[str], hidden: Sequence[str]) -> None:
        """As `column_order` returned them."""
        self._order = tuple(order), tuple(hidden)
        if self._set is not None:
            self._set.set_order(*self._order)

    def column_order(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The models' names in the order of their columns, and those that are hidden."""
        return (self._set.order.order, self._set.order.hidden) if self._set else self._order

    def set_cut_off(self, closeness: int) -> None:
        """Hide what is less close than this (0 to 100)."""
        self._filter = replace(self._filter, cut_off=closeness)
        self._apply_filter()

    def set_hides_query(self, hides: bool) -> None:
        """Leave out the query's own pictures; the ranks stay what they are."""
        self._hides_query = hides
        self._apply_filter()
        if self._selected is not None and self._lists_nowhere(self._selected):
            self._select_first()

    def set_folding(self, folding: Folding, stays: int | None = None) -> None:
        """stays: the picture whose card does not move."""
        self._folding = folding
        if self._set is not None and self._result is not None:
            with self._set.places_kept(stays):
                self._apply_filter()

    @property
    def chosen(self) -> Match | None:
        """The selected match, if the user has selected it."""
        return self._selected if self._is_chosen else None

    def stack_of(self, match: Match) -> Stack | None:
        """In the first column that has one with this match."""
        stacks = (c.model.stack_of(match.picture.id) for c in self.column_set.shown())
        return next((stack for stack in stacks if stack is not None), None)

    def would_fold(self, folding: Folding, match: Match) -> bool:
        """Whether no column would list the match any more."""
        shown = self.column_set.shown()
        return not any(column.would_list(folding, match.picture.id) for column in shown)

    def show_nothing_passes(self) -> None:
        """In place of a result: no indexed picture passes the filter of the search."""
        self._result = None
        self.empty.show_message(
            tr("No picture passes the filter"),
            tr("None of those that are indexed does. Remove a condition, or all of them."),
            [(tr("Clear filter"), self.clear_filter_requested.emit)],
            icon_name=_NONE,
        )
        self.empty.show()
        self.header.hide()
        self.column_set.compare.hide()

    def update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        """These pictures have other paths now, or are offline."""
        for column in self.columns:
            column.update_pictures(pictures)
        if self._selected is not None:
            (self._selected,) = replace_pictures([self._selected], pictures)

    def focus_results(self) -> None:
        shown = self._set.shown() if self._set is not None else []
        if shown:
            shown[0].view.setFocus()

    # Columns

    def _make_columns(self) -> ColumnSet:
        from finder.gui.results.compare.column_set import ColumnSet

        columns = ColumnSet(self._feed, self)
        columns.set_order(*self._order)
        columns.set_thumb_size(self._thumb_size)
        columns.compare.set_scrolls_together(self._scrolls_together)
        columns.hovered.connect(lambda match: self._mark(match or self._selected))
        columns.selected.connect(self._select)
        columns.activated.connect(self.match_activated)
        columns.preview_requested.connect(self.preview_requested)
        columns.menu_requested.connect(self.menu_requested)
        columns.stack_toggled.connect(self.stack_toggled)
        columns.order_changed.connect(self._apply_filter)
        columns.order_changed.connect(self.columns_changed)
        self._layout.addWidget(columns.compare, 1)
        return columns

    # Selection

    def _select(self, match: Match | None) -> None:
        if match is not None:
            self._selected, self._is_chosen = match, True
            self._show_selected()
            self.match_selected.emit(match)
            self.stack_selected.emit(self.stack_of(match))

    def _mark(self, match: Match | None) -> None:
        """The picture under the pointer, or else the selected one, in all columns."""
        picture = match.picture.id if match else None
        self.column_set.mark(picture, lambda key: self._standing(key, picture))

    def _standing(self, key: str, picture: int | None) -> Standing | None:
        if self._result is None or picture is None:
            return None
        if key != COMBINED:
            return self._result.standings.get(picture, {}).get(key)
        return self._result.combined_standings.get(picture)

    def _select_first(self) -> None:
        """The best match; the same picture in the other columns."""
        first = next((c.model.match_at(0) for c in self.columns if c.model.rowCount()), None)
        self._selected = first
        self._show_selected()
        self.match_selected.emit(first)
        self.stack_selected.emit(self.stack_of(first) if first is not None else None)

    def _show_selected(self) -> None:
        self.column_set.select(self._selected)
        self._mark(self._selected)

    def _lists_nowhere(self, match: Match) -> bool:
        return all(c.model.row_of(match.picture.id) < 0 for c in self.column_set.shown())

    def _select_leader(self) -> None:
        """If no column lists the selected match, but one has it folded behind another, select that
        one."""
        match = self._selected
        if match is None or not self._lists_nowhere(match):
            return
        models = [column.model for column in self.column_set.shown()]
        leaders = (model.match_at(model.row_showing(match.picture.id)) for model in models)
        leader = next((one for one in leaders if one is not None), None)
        if leader is not None:
            self._selected = leader
            self.match_selected.emit(leader)

    # Filtering

    def _apply_filter(self) -> None:
        if self._result is None or self._facts is None:
            return
        several = len(self._facts.specs) > 1
        only = self._facts.disputed if several and self.header.shows_disputed else None
        own = self._result.query.own if self._hides_query else frozenset()
        filter = replace(self._filter, only=only, without=own)
        shown, hidden = self.column_set.shown(), Hidden()
        context = self._facts.card_context(words=len(shown) == 1)
        order = self.header.order.order
        for column in self.columns:
            of_column = column.show_accepted(filter, context, order, self._folding)
            if column in shown:
                hidden = hidden.most(of_column)
        self.header.show_state(self._facts, len(shown), len(self.columns), hidden)
        self._show_whether_empty(filter, hidden)
        self._select_leader()
        self._show_selected()
        selected = self._selected
        self.stack_selected.emit(self.stack_of(selected) if selected is not None else None)

    def _show_whether_empty(self, filter: ResultFilter, hidden: Hidden) -> None:
        """Where no column has a match, a page says why, with a way out."""
        is_empty = not any(column.model.rowCount() for column in self.column_set.shown())
        if is_empty:
            number, hint, ways = hidden.filtered, "", []
            if number:
                hint = trn("{n} match is hidden.", "{n} matches are hidden.", number)
                ways = [(tr("Show all"), self.show_all_requested.emit)]
            elif hidden.own:
                ways = [(tr("Show the query’s own file"), self.show_query_requested.emit)]
            self.empty.show_message(filter.reason_for_none(hidden), hint, ways, icon_name=_NONE)
        self.empty.setVisible(is_empty)
        self.column_set.compare.setVisible(not is_empty)
