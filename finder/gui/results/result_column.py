"""One column: a header with the model's name and the search time, and its list of matches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.search.distance import format_distance
from finder.core.search.matches import replace_pictures
from finder.gui.common.widgets import ElidedLabel, bold, plain, secondary
from finder.gui.grid.thumbnail_feed import ThumbnailFeed
from finder.gui.results.match_model import MatchListModel
from finder.gui.results.match_view import MatchView
from finder.gui.theme.tokens import SPACE, SPACE_M, SPACE_S

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.distance import Metric
    from finder.core.search.matches import Match, Standing


class ResultColumn(QWidget):
    """key: a model's name, or `COMBINED`. Its signals are those of `view`."""

    def __init__(self, key: str, title: str, feed: ThumbnailFeed) -> None:
        super().__init__()
        self.key = key
        self.title = title
        self.model = MatchListModel(feed, self)
        self.view = MatchView(self.model, self)
        self.view.setAccessibleName(tr("Matches of {title}").format(title=title))
        self._title = bold(ElidedLabel(title))
        self._facts = ElidedLabel()
        self._marked = ElidedLabel()
        self._matches: Sequence[Match] = ()
        self._empty = plain("", wrap=True)
        self._empty.setMargin(SPACE_M)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()

    def _lay_out(self) -> None:
        for label in (self._facts, self._marked):
            secondary(label)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE, 0, 0)
        layout.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(SPACE_M, 0, SPACE_M, SPACE_S)
        head.setSpacing(0)
        for label in (self._title, self._facts, self._marked):
            head.addWidget(label)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        layout.addWidget(self._empty, 1)
        self._empty.hide()

    def set_matches(self, matches: Sequence[Match], metric: Metric | None, facts: str) -> None:
        """`show_accepted` shows them. metric: of their numbers; None: combined scores."""
        self.model.metric = metric
        self._matches = matches
        self._facts.show_text(facts)

    def show_accepted(self, accepts: Callable[[Match], bool], reason_for_none: str) -> None:
        """Show the accepted matches; if there are none, the reason."""
        self._empty.setText(reason_for_none)
        accepted = [match for match in self._matches if accepts(match)]
        self.model.show_matches(accepted)
        self._empty.setVisible(not accepted)
        self.view.setVisible(bool(accepted))

    def update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        """These pictures have other paths now, or are offline."""
        self._matches = replace_pictures(self._matches, pictures)
        self.model.update_pictures(pictures)

    def show_marked(self, picture: int | None, standing: Standing | None) -> None:
        """Mark this picture, and show its rank and number in this column."""
        self.model.set_marked(picture)
        if standing is None:
            self._marked.show_text("")
            return
        self._marked.show_text(
            tr("Here: rank {rank:,} · {number}").format(
                rank=standing.rank, number=format_distance(standing.distance, self.model.metric)
            )
        )
