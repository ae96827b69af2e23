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
    """Signals: what its buttons request, as in `ResultsPanel`. is_filtered: only the pictures that
    pass a filter were searched."""

    show_all_requested = Signal()
    show_query_requested = Signal()
    clear_filter_requested = Signal()
    is_filtered = False

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
        title = tr("Nothing is named “{words}”")
        ways: list[PageButton] = []
        if self.is_filtered:
            title = tr("Nothing that passes the filter is named “{words}”")
            ways = [(tr("Clear filter"), self.clear_filter_requested.emit)]
        hint = tr(
            "Names of files and folders, labels, captions and text in pictures were searched."
        )
        text = title.format(words=printable(words))
        self.show_message(text, hint, ways, icon_name="search")
