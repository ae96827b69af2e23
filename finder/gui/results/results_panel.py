"""The result columns side by side, with their common selection, keys, cut-off and name filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.core.search.matches import replace_pictures
from finder.gui.common.formatting import metric_title
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results.result_filter import COMBINED, ResultFilter

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Match, Result, Standing
    from finder.gui.results.result_column import ResultColumn


class ResultsPanel(QWidget):
    """Shows one Result. Signals carry a Match or None; menu_requested also a global position."""

    match_selected = Signal(object)
    match_activated = Signal(object)
    preview_requested = Signal(object)
    menu_requested = Signal(object, QPoint)

    def __init__(self, feed: ThumbnailFeed) -> None:
        super().__init__()
        self._feed = feed
        self._result: Result | None = None
        self._columns: list[ResultColumn] = []
        self._thumb_size = 128
        self._filter = ResultFilter()
        self._selected: Match | None = None
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)

    @property
    def columns(self) -> Sequence[ResultColumn]:
        return self._columns

    def show_result(self, result: Result, specs: Sequence[ModelSpec]) -> None:
        """A column for each model and, if there are several, one for their combination."""
        self._result = result
        titles = [(spec.name, spec.title) for spec in specs]
        if len(specs) > 1:
            titles.append((COMBINED, tr("Combined")))
        if [column.key for column in self._columns] != [key for key, _ in titles]:
            self._rebuild(titles)
        for column in self._columns:
            if column.key == COMBINED:
                column.set_matches(result.combined, None, _combined_facts(result, specs))
            else:
                metric = result.metrics[column.key]
                column.set_matches(result.models[column.key], metric, _facts(result, column.key))
        self._apply_filter()
        self._select_first()

    def set_thumb_size(self, size: int) -> None:
        self._thumb_size = size
        for column in self._columns:
            column.view.set_thumb_size(size)

    def set_cut_off(self, similarity: float) -> None:
        """Hide what is less similar (cosine) than this; −1 shows everything."""
        self._filter = replace(self._filter, cut_off=similarity)
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
        if self._columns:
            self._columns[0].view.setFocus()

    # Columns

    def _rebuild(self, titles: Sequence[tuple[str, str]]) -> None:
        for column in self._columns:
            column.hide()
            column.setParent(None)
            column.deleteLater()
        self._columns = [self._new_column(key, title) for key, title in titles]
        for column in self._columns:
            self._splitter.addWidget(column)
        self._splitter.setSizes([1_000] * len(self._columns))

    def _new_column(self, key: str, title: str) -> ResultColumn:
        from finder.gui.results.result_column import ResultColumn

        column = ResultColumn(key, title, self._feed)
        view = column.view
        view.set_thumb_size(self._thumb_size)
        view.thumbnails_requested.connect(self._feed.request)
        view.hovered.connect(self._hover)
        view.match_selected.connect(self._select)
        view.match_activated.connect(self.match_activated)
        view.preview_requested.connect(self.preview_requested)
        view.edge_passed.connect(self._step_column)
        view.customContextMenuRequested.connect(self._request_menu)
        return column

    def _step_column(self, step: int) -> None:
        sending = self._sending_column()
        if sending is None:
            return
        at = self._columns.index(sending) + step
        if 0 <= at < len(self._columns):
            view = self._columns[at].view
            view.setFocus()
            view.go_to_row(max(0, sending.view.currentIndex().row()))

    def _request_menu(self, at: QPoint) -> None:
        sending = self._sending_column()
        if sending is None:
            return
        match = sending.view.current_match()
        if match is not None:
            self.menu_requested.emit(match, sending.view.viewport().mapToGlobal(at))

    def _sending_column(self) -> ResultColumn | None:
        """The column whose view sent the current signal."""
        sender = self.sender()
        return next((column for column in self._columns if column.view is sender), None)

    # Selection

    def _hover(self, match: Match | None) -> None:
        """Mark the picture under the pointer in all columns, or else the selected one."""
        self._mark(match or self._selected)

    def _select(self, match: Match | None) -> None:
        self._selected = match
        sender = self.sender()
        for column in self._columns:
            if column.view is not sender:
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
            column.view.clearSelection()
        column.view.blockSignals(False)

    def _mark(self, match: Match | None) -> None:
        picture = match.picture.id if match else None
        for column in self._columns:
            column.show_marked(picture, self._standing(column, picture))

    def _standing(self, column: ResultColumn, picture: int | None) -> Standing | None:
        if self._result is None or picture is None:
            return None
        if column.key != COMBINED:
            return self._result.standings.get(picture, {}).get(column.key)
        return self._result.combined_standings.get(picture)

    def _select_first(self) -> None:
        self._selected = None
        for column in self._columns:
            column.view.blockSignals(True)
            column.view.go_to_row(0)
            column.view.blockSignals(False)
        first = next((c.model.match_at(0) for c in self._columns if c.model.rowCount()), None)
        self._selected = first
        self._mark(first)
        self.match_selected.emit(first)

    # Filtering

    def _apply_filter(self) -> None:
        result = self._result
        if result is None:
            return
        for column in self._columns:
            accepts = partial(self._filter.accepts, key=column.key, result=result)
            column.show_accepted(accepts, self._filter.reason_for_none())
        self._mark(self._selected)


def _facts(result: Result, name: str) -> str:
    return tr("{metric} · {ms:.1f} ms").format(
        metric=metric_title(result.metrics[name]), ms=result.seconds[name] * 1_000
    )


def _combined_facts(result: Result, specs: Sequence[ModelSpec]) -> str:
    seconds = result.combined_seconds + sum(result.seconds.values())
    return trn(
        "score of {n} model · {ms:.1f} ms",
        "score of {n} models · {ms:.1f} ms",
        len(specs),
        ms=seconds * 1_000,
    )
