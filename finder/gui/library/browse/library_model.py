"""The pictures of the library as cards of a grid. `data()` only returns values that are ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from finder.gui.common.formatting import path_texts, record_name
from finder.gui.common.widgets import tool_tip
from finder.gui.grid.card import Card
from finder.gui.grid.picture_view import CardRole

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.library.listing import Listing
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.gui.library.browse.listed_pictures import ListedPictures

_NO_PARENT = QModelIndex()
_MOST_RECORDS = 10_000
"""A limit for those who scroll through a large library."""


class LibraryModel(QAbstractListModel):
    """The rows of a listing. The records (names, files) of those that are visible are given to it
    when they are loaded."""

    def __init__(self, feed: ThumbnailFeed, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed = feed
        self._listed: ListedPictures | None = None
        self._records: dict[int, PictureRecord] = {}
        feed.loaded.connect(self._changed)

    def show_pictures(self, listed: ListedPictures) -> None:
        """Records that are known stay: most of a library is in its next listing, too."""
        self.beginResetModel()
        self._listed = listed
        self.endResetModel()

    def clear_records(self) -> None:
        """The files have changed; what is visible is asked for again."""
        self._records = {}

    def add_records(self, records: Mapping[int, PictureRecord]) -> None:
        self._records.update(records)
        for picture in list(self._records)[:-_MOST_RECORDS]:
            del self._records[picture]
        for picture in records:
            self._changed(picture)

    def without_record(self, pictures: list[int]) -> list[int]:
        """Those that are known are kept the longest from now on."""
        known = [picture for picture in pictures if picture in self._records]
        self._records.update([(picture, self._records.pop(picture)) for picture in known])
        return [picture for picture in pictures if picture not in self._records]

    @property
    def listing(self) -> Listing | None:
        return None if self._listed is None else self._listed.listing

    def picture_at(self, row: int) -> int | None:
        """A content id."""
        return None if self._listed is None else self._listed.picture_at(row)

    def record_at(self, row: int) -> PictureRecord | None:
        picture = self.picture_at(row)
        return None if picture is None else self._records.get(picture)

    def row_of(self, picture: int) -> int:
        """−1 if it is not in the list."""
        return -1 if self._listed is None else self._listed.row_of(picture)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() or self._listed is None else len(self._listed)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        picture = self.picture_at(index.row()) if index.isValid() else None
        if picture is None:
            return None
        if role == CardRole.PICTURE:
            return picture
        record = self._records.get(picture)
        if role == CardRole.CARD:
            return self._card(picture, record)
        if record is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            name = record_name(record)
            return f"{name}, {record.away}" if record.away else name
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip("\n".join(path_texts(record)))
        return None

    def _card(self, picture: int, record: PictureRecord | None) -> Card:
        return Card(
            record_name(record) if record is not None else "",
            self._feed.pixmap(picture),
            corner=record.away if record is not None else "",
            is_offline=record is not None and record.is_offline,
        )

    def _changed(self, picture: int) -> None:
        row = self.row_of(picture)
        if row >= 0:
            self.dataChanged.emit(self.index(row), self.index(row))
