"""The library as a grid: what opens, and where a search begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.notices.message_page import MessagePage
from finder.gui.common.widgets import ElidedLabel, plain, secondary
from finder.gui.grid.card_drag import drag_card
from finder.gui.grid.grid_view import Place
from finder.gui.grid.layout_view import EDGE
from finder.gui.grid.layouts import CellLayout, GridLayout
from finder.gui.library.browse.library_view import LibraryView
from finder.gui.library.browse.listed_pictures import GridSize, ListedPictures
from finder.gui.theme.theme import scaled_font
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_XL, TITLE_PX

if TYPE_CHECKING:
    from finder.gui.library.browse.library_model import LibraryModel

_CORNER = SPACE
_ROW_SCALE = 1.2


class LibraryPage(QWidget):
    """Signals: order_changed; similar_requested(row), by the button on a card;
    clear_filter_requested; layout_requested(ListedPictures, GridSize): `show_layout` is expected;
    shown, when it becomes visible.
    filters: the bar with the filter; own_order: the order that the user chose, "" for none."""

    order_changed = Signal()
    similar_requested = Signal(int)
    clear_filter_requested = Signal()
    layout_requested = Signal(object, GridSize)
    shown = Signal()

    def __init__(self, model: LibraryModel, filters: QWidget) -> None:
        super().__init__()
        self.model = model
        self.title = plain("")
        self.title.setFont(scaled_font(TITLE_PX, QFont.Weight.DemiBold))
        self.count = ElidedLabel()
        secondary(self.count)
        self.own_order = ""
        self.order = QComboBox()
        self.order.setAccessibleName(tr("Order of the pictures"))
        self.order.setAccessibleDescription(tr("Order of the pictures"))
        self.order.currentIndexChanged.connect(lambda _: self._order_chosen())
        self.order.currentIndexChanged.connect(lambda _: self._show_hint())
        self.view = LibraryView()
        self.view.setModel(model)
        self.order.activated.connect(lambda _: self.view.setFocus())  # by the user
        self.view.setAccessibleName(tr("Pictures of the library"))
        self.view.drag_started.connect(self._drag)
        self._row_height = 150
        self._listed: ListedPictures | None = None
        self._requested: GridSize | None = None
        self._button = _CardButton(self.view)
        self._button.clicked_on.connect(self.similar_requested)
        self.empty = MessagePage()
        self._lay_out(filters)
        self.view.set_layout(self._newest_layout)

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

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def show_orders(self, orders: Sequence[tuple[str, str, str]]) -> None:
        """The choices of the order: what each stands for, its text, and a hint. Without a
        signal."""
        self.order.blockSignals(True)
        for place, (order, text, hint) in enumerate(orders):
            self.order.addItem(text, str(order))
            self.order.setItemData(place, hint, Qt.ItemDataRole.ToolTipRole)
        self.order.blockSignals(False)
        self._show_hint()

    def _order_chosen(self) -> None:
        self.own_order = self.order.currentData()
        self.order_changed.emit()

    def set_own_order(self, order: str) -> None:
        """As the user chose it earlier; a name that is unknown changes nothing."""
        place = self.order.findData(order)
        if place >= 0:
            self.own_order = order
            self.choose_order(place)

    def choose_order(self, place: int) -> None:
        """Show this choice, without a signal."""
        self.order.blockSignals(True)
        self.order.setCurrentIndex(place)
        self.order.blockSignals(False)
        self._show_hint()

    def _show_hint(self) -> None:
        hint = self.order.currentData(Qt.ItemDataRole.ToolTipRole) or ""
        self.order.setToolTip(hint)
        self.order.setAccessibleDescription("\n".join([self.order.accessibleName(), hint]))

    def grid_size(self) -> GridSize:
        """What pictures must be laid out for now."""
        return GridSize(self.view.content_width(), self._row_height)

    def is_laid_out(self) -> bool:
        """Whether the cards are where they belong; else their layout is under way."""
        return self._listed is None or self._listed.size == self.grid_size()

    def show_pictures(
        self,
        title: str,
        count: str,
        listed: ListedPictures,
        is_filtered: bool = False,
        is_refresh: bool = False,
    ) -> None:
        """count: the number of pictures in words. is_refresh: what is shown has changed a little:
        the first picture in view stays there, and if the current one is gone, its neighbour is
        current."""
        self._show_whether_empty(is_filtered and not len(listed))
        self.title.setText(title)
        self.count.show_text(count)
        place, before = self.view.place(), self.view.currentIndex().row()
        first = self.model.picture_at(place.row) if place is not None else None
        current = self.model.picture_at(before)
        self._listed, self._requested = listed, listed.size
        self.model.show_pictures(listed)
        if current is not None and (self.model.row_of(current) >= 0 or is_refresh):
            self.view.go_to_row(self._row_now(current, before))
        if is_refresh and place is not None and first is not None:
            self.view.scroll_to_place(Place(self._row_now(first, place.row), place.hidden))
        elif is_refresh:
            self.view.scroll_to_place(None)

    def _row_now(self, picture: int, before: int) -> int:
        """Of a picture; if it is gone, where it was."""
        row = self.model.row_of(picture)
        return row if row >= 0 else max(0, min(before, self.model.rowCount() - 1))

    def show_layout(self, listed: ListedPictures) -> None:
        """The pictures that are shown, for another size of the grid. The layout of others comes too
        late."""
        if self._listed is not None and listed.listing is self._listed.listing:
            self._listed = listed
            self.view.doItemsLayout()

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
        self.view.doItemsLayout()

    def _newest_layout(self, width: int) -> GridLayout:
        """Request the layout for this width if it is not the one that was requested last."""
        if self._listed is None:
            return CellLayout(0, width, self._row_height, 1, SPACE)
        size = GridSize(width, self._row_height)
        if size != self._requested:
            self._requested = size
            self.layout_requested.emit(self._listed, size)
        return self._listed.layout

    def _drag(self, row: int) -> None:
        record = self.model.record_at(row)
        if record is not None:
            drag_card(self.view, row, record)


class _CardButton(QObject):
    """“Find similar” on the card under the pointer, or on the current one, above its name. Signal:
    clicked_on(row)."""

    clicked_on = Signal(int)

    def __init__(self, view: LibraryView) -> None:
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
            place = QRect(0, card.top() + _CORNER, size.width(), size.height())
            place.moveRight(card.right() - _CORNER)
            self._button.setGeometry(place)
        self._button.setVisible(fits)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._place(self._view.currentIndex().row())
        return super().eventFilter(watched, event)
