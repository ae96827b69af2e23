"""The library as a grid: what opens, and where a search begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLocale, QObject, QRect, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.formatting import folder_name
from finder.gui.common.notices.message_page import MessagePage
from finder.gui.common.widgets import ElidedLabel, plain, secondary
from finder.gui.grid.grid_view import EDGE
from finder.gui.grid.layouts import JustifiedLayout, Section
from finder.gui.grid.picture_view import PictureView
from finder.gui.library.browse.library_model import LibraryModel
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import CARD_GAP, SPACE, SPACE_L, SPACE_XL, TITLE_PX

if TYPE_CHECKING:
    from finder.core.library.listing import Listing, Month


_HEADER = 44
_CORNER = SPACE
_ROW_SCALE = 1.2


class LibraryPage(QWidget):
    """Signals: order_changed; similar_requested(row), by the button on a card;
    clear_filter_requested. filters: the bar with the filter."""

    order_changed = Signal()
    similar_requested = Signal(int)
    clear_filter_requested = Signal()

    def __init__(self, model: LibraryModel, filters: QWidget) -> None:
        super().__init__()
        self.model = model
        self.title = plain("")
        self.title.setFont(scaled_font(TITLE_PX, QFont.Weight.DemiBold))
        self.count = ElidedLabel()
        secondary(self.count)
        self.order = QComboBox()
        self.order.setAccessibleName(tr("Order of the pictures"))
        self.order.setToolTip(tr("Order of the pictures"))
        self.order.currentIndexChanged.connect(lambda _: self.order_changed.emit())
        self.view = PictureView()
        self.view.setModel(model)
        self.view.setAccessibleName(tr("Pictures of the library"))
        self._row_height = 150
        self._ratios: list[float] = []
        self._sections: list[Section] = []
        self._button = _CardButton(self.view)
        self._button.clicked_on.connect(self.similar_requested)
        self.empty = MessagePage()
        self._lay_out(filters)

    def _lay_out(self, filters: QWidget) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(SPACE_XL, SPACE_L, SPACE_XL, SPACE)
        bar.setSpacing(SPACE)
        bar.addWidget(self.title)
        bar.addWidget(self.count, 1)
        bar.addWidget(self.order)
        below = QHBoxLayout()
        below.setContentsMargins(SPACE_XL, 0, SPACE_XL, SPACE)
        below.addWidget(filters)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(bar)
        layout.addLayout(below)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.empty, 1)
        self.empty.hide()
        self.view.set_side_margins(SPACE_XL - EDGE)

    def show_orders(self, orders: Sequence[tuple[str, str]]) -> None:
        """The choices of the order: what each stands for, and its text. Without a signal."""
        self.order.blockSignals(True)
        for order, text in orders:
            self.order.addItem(text, str(order))
        self.order.blockSignals(False)

    def show_listing(
        self, title: str, count: str, listing: Listing, is_filtered: bool = False
    ) -> None:
        """count: the number of pictures in words."""
        self._show_whether_empty(is_filtered and not len(listing))
        is_same = title == self.title.text()
        self.title.setText(title)
        self.count.show_text(count)
        self._ratios = listing.aspects.tolist()
        self._sections = [
            Section(section_title(part.title), part.start, part.length) for part in listing.sections
        ]
        before = self.view.currentIndex().row()
        current = self.model.picture_at(before)
        self.model.show_listing(listing)
        self.view.set_layout(self._make_layout)
        if current is not None and self.model.row_of(current) >= 0:
            self.view.go_to_row(self.model.row_of(current))
        elif current is not None and is_same and len(listing):
            self.view.go_to_row(min(before, len(listing) - 1))  # it was removed

    def _show_whether_empty(self, nothing_passes: bool) -> None:
        if nothing_passes and self.empty.isHidden():
            self.empty.show_message(
                tr("No picture passes the filter"),
                tr("Remove one of its conditions, or all of them."),
                [(tr("Clear filter"), self.clear_filter_requested.emit)],
                icon_name="list-filter",
            )
        self.empty.setVisible(nothing_passes)
        self.view.setVisible(not nothing_passes)

    def set_thumb_size(self, size: int) -> None:
        """Of the pictures in the results; the rows here are a little higher."""
        self._row_height = round(size * _ROW_SCALE)
        self.view.set_layout(self._make_layout)

    def _make_layout(self, width: int) -> JustifiedLayout:
        return JustifiedLayout(
            self._ratios, self._sections, width, self._row_height, CARD_GAP, _HEADER
        )


class _CardButton(QObject):
    """“Find similar” on the card under the pointer, or on the current one. Signal:
    clicked_on(row)."""

    clicked_on = Signal(int)

    def __init__(self, view: PictureView) -> None:
        super().__init__(view)
        self._view = view
        self._row = -1
        self._button = Button(tr("Find similar"), "scan-search", Kind.PRIMARY, view.viewport())
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Enter does the same
        self._button.hide()
        self._button.clicked.connect(lambda: self.clicked_on.emit(self._row))
        self._button.installEventFilter(self)
        view.hovered.connect(self._hovered)
        view.selected.connect(lambda _: self._place(self._view.currentIndex().row()))
        view.view_changed.connect(lambda: self._place(self._row))

    def _hovered(self, row: int) -> None:
        if row < 0 and self._button.underMouse():
            return
        self._place(row if row >= 0 else self._view.currentIndex().row())

    def _place(self, row: int) -> None:
        self._row = row
        index = self._view.model().index(row, 0)
        card: QRect = self._view.visualRect(index) if index.isValid() else QRect()
        size = self._button.sizeHint()
        fits = card.width() >= size.width() + 2 * _CORNER and card.height() >= 2 * size.height()
        if fits:
            corner = card.bottomRight() - QRect(0, 0, _CORNER, _CORNER).bottomRight()
            place = QRect(0, 0, size.width(), size.height())
            place.moveBottomRight(corner)
            self._button.setGeometry(place)
        self._button.setVisible(fits)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._place(self._view.currentIndex().row())
        return super().eventFilter(watched, event)


def section_title(title: Month | str | None) -> str:
    """A month in the user's language, a folder's name; empty where there is none."""
    if title is None:
        return ""
    if isinstance(title, str):
        return folder_name(title)
    name = QLocale().standaloneMonthName(title.month)
    return tr("{month} {year}").format(month=name, year=title.year)
