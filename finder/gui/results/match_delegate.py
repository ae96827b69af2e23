"""Paints a match as a card: thumbnail, rank, distance and name."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from finder.core.i18n import tr
from finder.gui.results.match_model import Card, MatchRole
from finder.gui.theme.theme import colour
from finder.gui.theme.tokens import RADIUS, RADIUS_SMALL

_CACHE_SIZE = 300  # scaled thumbnails, of at most 240 × 240 (230 kB)
PAD = 8
GAP = 4


@dataclass(frozen=True)
class _CardLayout:
    """The rectangles of a card's parts."""

    frame: QRect
    picture: QRect
    numbers: QRect
    name: QRect


class MatchDelegate(QStyledItemDelegate):
    """thumb_size: side of the square that thumbnails are fitted into, in device-independent px."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.thumb_size = 128
        self._cache: dict[tuple[int, int, int, float], QPixmap] = {}
        self.cell_size = QSize()  # set by the view, so that the cards fill its width

    def card_size(self, line_height: int) -> QSize:
        """The smallest size of a card; the view widens it to fill its row."""
        height = self.thumb_size + 2 * line_height + 2 * PAD + GAP
        return QSize(self.thumb_size + 2 * PAD, height)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        layout = self._layout(option)
        card: Card = index.data(MatchRole.CARD)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        _paint_frame(painter, option.palette, layout.frame, selected, focused, card.marked)
        if card.pixmap is None or card.pixmap.isNull():
            _paint_empty(painter, option.palette, layout.picture)
        else:
            self._paint_picture(painter, layout.picture, card.pixmap)
        _paint_text(painter, option, layout, card, selected)
        if card.offline:
            _paint_badge(painter, option, layout.picture, tr("offline"))
        painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return (
            self.cell_size
            if self.cell_size.isValid()
            else self.card_size(option.fontMetrics.height())
        )

    def _paint_picture(self, painter: QPainter, area: QRect, pixmap: QPixmap) -> None:
        scaled = self._scaled(pixmap, area.size(), painter.device().devicePixelRatioF())
        target = QRect(QPoint(), scaled.deviceIndependentSize().toSize())
        target.moveCenter(area.center())
        painter.drawPixmap(target.topLeft(), scaled)

    def _scaled(self, pixmap: QPixmap, area: QSize, ratio: float) -> QPixmap:
        """The thumbnail in the size shown, cached: scaling is half the cost of painting a card."""
        key = pixmap.cacheKey(), area.width(), area.height(), ratio
        found = self._cache.get(key)
        if found is None:
            found = pixmap.scaled(
                area * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            found.setDevicePixelRatio(ratio)
            self._cache[key] = found
            while len(self._cache) > _CACHE_SIZE:
                del self._cache[next(iter(self._cache))]
        return found

    def _layout(self, option: QStyleOptionViewItem) -> _CardLayout:
        frame = option.rect.adjusted(2, 2, -2, -2)
        line = option.fontMetrics.height()
        left, width = frame.left() + PAD, frame.width() - 2 * PAD
        picture = QRect(left, frame.top() + PAD - 2, width, self.thumb_size)
        numbers = QRect(left, picture.bottom() + GAP, width, line)
        return _CardLayout(frame, picture, numbers, numbers.translated(0, line))


def _paint_frame(
    painter: QPainter, palette: QPalette, frame: QRect, selected: bool, focused: bool, marked: bool
) -> None:
    accent = colour("accent")
    fill, edge, width = QColor(Qt.GlobalColor.transparent), QColor(Qt.GlobalColor.transparent), 1.0
    if marked or selected:
        fill = QColor(accent)
        fill.setAlphaF(0.20 if marked else 0.12)
        edge, width = accent, 2.0
    if focused:
        edge, width = palette.color(QPalette.ColorRole.WindowText), 2.0
    painter.setPen(QPen(edge, width))
    painter.setBrush(fill)
    painter.drawRoundedRect(frame, RADIUS, RADIUS)


def _paint_empty(painter: QPainter, palette: QPalette, area: QRect) -> None:
    """A placeholder for the thumbnail."""
    side = min(area.width(), area.height())
    square = QRect(0, 0, side, side)
    square.moveCenter(area.center())
    shade = QColor(palette.color(QPalette.ColorRole.WindowText))
    shade.setAlphaF(0.08)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(shade)
    painter.drawRoundedRect(square, RADIUS_SMALL, RADIUS_SMALL)


def _paint_badge(painter: QPainter, option: QStyleOptionViewItem, area: QRect, text: str) -> None:
    """A word on a dark strip, readable on every picture."""
    line = option.fontMetrics
    badge = QRect(0, 0, line.horizontalAdvance(text) + 2 * PAD, line.height() + 2)
    badge.moveCenter(area.center())
    badge.moveBottom(area.bottom() - GAP)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour("picture_shade"))
    painter.drawRoundedRect(badge, RADIUS_SMALL, RADIUS_SMALL)
    painter.setPen(colour("on_picture"))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


def _paint_text(
    painter: QPainter,
    option: QStyleOptionViewItem,
    layout: _CardLayout,
    card: Card,
    selected: bool,
) -> None:
    palette = option.palette
    strong = palette.color(QPalette.ColorRole.Text)
    weak = palette.color(QPalette.ColorRole.PlaceholderText)
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(strong)
    # Not clipped: letters of a script that the font lacks may be taller than its line.
    centre = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
    painter.drawText(layout.numbers, centre, card.numbers)
    font.setBold(False)
    painter.setFont(font)
    painter.setPen(strong if selected else weak)
    name = option.fontMetrics.elidedText(
        card.name, Qt.TextElideMode.ElideMiddle, layout.name.width()
    )
    painter.drawText(layout.name, centre, name)
