"""The results of one query: columns that compare the models, or one grid of the best matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.search.matches import replace_pictures
from finder.gui.grid.grid_view import EDGE
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results.result_filter import COMBINED, ResultFilter
from finder.gui.results.results_header import ResultsHeader
from finder.gui.theme.tokens import SPACE, SPACE_S, SPACE_XL, model_colour

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Match, Result, Standing
    from finder.gui.results.answer_facts import AnswerFacts
    from finder.gui.results.compare_view import CompareView
    from finder.gui.results.result_column import ResultColumn


class ResultsView(StrEnum):
    """How an answer is shown. The values are stored in the settings."""

    COMPARE = "compare"
    BEST = "best"


class ResultsPanel(QWidget):
    """Shows one Result. Signals carry a Match or None; menu_requested also a global position;
    show_all_requested: without the filters of what is listed."""

    match_selected = Signal(object)
    match_activated = Signal(object)
    preview_requested = Signal(object)
    menu_requested = Signal(object, QPoint)
    show_all_requested = Signal()

    def __init__(self, feed: ThumbnailFeed) -> None:
        super().__init__()
        self._feed = feed
        self._result: Result | None = None
        self._facts: AnswerFacts | None = None
        self._columns: list[ResultColumn] = []
        self._colours: dict[str, str] = {}
        self._thumb_size = 128
        self._filter = ResultFilter()
        self._view = ResultsView.COMPARE
        self._selected: Match | None = None
        self._compare: CompareView | None = None
        self.header = ResultsHeader()
        self.header.show_all_requested.connect(self.show_all_requested)
        self.header.disputed_toggled.connect(lambda _: self._apply_filter())
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(SPACE_XL - EDGE, SPACE_S, SPACE, 0)
        self._layout.setSpacing(SPACE)
        self._layout.addWidget(self.header)

    @property
    def columns(self) -> Sequence[ResultColumn]:
        """The combined one first, if there are several models."""
        return self._columns

    def show_result(self, result: Result, specs: Sequence[ModelSpec]) -> None:
        """A column for each model and, if there are several, one for their combination."""
        from finder.gui.results.answer_facts import AnswerFacts

        self._result = result
        self._facts = AnswerFacts(result, specs, self._colours)
        titles = [(spec.name, spec.title) for spec in specs]
        if len(specs) > 1:
            titles.insert(0, (COMBINED, tr("Best matches")))
        if [column.key for column in self._columns] != [key for key, _ in titles]:
            self._rebuild(titles)
        for column in self._columns:
            column.set_matches(*self._facts.of_column(column.key))
        self._arrange()
        self._apply_filter()
        self._select_first()

    def set_model_colours(self, names: Sequence[str]) -> None:
        """names: of all installed models, in their order: each keeps its colour whatever is
        chosen."""
        self._colours = {name: model_colour(place) for place, name in enumerate(names)}

    def set_view(self, view: str) -> None:
        """Compare the models, or show one grid of the best matches; an unknown view is the
        first."""
        self._view = ResultsView.BEST if view == ResultsView.BEST else ResultsView.COMPARE
        self._arrange()
        self._apply_filter()
        self._mark(self._selected)

    def set_thumb_size(self, size: int) -> None:
        self._thumb_size = size
        for column in self._columns:
            column.view.set_thumb_size(size)
        self._arrange()

    def set_cut_off(self, closeness: int) -> None:
        """Hide what is less close than this (0 to 100)."""
        self._filter = replace(self._filter, cut_off=closeness)
        self._apply_filter()

    def set_name_filter(self, text: str) -> None:
        """Show only matches with this text in one of their paths."""
        self._filter = replace(self._filter, text=text.casefold())
        self._apply_filter()

    def update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        """These pictures have other paths now, or are offline."""
        for column in self._columns:
            column.update_pictures(pictures)
        if self._selected is not None:
            (self._selected,) = replace_pictures([self._selected], pictures)

    def focus_results(self) -> None:
        shown = self._shown()
        if shown:
            shown[0].view.setFocus()

    # Columns

    def _rebuild(self, titles: Sequence[tuple[str, str]]) -> None:
        from finder.gui.results.compare_view import CompareView

        if self._compare is None:
            self._compare = CompareView()
            self._layout.addWidget(self._compare, 1)
        self._compare.set_columns([])
        for column in self._columns:
            column.hide()
            column.setParent(None)
            column.deleteLater()
        self._columns = [self._new_column(key, title) for key, title in titles]

    def _new_column(self, key: str, title: str) -> ResultColumn:
        from finder.gui.results.result_column import ResultColumn

        column = ResultColumn(key, title, self._colours.get(key, ""), self._feed)
        view = column.view
        view.set_thumb_size(self._thumb_size)
        view.thumbnails_requested.connect(self._feed.request)
        view.hovered.connect(self._hover)
        view.selected.connect(self._select)
        view.chosen.connect(lambda row: self.match_activated.emit(column.model.match_at(row)))
        view.preview_requested.connect(
            lambda row: self.preview_requested.emit(column.model.match_at(row))
        )
        view.edge_passed.connect(self._step_column)
        view.menu_requested.connect(
            lambda row, at: self.menu_requested.emit(column.model.match_at(row), at)
        )
        return column

    def _shown(self) -> list[ResultColumn]:
        """The columns that the current view shows."""
        return self._columns if self._view is ResultsView.COMPARE else self._columns[:1]

    def _arrange(self) -> None:
        if self._compare is None:
            return
        shown = self._shown()
        for column in self._columns:
            column.setVisible(column in shown)
            column.set_as_grid(len(shown) == 1)
        self._compare.set_columns(shown)

    def _step_column(self, step: int) -> None:
        sending, shown = self._sending_column(), self._shown()
        if sending not in shown:
            return
        at = shown.index(sending) + step
        if 0 <= at < len(shown):
            view = shown[at].view
            view.setFocus()
            view.go_to_row(max(0, sending.view.currentIndex().row()))

    def _sending_column(self) -> ResultColumn | None:
        """The column whose view sent the current signal."""
        sender = self.sender()
        return next((column for column in self._columns if column.view is sender), None)

    # Selection

    def _hover(self, row: int) -> None:
        """Mark the picture under the pointer in all columns, or else the selected one."""
        sending = self._sending_column()
        match = sending.model.match_at(row) if sending is not None else None
        self._mark(match or self._selected)

    def _select(self, row: int) -> None:
        sending = self._sending_column()
        match = sending.model.match_at(row) if sending is not None else None
        if match is None:
            return
        self._selected = match
        for column in self._columns:
            if column is not sending:
                self._select_silently(column, match)
        self._mark(match)
        self.match_selected.emit(match)

    def _select_silently(self, column: ResultColumn, match: Match | None) -> None:
        """Select the same picture in another column, without its signals."""
        row = column.model.row_of(match.picture.id if match else None)
        column.view.blockSignals(True)
        if row >= 0:
            column.view.setCurrentIndex(column.model.index(row))
        else:
            column.view.clear_current()
        column.view.blockSignals(False)

    def _mark(self, match: Match | None) -> None:
        picture = match.picture.id if match else None
        for column in self._columns:
            column.show_marked(picture, self._standing(column, picture))
        if self._compare is not None:
            self._compare.show_links(picture)

    def _standing(self, column: ResultColumn, picture: int | None) -> Standing | None:
        if self._result is None or picture is None:
            return None
        if column.key != COMBINED:
            return self._result.standings.get(picture, {}).get(column.key)
        return self._result.combined_standings.get(picture)

    def _select_first(self) -> None:
        """The best match; the same picture in the other columns."""
        first = next((c.model.match_at(0) for c in self._columns if c.model.rowCount()), None)
        self._selected = first
        for column in self._columns:
            self._select_silently(column, first)
        self._mark(first)
        self.match_selected.emit(first)

    # Filtering

    def _apply_filter(self) -> None:
        if self._result is None or self._facts is None:
            return
        only = self._facts.disputed if self.header.shows_disputed else None
        shown, hidden = self._shown(), 0
        filter = replace(self._filter, only=only)
        context = self._facts.card_context(words=len(shown) == 1)
        for column in self._columns:
            reason = filter.reason_for_none()
            hidden = max(hidden, column.show_accepted(filter.accepts, reason, context))
        self.header.show_state(self._facts, len(shown), hidden)
        self._mark(self._selected)
