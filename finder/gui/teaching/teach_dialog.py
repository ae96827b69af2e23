"""The teach dialog: one page for each way to teach a model, chosen at the top."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.buttons import Button
from finder.gui.common.segmented_control import SegmentedControl
from finder.gui.common.widgets import dialog_layout, resize_on_screen
from finder.gui.theme.tokens import SPACE

_SIZE = QSize(1_040, 760)


class TeachDialog(QDialog):
    """There is nothing to choose while there is one way."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Teach"))
        self.ways: SegmentedControl | None = None
        self._titles: list[str] = []
        self._actions: list[QWidget | None] = []
        self._top = QVBoxLayout()
        self._pages = QStackedWidget()
        self._last_row = QHBoxLayout()
        self._last_row.setSpacing(SPACE)
        self._last_row.addStretch(1)
        self._close = Button(tr("Close"))  # like those of the pages, on every platform
        self._close.setAutoDefault(False)
        self._close.clicked.connect(self.reject)
        self._last_row.addWidget(self._close)
        layout = dialog_layout(self)
        layout.addLayout(self._top)
        layout.addWidget(self._pages, 1)
        layout.addLayout(self._last_row)
        resize_on_screen(self, _SIZE)

    def add_way(self, title: str, page: QWidget, actions: QWidget | None = None) -> None:
        """The first one is shown at first. actions: the page's buttons, which are in the dialog's
        last row while it is shown."""
        self._titles.append(title)
        self._actions.append(actions)
        self._pages.addWidget(page)
        if actions is not None:
            self._last_row.insertWidget(self._last_row.indexOf(self._close), actions)
        if len(self._titles) > 1:
            self._offer_ways()
        self._show(self._pages.currentIndex())

    def _offer_ways(self) -> None:
        if self.ways is not None:
            self.ways.deleteLater()
        self.ways = SegmentedControl(
            tr("Way"), [(str(place), title, "") for place, title in enumerate(self._titles)]
        )
        self.ways.choose(str(self._pages.currentIndex()))
        self.ways.chosen.connect(lambda key: self._show(int(key)))
        self._top.insertWidget(0, self.ways, 0, Qt.AlignmentFlag.AlignHCenter)

    def show_way(self, page: QWidget) -> None:
        """One that was added."""
        place = self._pages.indexOf(page)
        if self.ways is not None:
            self.ways.choose(str(place))
        self._show(place)

    def _show(self, place: int) -> None:
        self._pages.setCurrentIndex(place)
        for number, actions in enumerate(self._actions):
            if actions is not None:
                actions.setVisible(number == place)
