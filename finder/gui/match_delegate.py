"""How a match looks: a card with the thumbnail, rank, distance and name; small paint steps."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from finder.gui.match_model import MatchRole, as_pixmap

PAD = 8
GAP = 4


@dataclass(frozen=True)
class _Card:
    """Where the parts of one card are."""

    frame: QRect
    picture: QRect
    numbers: QRect
    name: QRect


class MatchDelegate(QStyledItemDelegate):
    """thumb_size: side of the square that thumbnails are fitted into, in device-independent px."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.thumb_size = 128
        self.fill = QSize()  # the grid's cell, once the view has fitted it

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
        card = self._card(option)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        focused = bool(option.state & QStyle.StateFlag.State_HasFocus)
        marked = bool(index.data(MatchRole.MARKED))
        _paint_frame(painter, option.palette, card.frame, selected, focused, marked)
        _paint_picture(
            painter, option.palette, card.picture, as_pixmap(index.data(MatchRole.PIXMAP))
        )
        _paint_words(painter, option, card, index, selected)
        painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return self.fill if self.fill.isValid() else self.card_size(option.fontMetrics.height())

    def _card(self, option: QStyleOptionViewItem) -> _Card:
        frame = option.rect.adjusted(2, 2, -2, -2)
        line = option.fontMetrics.height()
        left, width = frame.left() + PAD, frame.width() - 2 * PAD
        picture = QRect(left, frame.top() + PAD - 2, width, self.thumb_size)
        numbers = QRect(left, picture.bottom() + GAP, width, line)
        return _Card(frame, picture, numbers, numbers.translated(0, line))


def _paint_frame(
    painter: QPainter, palette: QPalette, frame: QRect, selected: bool, focused: bool, marked: bool
) -> None:
    accent = palette.color(QPalette.ColorRole.Highlight)
    fill, edge, width = QColor(Qt.GlobalColor.transparent), QColor(Qt.GlobalColor.transparent), 1.0
    if marked or selected:
        fill = QColor(accent)
        fill.setAlphaF(0.20 if marked else 0.12)
        edge, width = accent, 2.0
    if focused:
        edge, width = palette.color(QPalette.ColorRole.WindowText), 2.0
    painter.setPen(QPen(edge, width))
    painter.setBrush(fill)
    painter.drawRoundedRect(frame, 6, 6)


def _paint_picture(
    painter: QPainter, palette: QPalette, room: QRect, pixmap: QPixmap | None
) -> None:
    if pixmap is None or pixmap.isNull():
        side = min(room.width(), room.height())
        square = QRect(0, 0, side, side)
        square.moveCenter(room.center())
        shade = QColor(palette.color(QPalette.ColorRole.WindowText))
        shade.setAlphaF(0.08)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawRoundedRect(square, 4, 4)
        return
    size = pixmap.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRect(0, 0, size.width(), size.height())
    target.moveCenter(room.center())
    painter.drawPixmap(target, pixmap)


def _paint_words(
    painter: QPainter,
    option: QStyleOptionViewItem,
    card: _Card,
    index: QModelIndex | QPersistentModelIndex,
    selected: bool,
) -> None:
    palette = option.palette
    match = index.data(MatchRole.MATCH)
    strong, weak = palette.color(QPalette.ColorRole.Text), palette.color(QPalette.ColorRole.Text)
    weak.setAlphaF(0.68)
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(strong)
    centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(card.numbers, centre, f"{match.rank}  ·  {index.data(MatchRole.NUMBER)}")
    font.setBold(False)
    painter.setFont(font)
    painter.setPen(strong if selected else weak)
    name = option.fontMetrics.elidedText(
        str(index.data()), Qt.TextElideMode.ElideMiddle, card.name.width()
    )
    painter.drawText(card.name, centre, name)
