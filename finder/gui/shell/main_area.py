"""The middle of the window: the library, a message or the results, with notices above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from finder.gui.common.notices.message_page import MessagePage
from finder.gui.common.notices.notice_bar import NoticeBar
from finder.gui.library.browse.library_model import LibraryModel
from finder.gui.library.browse.library_page import LibraryPage
from finder.gui.query.filtering.filter_bar import FilterBar
from finder.gui.query.filtering.filters import FilterModel
from finder.gui.query.hero.query_editor import QueryEditor
from finder.gui.query.hero.query_hero import QueryHero
from finder.gui.query.input.drop_zone import DropZone
from finder.gui.results.results_panel import ResultsPanel

if TYPE_CHECKING:
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed


class MainArea(QWidget):
    """Its parts are public. blank: the page that is shown until the library's overview is there."""

    def __init__(self, feed: ThumbnailFeed) -> None:
        super().__init__()
        self.query_editor = QueryEditor(self)
        self.hero = QueryHero(self.query_editor, feed.pixmap)
        self.filters = FilterModel(self)
        self.filter_bar = FilterBar(self.filters, most_rows=2)
        self.notice = NoticeBar()
        self.drop_zone = DropZone()
        self.library_filter_bar = FilterBar(self.filters)
        self.library_page = LibraryPage(LibraryModel(feed, self), self.library_filter_bar)
        self.message = MessagePage()
        self.results = ResultsPanel(feed)
        self.results_page = QWidget()
        self.pages = QStackedWidget()
        self.blank = QWidget()
        self._lay_out()

    def _lay_out(self) -> None:
        starts = (self.blank, self.drop_zone, self.library_page)
        for page in (*starts, self.message, self.results_page):
            self.pages.addWidget(page)
        self.hero.add_filter(self.filter_bar.edit, self.filter_bar)
        results = QVBoxLayout(self.results_page)  # first, as Tab follows this order
        results.setContentsMargins(0, 0, 0, 0)
        results.setSpacing(0)
        results.addWidget(self.hero)
        results.addWidget(self.results, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice)
        layout.addWidget(self.pages, 1)

    @property
    def is_at_start(self) -> bool:
        return self.pages.currentWidget() in (self.blank, self.library_page, self.drop_zone)
