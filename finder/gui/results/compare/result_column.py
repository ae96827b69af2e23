"""One column: a header with the model's name and its agreement, and its list of matches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.search.closeness.closeness import whole_closeness
from finder.core.search.distance import format_distance
from finder.core.search.matches import replace_pictures
from finder.gui.common.widgets import plain
from finder.gui.grid.layout_view import EDGE
from finder.gui.results.compare.column_header import ColumnHeader
from finder.gui.results.match_model import CardContext, MatchListModel
from finder.gui.results.match_view import MatchView
from finder.gui.results.result_filter import ResultFilter
from finder.gui.results.result_order import ResultOrder
from finder.gui.theme.tokens import SPACE_M, SPACE_S

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.matches import Match, Standing
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.gui.results.answer_facts import ColumnFacts
    from finder.gui.results.folding import Folding
    from finder.gui.results.result_filter import Hidden


class ResultColumn(QWidget):
    """key: a model's name, or `COMBINED`; colour: of the model. Its signals are those of `view`."""

    def __init__(
        self,
        key: str,
        title: str,
        colour: str,
        feed: ThumbnailFeed,
        model: MatchListModel | None = None,
    ) -> None:
        """model: of its rows, if it is a special one."""
        super().__init__()
        self.key = key
        self.title = title
        self.model = model or MatchListModel(feed, self)
        self.model.setParent(self)
        self.view = MatchView(self.model, self)
        self.view.setAccessibleName(tr("Matches of {title}").format(title=title))
        self.header = ColumnHeader(title, colour, is_pinned=not key)
        self._facts: ColumnFacts | None = None
        self._all: Sequence[Match] = ()
        self._accepted: Sequence[Match] = ()
        self._filter = ResultFilter()
        self._empty = plain("", wrap=True)
        self._empty.setMargin(SPACE_M)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.hide()
        head = QHBoxLayout()
        head.setContentsMargins(EDGE, 0, EDGE, 0)
        head.addWidget(self.header)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE_S)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._empty, 1)

    def set_matches(self, facts: ColumnFacts) -> None:
        """`show_accepted` shows them."""
        self.model.metric = facts.metric
        self._all, self._facts = facts.matches, facts
        self.header.show_facts(facts.line, facts.short_line, facts.tip)

    def pictures(self) -> Iterator[tuple[int, PictureRecord]]:
        """What is known by now of its matches' pictures, by content id."""
        return ((match.picture.id, match.picture) for match in self._all)

    def update_matches(self, facts: ColumnFacts, known: Mapping[int, PictureRecord]) -> None:
        """The same answer in another order; `show_accepted` shows it. known: newer records of its
        pictures."""
        self.set_matches(replace(facts, matches=replace_pictures(facts.matches, known)))
        self._accepted = [match for match in self._all if self._filter.accepts(match)]

    def show_accepted(
        self, filter: ResultFilter, context: CardContext, order: ResultOrder, folding: Folding
    ) -> Hidden:
        """Show the accepted matches; if there are none, why."""
        self._filter = filter
        self._accepted = [match for match in self._all if filter.accepts(match)]
        rows = folding.rows(self._accepted, order)
        self.model.show_rows(rows, context)
        hidden = filter.hidden(self._all, rows.folded)
        self._empty.setText(filter.reason_for_none(hidden))
        self._empty.setVisible(not rows.matches)
        self.view.setVisible(bool(rows.matches))
        return hidden

    def would_list(self, folding: Folding, picture: int) -> bool:
        """Whether the picture would have a row of its own."""
        rows = folding.rows(self._accepted, ResultOrder.LIKENESS)
        return any(match.picture.id == picture for match in rows.matches)

    def set_as_grid(self, as_grid: bool) -> None:
        """The only list: a grid of all the width, without a header."""
        self.header.setVisible(not as_grid)
        self.view.set_fills_rows(as_grid)

    def update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        """These pictures have other paths now, or are offline."""
        self._all = replace_pictures(self._all, pictures)
        self._accepted = replace_pictures(self._accepted, pictures)
        self.model.update_pictures(pictures)

    def show_marked(self, picture: int | None, standing: Standing | None) -> None:
        """Mark this picture. If this column does not list it, the header tells its rank here."""
        self.model.set_marked(picture)
        facts = self._facts
        if facts is None:
            return
        if standing is None or self.model.row_of(picture) >= 0:
            self.header.show_facts(facts.line, facts.short_line, facts.tip)
            return
        is_combined = self.model.metric is None
        number = (
            str(whole_closeness(standing.closeness))
            if is_combined
            else format_distance(standing.distance, self.model.metric)
        )
        text = tr("Selected: rank {rank} · {number}").format(rank=standing.rank_text, number=number)
        short = tr("Selected: {rank}").format(rank=standing.rank_text)
        self.header.show_facts(text, short, f"{text}\n{facts.tip}")
