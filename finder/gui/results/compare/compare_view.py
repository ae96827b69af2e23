"""Columns side by side: the combined ranking stays in view, the others scroll past it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QScrollBar, QWidget

from finder.gui.grid.picture_view import PictureView
from finder.gui.theme.theme import colours

if TYPE_CHECKING:
    from finder.gui.results.compare.result_column import ResultColumn

NARROWEST = 150
"""Px of a column, whatever their number."""
_SIZE_OF_NARROWEST = 128  # px of a thumbnail; columns of larger ones are wider in proportion
_GAP = 0  # the columns' own edges are enough


class CompareView(QWidget):
    """Lays out columns that others make. scrolls_together: all columns scroll as one, with
    `common_bar`. links: the lines between the cards of the marked picture."""

    def __init__(self) -> None:
        super().__init__()
        self._columns: list[ResultColumn] = []
        self.links = LinkOverlay(self)
        self._strip = QWidget()
        self._strip.setProperty("kind", "page")
        self._scroll = QScrollArea(self)
        self._scroll.setWidget(self._strip)
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.horizontalScrollBar().valueChanged.connect(lambda _: self.links.update())
        self.common_bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.common_bar.valueChanged.connect(self._scroll_all)
        self._is_scrolling = False
        self._scrolled_last: PictureView | None = None
        self._narrowest = NARROWEST
        self.scrolls_together = True

    @property
    def columns(self) -> Sequence[ResultColumn]:
        return self._columns

    @property
    def scrolled_last(self) -> ResultColumn | None:
        """By its own wheel or keys, and not by the common bar."""
        return next((one for one in self._columns if one.view is self._scrolled_last), None)

    def set_columns(self, columns: Sequence[ResultColumn]) -> None:
        """The first one is pinned if there are several."""
        for column in self._columns:
            column.view.scrolled.disconnect(self._follow)
            column.view.verticalScrollBar().rangeChanged.disconnect(self._fit_bar)
            column.view.removeEventFilter(self)
        self._columns = list(columns)
        for column in columns:
            column.view.scrolled.connect(self._follow)
            column.view.verticalScrollBar().rangeChanged.connect(self._fit_bar)
            column.view.installEventFilter(self)
        self._show_bars()
        self._lay_out()

    def set_thumb_size(self, size: int) -> None:
        self._narrowest = max(NARROWEST, NARROWEST * size // _SIZE_OF_NARROWEST)
        self._lay_out()

    def set_scrolls_together(self, together: bool) -> None:
        """All columns as one, or each one alone, with a scroll bar of its own."""
        self.scrolls_together = together
        self._show_bars()
        self._lay_out()

    @contextmanager
    def columns_alone(self) -> Iterator[None]:
        """Scrolling a column does not scroll the others meanwhile."""
        was, self._is_scrolling = self._is_scrolling, True
        try:
            yield
        finally:
            if self._columns:
                self._is_scrolling = True
                self.common_bar.setValue(self._columns[0].view.verticalScrollBar().value())
            self._is_scrolling = was
            self.links.update()

    def scroll_all_to(self, value: int) -> None:
        """Each column as far as it goes, also within `columns_alone`."""
        for column in self._columns:
            column.view.verticalScrollBar().setValue(value)

    def bring_into_view(self, column: ResultColumn) -> None:
        """Scroll sideways until a column can be seen."""
        if column.parentWidget() is not self._strip:
            return
        begin = column.x()
        if self.isRightToLeft():  # where a scroll area's own method goes the wrong way
            begin = self._strip.width() - begin - column.width()
        bar, room = self._scroll.horizontalScrollBar(), self._scroll.viewport().width()
        if begin < bar.value():
            bar.setValue(begin)
        elif begin + column.width() > bar.value() + room:
            bar.setValue(begin + column.width() - room)

    def show_links(self, picture: int | None) -> None:
        """Join the cards of this picture in neighbouring columns."""
        self.links.show_picture(picture)

    # Layout

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        together = self.scrolls_together and len(self._columns) > 1
        bar = self.common_bar.sizeHint().width() if together else 0
        room, height = self.width() - bar, self.height()
        number = len(self._columns)
        narrowest = max(NARROWEST, min(self._narrowest, room // 2))
        width = max(narrowest, (room - _GAP * (number - 1)) // max(1, number))
        rest = self._columns[1:] if number > 1 else []
        pinned = self._columns[0] if self._columns else None
        if pinned is not None:
            pinned.setParent(self)
            pinned.setGeometry(self._mirrored(QRect(0, 0, width if rest else room, height)))
            pinned.show()
        left = width + _GAP
        self._scroll.setGeometry(self._mirrored(QRect(left, 0, max(0, room - left), height)))
        self._scroll.setVisible(bool(rest))
        total = len(rest) * (width + _GAP) - _GAP
        scrolls = total > room - left
        below = self._scroll.horizontalScrollBar().sizeHint().height() if scrolls else 0
        self._strip.resize(max(0, total), height - below)
        if pinned is not None and below:
            pinned.resize(pinned.width(), height - below)
        for place, column in enumerate(rest):
            column.setParent(self._strip)
            at = place if not self.isRightToLeft() else len(rest) - 1 - place
            column.setGeometry(at * (width + _GAP), 0, width, height - below)
            column.show()
        self.common_bar.setGeometry(self._mirrored(QRect(room, 0, bar, height)))
        self.links.setGeometry(self.rect())
        self.links.raise_()

    def _mirrored(self, place: QRect) -> QRect:
        """The place in a window that is read from right to left."""
        if self.isRightToLeft():
            place.moveLeft(self.width() - place.left() - place.width())
        return place

    # Scrolling

    def _show_bars(self) -> None:
        together = self.scrolls_together and len(self._columns) > 1
        own = Qt.ScrollBarPolicy.ScrollBarAsNeeded
        for column in self._columns:
            policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if together else own
            if column.view.verticalScrollBarPolicy() is not policy:
                column.view.setVerticalScrollBarPolicy(policy)
                column.view.doItemsLayout()
        self.common_bar.setVisible(together)
        self._fit_bar()

    def _fit_bar(self) -> None:
        bars = [column.view.verticalScrollBar() for column in self._columns]
        self.common_bar.setRange(0, max((bar.maximum() for bar in bars), default=0))
        self.common_bar.setPageStep(max((bar.pageStep() for bar in bars), default=0))

    def _follow(self) -> None:
        sender = self.sender()
        if self.scrolls_together and not self._is_scrolling and isinstance(sender, PictureView):
            self._scroll_all(sender.verticalScrollBar().value())
            self._scrolled_last = sender
        self.links.update()

    def _scroll_all(self, value: int) -> None:
        if self._is_scrolling:
            return
        self._is_scrolling, self._scrolled_last = True, None
        try:
            self.scroll_all_to(value)
            self.common_bar.setValue(value)
        finally:
            self._is_scrolling = False
        self.links.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and isinstance(watched, PictureView):
            self.bring_into_view(next(c for c in self._columns if c.view is watched))
        return super().eventFilter(watched, event)


class LinkOverlay(QWidget):
    """Lines between the cards of one picture, or of what it is folded in, over the columns."""

    def __init__(self, owner: CompareView) -> None:
        super().__init__(owner)
        self._owner = owner
        self._picture: int | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_picture(self, picture: int | None) -> None:
        if picture != self._picture:
            self._picture = picture
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours().accent), 2))
        for path in self.paths():
            painter.drawPath(path)
        painter.end()

    def paths(self) -> list[QPainterPath]:
        """Between the cards that can be seen of neighbouring columns."""
        places = [self._place(column) for column in self._owner.columns]
        return [
            _link(one, other)
            for one, other in pairwise(places)
            if one is not None and other is not None
        ]

    def _place(self, column: ResultColumn) -> QRect | None:
        """Where the column shows the picture; None if it cannot be seen."""
        row = column.model.row_showing(self._picture)
        if row < 0:
            return None
        view = column.view
        card = view.visualRect(column.model.index(row))
        visible = view.viewport().visibleRegion().boundingRect()
        if not card.intersects(visible):
            return None
        return QRect(view.viewport().mapTo(self._owner, card.topLeft()), card.size())


def _link(one: QRect, other: QRect) -> QPainterPath:
    """From the edge of one card to the facing edge of the next."""
    if one.left() > other.left():
        one, other = other, one
    start = QPointF(one.right() + 6, one.center().y())
    end = QPointF(other.left() - 6, other.center().y())
    middle = (start.x() + end.x()) / 2
    path = QPainterPath(start)
    path.cubicTo(QPointF(middle, start.y()), QPointF(middle, end.y()), end)
    return path
