"""One line above the results while only a part of the library is searched."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from finder.core.i18n import tr
from finder.core.library.catalogue.picture_filter import NO_FILTER, Filter
from finder.core.printable import printable
from finder.gui.common.widgets import ElidedLabel


class FilterBar(QFrame):
    """Holds the filter of the searches that follow; hidden while all pictures are searched."""

    filter_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.AlternateBase)
        self.filter = NO_FILTER
        self.text = ElidedLabel()
        self.everywhere = QPushButton(tr("Search everywhere"))
        self.everywhere.clicked.connect(self.clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 6, 4)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.everywhere)
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
            self.text.show_text(tr("Only in {folder}").format(folder=printable(folder)))
        self.setVisible(not filter.is_everything)
        self.filter_changed.emit()
