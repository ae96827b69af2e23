"""The results of one query: columns that compare the models, or one grid of the best matches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.widgets import set_margins
from finder.gui.grid.layout_view import EDGE
from finder.gui.results.folding import Folding
from finder.gui.results.margins import beside_cards
from finder.gui.results.names.found_words import NAMES
from finder.gui.results.names.names_strip import NamesStrip
from finder.gui.results.names.words_offer import WordsOffer
from finder.gui.results.none_shown import NoneShown
from finder.gui.results.result_filter import COMBINED, Hidden, ResultFilter
from finder.gui.results.results_header import ResultsHeader
from finder.gui.theme.theme import colours
from finder.gui.theme.tokens import SPACE, SPACE_S, SPACE_XL, model_colour

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.library.words.name_match import NameMatch
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Result
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.gui.results.answer_facts import AnswerFacts
    from finder.gui.results.compare.column_set import ColumnSet
    from finder.gui.results.compare.result_column import ResultColumn
    from finder.gui.results.selection import ResultSelection


class ResultsView(StrEnum):
    """How an answer is shown. The values are stored in the settings."""

    COMPARE = "compare"
    BEST = "best"


class ResultsPanel(QWidget):
    """Shows one Result. Signals carry a Match or None; menu_requested also a global position;
    show_all_requested: without the filters of what is listed; show_query_requested: also the
    query's own file; clear_filter_requested: search in all pictures; columns_changed: moved or
    hidden; stack_toggled: a match's near-duplicates; stack_selected: the Stack that the selected
    match is in, or None. most: how many matches of each kind the search was to find.
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
        self.most = 0
        self._view = ResultsView.COMPARE
        self._selection: ResultSelection | None = None
        self._folding = Folding()
        self._hides_query = False
        self.offer = WordsOffer()
        self.names = NamesStrip(feed)
        self.names.toggled.connect(lambda _: self._arrange())
        self.header = ResultsHeader()
        self.header.show_all_requested.connect(self.show_all_requested)
        self.header.disputed_toggled.connect(lambda _: self._apply_filter())
        self.header.order_chosen.connect(lambda _: self._apply_filter())
        self._layout = QVBoxLayout(self)
        set_margins(self._layout, SPACE_XL - EDGE, SPACE_S, SPACE, 0)
        self._layout.setSpacing(SPACE)
        self._layout.addLayout(beside_cards(self.offer))
        self._layout.addWidget(self.header)
        self._layout.addLayout(beside_cards(self.names))
        self.empty = NoneShown()
        self.empty.show_all_requested.connect(self.show_all_requested)
        self.empty.show_query_requested.connect(self.show_query_requested)
        self.empty.clear_filter_requested.connect(self.clear_filter_requested)
        self._layout.addWidget(self.empty, 1)
        self.empty.hide()

    @property
    def column_set(self) -> ColumnSet:
        """Made for the first answer, as its modules take time to import."""
        if self._set is None:
            self._set = self._make_columns()
        return self._set

    @property
    def selection(self) -> ResultSelection:
        if self._selection is None:
            from finder.gui.results.selection import ResultSelection

            self._selection = ResultSelection(self.column_set, self)
            self._selection.selected.connect(self.match_selected)
            self._selection.stack_selected.connect(self.stack_selected)
        return self._selection

    @property
    def columns(self) -> Sequence[ResultColumn]:
        """The combined one first, if there are several models; hidden ones, too."""
        return self._set.all if self._set is not None else ()

    def show_result(
        self,
        result: Result,
        specs: Sequence[ModelSpec],
        folding: Folding | None = None,
        names: Sequence[NameMatch] | None = None,
    ) -> None:
        """A column for each model; if there are several, one for their combination; and one for
        names: what has the query's words in its names and texts, if it has words."""
        from finder.gui.results.answer_facts import AnswerFacts

        self.header.show()
        self._folding = folding or self._folding
        self._result = result
        self._facts = AnswerFacts(result, specs, self.model_colours, names, self.most)
        titles = [(spec.name, spec.title) for spec in specs]
        if len(specs) > 1:
            titles.insert(0, (COMBINED, tr("Best matches")))
        if names or (names is not None and result.query.first is None):
            titles.append((NAMES, tr("Names and text")))
        self.names.show_names(names if specs and names else (), self.most)
        had_focus = self.isAncestorOf(self.window().focusWidget() or self)
        self.column_set.make(titles, {**self.model_colours, NAMES: colours().secondary})
        for column in self.columns:
            column.set_matches(self._facts.of_column(column.key))
        self.selection.begin(result)
        self.set_view(self._view)
        self.selection.select_first()
        if had_focus and not (self.isAncestorOf(self.window().focusWidget() or self)):
            self.focus_results()

    def update_result(self, result: Result) -> None:
        """The same answer, its best matches in another order; `set_folding` shows it."""
        if self._facts is None:
            return
        self._result = result
        self._facts = self._facts.of_result(result)
        self.selection.update_result(result)
        known = dict(chain.from_iterable(column.pictures() for column in self.columns))
        for column in self.columns:
            column.update_matches(self._facts.of_column(column.key), known)

    def set_model_colours(self, names: Sequence[str]) -> None:
        """names: of all installed models, in their order: each keeps its colour whatever is
        chosen."""
        self.model_colours = {name: model_colour(place) for place, name in enumerate(names)}

    def set_view(self, view: str) -> None:
        """Compare the models, or show one grid of the best matches; an unknown view is the
        first."""
        self._view = ResultsView.BEST if view == ResultsView.BEST else ResultsView.COMPARE
        self._arrange()

    def _arrange(self) -> None:
        if self._set is not None:
            compares = self._view is ResultsView.COMPARE
            self.names.setVisible(bool(self.names.pictures) and not compares)
            self._set.arrange(compares, NAMES if self.names.isChecked() else None)
            views = [column.view for column in self._set.shown()]
            for before, after in pairwise([self.header.order, self.names, *views]):  # made late
                QWidget.setTabOrder(before, after)
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
        if self._selection is not None and self._result is not None:
            self._selection.select_listed()

    def set_folding(
        self, folding: Folding, stays: int | None = None, moving: Collection[int] = ()
    ) -> None:
        """stays: the picture whose card does not move; moving: those that move forward."""
        self._folding = folding
        if self._set is not None and self._result is not None:
            with self._set.places_kept(stays, moving):
                self._apply_filter()

    def show_nothing_passes(self) -> None:
        """In place of a result: no indexed picture passes the filter of the search."""
        self._result = None
        self.empty.show_nothing_passes()
        self.empty.show()
        self.header.hide()
        self.names.hide()
        self.column_set.compare.hide()

    def update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        """These pictures have other paths now, or are offline."""
        for column in self.columns:
            column.update_pictures(pictures)
        if self._selection is not None:
            self._selection.update_pictures(pictures)

    def focus_results(self) -> None:
        for column in (self._set.shown() if self._set is not None else [])[:1]:
            column.view.setFocus()

    # Columns

    def _make_columns(self) -> ColumnSet:
        from finder.gui.results.compare.column_set import ColumnSet

        columns = ColumnSet(self._feed, self)
        columns.set_order(*self._order)
        columns.set_thumb_size(self._thumb_size)
        columns.compare.set_scrolls_together(self._scrolls_together)
        columns.activated.connect(self.match_activated)
        columns.preview_requested.connect(self.preview_requested)
        columns.menu_requested.connect(self.menu_requested)
        columns.stack_toggled.connect(self.stack_toggled)
        columns.order_changed.connect(self._apply_filter)
        columns.order_changed.connect(self.columns_changed)
        self._layout.addWidget(columns.compare, 1)
        return columns

    # Filtering

    def _apply_filter(self) -> None:
        if self._result is None or self._facts is None:
            return
        several = len(self._facts.specs) > 1
        only = self._facts.disputed if several and self.header.shows_disputed else None
        own = self._result.query.own if self._hides_query else frozenset()
        proven = frozenset(self._result.same)
        filter = replace(self._filter, only=only, without=own, proven=proven)
        shown, hidden = self.column_set.shown(), Hidden()
        lists = sum(column.key != NAMES for column in shown)
        context = self._facts.card_context(words=lists <= 1)
        order = self.header.order.order
        for column in self.columns:
            of_column = column.show_accepted(filter, context, order, self._folding)
            if column in shown:
                hidden = hidden.most(of_column)
        self.header.show_state(self._facts, [c.key for c in shown], len(self.columns), hidden)
        self._show_whether_empty(filter, hidden)
        self.selection.show_again()

    def _show_whether_empty(self, filter: ResultFilter, hidden: Hidden) -> None:
        """Where no column has a match, a page says why, with a way out."""
        is_empty = not any(column.model.rowCount() for column in self.column_set.shown())
        if is_empty and self._facts is not None and self._result is not None:
            if self._facts.specs:
                self.empty.show_hidden(filter, hidden)
            else:
                self.empty.show_nothing_named(self._result.query.text)
        self.empty.setVisible(is_empty)
        self.column_set.compare.setVisible(not is_empty)
