"""The page in place of the matches where there are none to show: why, with a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from finder.core.i18n import tr, trn
from finder.core.printable import printable
from finder.gui.common.notices.message_page import MessagePage, PageButton

if TYPE_CHECKING:
    from finder.gui.results.result_filter import Hidden, ResultFilter

_ICON = "list-filter"


class NoneShown(MessagePage):
    """Signals: what its buttons request, as in `ResultsPanel`."""

    show_all_requested = Signal()
    show_query_requested = Signal()
    clear_filter_requested = Signal()

    def show_nothing_passes(self) -> None:
        """No indexed picture passes the filter of the search."""
        self.show_message(
            tr("No picture passes the filter"),
            tr("None of those that are indexed does. Remove a condition, or all of them."),
            [(tr("Clear filter"), self.clear_filter_requested.emit)],
            icon_name=_ICON,
        )

    def show_hidden(self, filter: ResultFilter, hidden: Hidden) -> None:
        """All matches are hidden."""
        hint = ""
        ways: list[PageButton] = []
        if hidden.filtered:
            number = hidden.filtered
            hint = trn("{n} match is hidden.", "{n} matches are hidden.", number)
            ways = [(tr("Show all"), self.show_all_requested.emit)]
        elif hidden.own:
            ways = [(tr("Show the query’s own file"), self.show_query_requested.emit)]
        self.show_message(filter.reason_for_none(hidden), hint, ways, icon_name=_ICON)

    def show_nothing_named(self, words: str) -> None:
        """Only names were searched for the words."""
        self.show_message(
            tr("Nothing is named “{words}”").format(words=printable(words)),
            tr("Names of files and folders, labels and captions were searched."),
            icon_name="search",
        )
