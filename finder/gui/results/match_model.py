"""The rows of one result column. `data()` only returns values that are ready."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from finder.core.i18n import tr
from finder.core.library.catalogue.records import PictureRecord
from finder.core.search.distance import Metric, format_distance
from finder.core.search.matches import Match, replace_pictures
from finder.gui.common.formatting import file_name, path_texts
from finder.gui.common.widgets import tool_tip
from finder.gui.grid.thumbnail_feed import ThumbnailFeed

_NO_PARENT = QModelIndex()


class MatchRole(IntEnum):
    """The roles for the delegate and the view, besides the display text."""

    MATCH = Qt.ItemDataRole.UserRole + 1
    NUMBER = Qt.ItemDataRole.UserRole + 2
    PIXMAP = Qt.ItemDataRole.UserRole + 3
    MARKED = Qt.ItemDataRole.UserRole + 4
    CARD = Qt.ItemDataRole.UserRole + 5


@dataclass(frozen=True, slots=True)
class Card:
    """All that is painted of one row, in one value: each call of `data` costs as much as a line of
    text."""

    numbers: str
    name: str
    marked: bool
    pixmap: QPixmap | None
    offline: bool = False


class MatchListModel(QAbstractListModel):
    """Matches, nearest first. The marked picture is the one under the pointer in any column."""

    def __init__(self, feed: ThumbnailFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed = feed
        self.metric: Metric | None = Metric.EUCLIDEAN  # of the numbers; None: combined scores
        self._matches: list[Match] = []
        self._rows: dict[int, int] = {}
        self._marked: int | None = None
        feed.loaded.connect(self._thumbnail_loaded)

    def show_matches(self, matches: Sequence[Match]) -> None:
        self.beginResetModel()
        self._matches = list(matches)
        self._rows = {match.picture.id: row for row, match in enumerate(self._matches)}
        self.endResetModel()

    def update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        """These pictures have other paths now, or are offline."""
        self._matches = replace_pictures(self._matches, pictures)
        if self._matches:
            self.dataChanged.emit(self.index(0), self.index(len(self._matches) - 1))

    def set_marked(self, picture: int | None) -> None:
        """Mark this picture, if it is in the list; None: no picture."""
        before, self._marked = self._marked, picture
        for changed in (before, picture):
            self._changed(changed)

    def row_of(self, picture: int | None) -> int:
        """The row that shows a picture, −1 if none does."""
        return -1 if picture is None else self._rows.get(picture, -1)

    def match_at(self, row: int) -> Match | None:
        return self._matches[row] if 0 <= row < len(self._matches) else None

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._matches)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        match = self.match_at(index.row()) if index.isValid() else None
        if match is None:
            return None
        return self._value(match, role)

    def _value(self, match: Match, role: int) -> object:
        if role == MatchRole.CARD:
            return self._card(match)
        if role == MatchRole.PIXMAP:
            return self._feed.pixmap(match.picture.id)
        if role == MatchRole.MARKED:
            return match.picture.id == self._marked
        if role == MatchRole.MATCH:
            return match
        if role == MatchRole.NUMBER:
            return format_distance(match.score, self.metric)
        if role == Qt.ItemDataRole.DisplayRole:
            return file_name(match)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip("\n".join(path_texts(match.picture)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            text = tr("Rank {rank}, {number}, {name}").format(
                rank=match.rank,
                number=format_distance(match.score, self.metric),
                name=file_name(match),
            )
            offline = match.picture.is_offline
            return tr("{picture}, offline").format(picture=text) if offline else text
        return None

    def _card(self, match: Match) -> Card:
        picture = match.picture.id
        return Card(
            f"{match.rank}  ·  {format_distance(match.score, self.metric)}",
            file_name(match),
            picture == self._marked,
            self._feed.pixmap(picture),
            match.picture.is_offline,
        )

    def _thumbnail_loaded(self, picture: int) -> None:
        self._changed(picture)

    def _changed(self, picture: int | None) -> None:
        row = self.row_of(picture)
        if row >= 0:
            index = self.index(row)
            self.dataChanged.emit(index, index)
