"""What narrows the search, as chips beside the query."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.library.catalogue.picture_filter import NO_FILTER, Filter
from finder.core.printable import printable
from finder.gui.common.chip import Chip
from finder.gui.common.formatting import folder_name


class FilterBar(QWidget):
    """Holds the filter of the searches that follow; hidden while all pictures are searched."""

    filter_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.filter = NO_FILTER
        self.folder = Chip(tr("Only in one folder"), "folder")
        self.folder.removed.connect(self.clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.folder)
        self.hide()

    def set_folder(self, folder: str) -> None:
        """Search only in this folder (absolute path)."""
        self._set(Filter((folder,)))

    def clear(self) -> None:
        self._set(NO_FILTER)

    def _set(self, filter: Filter) -> None:
        if filter == self.filter:
            return
        self.filter = filter
        for folder in filter.folders:
            self.folder.show_text(tr("Only in {folder}").format(folder=folder_name(folder)))
            self.folder.setToolTip(printable(folder))
        self.setVisible(not filter.is_everything)
        self.filter_changed.emit()
