"""The filter of the window: one for the library's pictures and for the searches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.core.pictures.scan import is_within_any


class FilterModel(QObject):
    """Holds the filter. Signal: changed."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.filter = NO_FILTER

    def set_filter(self, filter: Filter) -> None:
        if filter != self.filter:
            self.filter = filter
            self.changed.emit()

    def clear(self) -> None:
        self.set_filter(NO_FILTER)

    def set_folder(self, folder: str) -> None:
        """Only what is in this folder (absolute path); other conditions stay."""
        without = tuple(one for one in self.filter.not_folders if one != folder)
        self.set_filter(replace(self.filter, folders=(folder,), not_folders=without))

    def exclude_folder(self, folder: str) -> None:
        """Nothing that is in this folder."""
        folders = tuple(one for one in self.filter.folders if one != folder)
        self.set_filter(replace(self.filter, folders=folders).excluding([folder]))

    def leave_folders(self, folders: Collection[str]) -> None:
        """Without the conditions to be in one of these, or below."""
        outside = tuple(one for one in self.filter.folders if not is_within_any(one, folders))
        self.set_filter(replace(self.filter, folders=outside))

    def set_name(self, text: str) -> None:
        """Only files with this text in their names, in place of an earlier text."""
        self.set_filter(replace(self.filter, name=(text,)))
