"""The columns side by side, and what holds them together: marking, keys, cut-off, filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.core.search.matches import replace_pictures
from finder.gui.common.formatting import metric_title
from finder.gui.results.thumbnail_feed import ThumbnailFeed

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Match, Result, Standing
    from finder.gui.results.result_column import ResultColumn

COMBINED = ""
"""The combined column's key, where a model's is its name."""

_ALL = -1.0


class ResultsPanel(QWidget):
    """Shows one Result. Signals carry a Match or None; menu_asked also a global position."""

    chosen = Signal(object)
    opened = Signal(object)
    previewed = Signal(object)
    menu_asked = Signal(object, QPoint)

    def __init__(self, feed: ThumbnailFeed) -> None:
        super().__init__()
        self._feed = feed
        self._result: Result | None = None
        self._columns: list[ResultColumn] = []
        self._thumb_size = 128
        self._cut_off = _ALL
        self._words = ""
        self._chosen: Match | None = None
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(7)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)

    @property
    def columns(self) -> Sequence[ResultColumn]:
        return self._columns

    def show_result(self, result: Result, specs: Sequence[ModelSpec]) -> None:
        """A column for each model and the combined one; one model alone fills the room."""
        self._result = result
        titles = [(spec.name, spec.title) for spec in specs]
        if len(specs) > 1:
            titles.append((COMBINED, tr("Combined")))
        if [column.key for column in self._columns] != [key for key, _ in titles]:
            self._rebuild(titles)
        for column in self._columns:
            if column.key == COMBINED:
                column.take_matches(result.combined, None, _combined_facts(result, specs))
            else:
                metric = result.metrics[column.key]
                column.take_matches(result.models[column.key], metric, _facts(result, column.key))
        self._narrow()
        self._choose_first()

    def set_thumb_size(self, size: int) -> None:
        self._thumb_size = size
        for column in self._columns:
            column.view.set_thumb_size(size)

    def set_cut_off(self, similarity: float) -> None:
        """Hide what is less similar (cosine) than this; −1 shows everything."""
        self._cut_off = similarity
        self._narrow()

    def set_words(self, words: str) -> None:
        """Show only matches one of whose places has this text in its path."""
        self._words = words.casefold()
        self._narrow()

    def renew(self, pictures: Mapping[int, PictureRecord]) -> None:
        """The pictures were looked for again: these are at other places now, or offline."""
        for column in self._columns:
            column.renew(pictures)
        if self._chosen is not None:
            (self._chosen,) = replace_pictures([self._chosen], pictures)

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
        view.wanted.connect(self._feed.want)
        view.pointed.connect(self._point)
        view.chosen.connect(self._choose)
        view.opened.connect(self.opened)
        view.previewed.connect(self.previewed)
        view.edge.connect(self._step_column)
        view.customContextMenuRequested.connect(self._ask_menu)
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

    def _ask_menu(self, at: QPoint) -> None:
        sending = self._sending_column()
        if sending is None:
            return
        match = sending.view.current_match()
        if match is not None:
            self.menu_asked.emit(match, sending.view.viewport().mapToGlobal(at))

    def _sending_column(self) -> ResultColumn | None:
        """The column whose view has sent the signal that is heard."""
        sender = self.sender()
        return next((column for column in self._columns if column.view is sender), None)

    # Marking

    def _point(self, match: Match | None) -> None:
        """The pointer shows a picture's places; away from the cards, the chosen one's."""
        self._mark(match or self._chosen)

    def _choose(self, match: Match | None) -> None:
        self._chosen = match
        sender = self.sender()
        for column in self._columns:
            if column.view is not sender:
                self._select_quietly(column, match)
        self._mark(match)
        self.chosen.emit(match)

    def _select_quietly(self, column: ResultColumn, match: Match | None) -> None:
        """The same picture is the current one in every column that shows it."""
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
            column.show_here(picture, self._standing(column, picture))

    def _standing(self, column: ResultColumn, picture: int | None) -> Standing | None:
        if self._result is None or picture is None:
            return None
        if column.key != COMBINED:
            return self._result.standings.get(picture, {}).get(column.key)
        return self._result.combined_standings.get(picture)

    def _choose_first(self) -> None:
        self._chosen = None
        for column in self._columns:
            column.view.blockSignals(True)
            column.view.go_to_row(0)
            column.view.blockSignals(False)
        first = next((c.model.match_at(0) for c in self._columns if c.model.rowCount()), None)
        self._chosen = first
        self._mark(first)
        self.chosen.emit(first)

    # Narrowing

    def _narrow(self) -> None:
        if self._words:
            why = tr("No match has “{words}” in its name.").format(words=self._words)
        else:
            why = tr("Nothing is near enough. Lower the cut-off.")
        for column in self._columns:
            column.keep(partial(self._near, column.key), why)
        self._mark(self._chosen)

    def _near(self, key: str, match: Match) -> bool:
        if self._words and not _named(match, self._words):
            return False
        if self._cut_off <= _ALL or self._result is None:
            return True
        standings = self._result.standings.get(match.picture.id, {})
        shown = [s for name, s in standings.items() if key in (COMBINED, name)]
        similarity = sum(s.similarity for s in shown) / max(1, len(shown))
        return similarity >= self._cut_off


def _named(match: Match, words: str) -> bool:
    return any(words in printable(path).casefold() for path in match.picture.paths)


def _facts(result: Result, name: str) -> str:
    return tr("{metric} · {ms:.1f} ms").format(
        metric=metric_title(result.metrics[name]), ms=result.seconds[name] * 1_000
    )


def _combined_facts(result: Result, specs: Sequence[ModelSpec]) -> str:
    models = trn("{n} model", "{n} models", len(specs))
    return tr("score of {models} · {ms:.1f} ms").format(
        models=models, ms=(result.combined_seconds + sum(result.seconds.values())) * 1_000
    )
