"""One line above the results while only a part of the library is searched."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from finder.core.i18n import tr
from finder.core.library.catalogue.picture_filter import NO_FILTER, Filter
from finder.core.printable import printable
from finder.gui.common.buttons import Button
from finder.gui.common.labels import IconLabel
from finder.gui.common.widgets import ElidedLabel, on_ground
from finder.gui.theme.tokens import SPACE, SPACE_M, SPACE_S


class FilterBar(QFrame):
    """Holds the filter of the searches that follow; hidden while all pictures are searched."""

    filter_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        on_ground(self, "notice")
        self.filter = NO_FILTER
        self.text = ElidedLabel()
        self.everywhere = Button(tr("Search everywhere"))
        self.everywhere.clicked.connect(self.clear)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE, SPACE_S)
        layout.setSpacing(SPACE)
        layout.addWidget(IconLabel("folder", role="accent_text"))
        layout.addWidget(self.text, 1)
        layout.addWidget(self.everywhere)
        self.hide()

    def set_folder(self, folder: str) -> None:
        """Search only in this folder (absolute path)."""
        self._set(Filter(folder))

    def clear(self) -> None:
        self._set(NO_FILTER)

    def _set(self, filter: Filter) -> None:
        if filter == self.filter:
            return
        self.filter = filter
        if filter.folder is not None:
            self.text.show_text(tr("Only in {folder}").format(folder=printable(filter.folder)))
        self.setVisible(not filter.is_everything)
        self.filter_changed.emit()
