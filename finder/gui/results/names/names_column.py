"""The column of what was found by the words in names and texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.gui.results.compare.result_column import ResultColumn
from finder.gui.results.folding import Folding
from finder.gui.results.names.names_model import NamesModel
from finder.gui.results.result_filter import NO_CUT_OFF, Hidden, ResultFilter

if TYPE_CHECKING:
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.gui.results.answer_facts import ColumnFacts
    from finder.gui.results.match_model import CardContext
    from finder.gui.results.result_order import ResultOrder


class NamesColumn(ResultColumn):
    """No cut-off applies to it, and nothing is folded in it: each name is a match of its own."""

    def __init__(self, key: str, title: str, colour: str, feed: ThumbnailFeed) -> None:
        super().__init__(key, title, colour, feed, NamesModel(feed))

    def set_matches(self, facts: ColumnFacts) -> None:
        super().set_matches(facts)
        if isinstance(self.model, NamesModel):
            self.model.found = facts.found

    def show_accepted(
        self, filter: ResultFilter, context: CardContext, order: ResultOrder, folding: Folding
    ) -> Hidden:
        all_of_them = replace(filter, cut_off=NO_CUT_OFF, only=None)
        hidden = super().show_accepted(all_of_them, context, order, Folding(is_on=False))
        if not self._all:
            self._empty.setText(tr("No name, folder, label or text has these words."))
        return hidden
