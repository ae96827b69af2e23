"""One column: a header with the model's name and the search time, and its list of matches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.search.distance import format_distance
from finder.core.search.matches import replace_pictures
from finder.gui.common.widgets import ElidedLabel, faint, plain
from finder.gui.results.match_model import MatchListModel
from finder.gui.results.match_view import MatchView
from finder.gui.results.thumbnail_feed import ThumbnailFeed

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.distance import Metric
    from finder.core.search.matches import Match, Standing


class ResultColumn(QWidget):
    """key: what it shows the matches of. Its signals are those of `view`."""

    def __init__(self, key: str, title: str, feed: ThumbnailFeed) -> None:
        super().__init__()
        self.key = key
        self.title = title
        self.model = MatchListModel(feed, self)
        self.view = MatchView(self.model, self)
        self.view.setAccessibleName(tr("Matches of {title}").format(title=title))
        self._title = ElidedLabel(title)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._facts = ElidedLabel()
        self._here = ElidedLabel()
        self._matches: Sequence[Match] = ()
        self._empty = plain("", wrap=True)
        self._empty.setMargin(12)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()

    def _lay_out(self) -> None:
        for label in (self._facts, self._here):
            faint(label)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.setSpacing(1)
        head = QVBoxLayout()
        head.setContentsMargins(10, 0, 10, 4)
        head.setSpacing(1)
        for label in (self._title, self._facts, self._here):
            head.addWidget(label)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._empty, 1)
        self._empty.hide()

    def take_matches(self, matches: Sequence[Match], metric: Metric | None, facts: str) -> None:
        """Take these in; `keep` shows them. metric: of their numbers; None: combined scores."""
        self.model.metric = metric
        self._matches = matches
        self._facts.show_text(facts)

    def keep(self, near_enough: Callable[[Match], bool], if_none: str) -> None:
        """Show those matches only; `if_none` says why none is left."""
        self._empty.setText(if_none)
        kept = [match for match in self._matches if near_enough(match)]
        self.model.show_matches(kept)
        self._empty.setVisible(not kept)
        self.view.setVisible(bool(kept))

    def renew(self, pictures: Mapping[int, PictureRecord]) -> None:
        """The pictures were looked for again: these are at other places now, or offline."""
        self._matches = replace_pictures(self._matches, pictures)
        self.model.renew(pictures)

    def show_here(self, picture: int | None, standing: Standing | None) -> None:
        """Mark the picture that is pointed at anywhere, and say where this column puts it."""
        self.model.mark(picture)
        if standing is None:
            self._here.show_text("")
            return
        self._here.show_text(
            tr("Here: rank {rank:,} · {number}").format(
                rank=standing.rank, number=format_distance(standing.distance, self.model.metric)
            )
        )
