"""A strip above the grid of the best matches: what was found in names and texts, and how much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from finder.core.i18n import tr
from finder.gui.results.names.found_words import number_words
from finder.gui.theme.focus_rings import FOCUS_RADIUS
from finder.gui.theme.icons import icon_pixmap
from finder.gui.theme.painting import paint_box, paint_pixmap
from finder.gui.theme.theme import colour, scaled_font
from finder.gui.theme.tokens import (
    BODY_PX,
    ICON,
    RADIUS_CARD,
    RADIUS_SMALL,
    SPACE,
    SPACE_M,
    SPACE_XS,
)

if TYPE_CHECKING:
    from finder.core.library.words.name_match import NameMatch
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed

_HEIGHT = 48
_PICTURE = 36
_MOST = 12


class NamesStrip(QAbstractButton):
    """Checked: these are shown in the grid, in place of the best matches."""

    def __init__(self, feed: ThumbnailFeed) -> None:
        super().__init__()
        self._feed = feed
        self.pictures: Sequence[int] = ()
        self._most = 0
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setProperty(FOCUS_RADIUS, RADIUS_CARD)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFont(scaled_font(BODY_PX))
        self.toggled.connect(lambda _: self._say())
        feed.loaded.connect(self._loaded)
        self.hide()

    def show_names(self, names: Sequence[NameMatch], most: int) -> None:
        """Without any there is nothing to open. most: so many were asked for."""
        self._most = most
        self.pictures = [name.picture.id for name in names]
        if not names:
            self.setChecked(False)
        self._feed.request(self.pictures[:_MOST])
        self._say()
        self.update()

    def _say(self) -> None:
        if self.isChecked():
            self.setText(tr("Back to the best matches"))
            self.setAccessibleName(self.text())
        else:
            self.setText(tr("In names and text"))
            words = number_words(len(self.pictures), self._most)
            self.setAccessibleName(tr("In names and text: {n}").format(n=words))
        tip = tr("Pictures with these words in their name, folder, label, caption, or in a text")
        self.setToolTip(tip)

    def sizeHint(self) -> QSize:
        return QSize(240, max(_HEIGHT, self.fontMetrics().height() + 2 * SPACE_M))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()

    def _loaded(self, picture: int) -> None:
        if picture in self.pictures[:_MOST]:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        ground = "pressed" if self.isDown() else "hover" if self.underMouse() else "card"
        paint_box(painter, QRectF(self.rect()), RADIUS_CARD, colour(ground), colour("line"))
        name = "arrow-left" if self.isChecked() else "file-text"
        at = self._paint_icon(painter, name, SPACE_M, "secondary") + SPACE
        at = self._paint_text(painter, self.elided_text(), at, "text") + SPACE
        if not self.isChecked():
            at = self._paint_text(painter, self._number(), at, "secondary") + SPACE_M
            self._paint_pictures(painter, at)
            end = self.width() - SPACE_M - ICON
            self._paint_icon(painter, "chevron-right", end, "secondary")
        painter.end()

    def _paint_icon(self, painter: QPainter, name: str, at: int, role: str) -> int:
        """Returns where it ends; from the side where text begins."""
        if self.isRightToLeft():
            turned = {"arrow-left": "arrow-right", "chevron-right": "chevron-left"}
            name = turned.get(name, name)
        pixmap = icon_pixmap(name, ICON, self.devicePixelRatioF(), role)
        paint_pixmap(painter, self._turned(QRectF(at, 0, ICON, self.height())), pixmap)
        return at + ICON

    def _paint_text(self, painter: QPainter, text: str, at: int, role: str) -> int:
        width = self.fontMetrics().horizontalAdvance(text) + 1
        painter.setPen(colour(role))
        place = self._turned(QRectF(at, 0, width, self.height()))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        return at + width

    def _number(self) -> str:
        number = len(self.pictures)
        return f"{number:,}+" if 0 < self._most <= number else f"{number:,}"

    def elided_text(self) -> str:
        """What of its text has room between the icon and the number."""
        metrics, room = self.fontMetrics(), self.width() - 2 * SPACE_M - ICON - SPACE
        if not self.isChecked():
            room -= metrics.horizontalAdvance(self._number()) + 2 * SPACE + ICON
        return metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, max(0, room))

    def _paint_pictures(self, painter: QPainter, at: int) -> None:
        """As many as there is room for."""
        end = self.width() - 2 * SPACE_M - ICON
        for picture in self.pictures[:_MOST]:
            if at + _PICTURE > end:
                return
            place = QRectF(at, (self.height() - _PICTURE) / 2, _PICTURE, _PICTURE)
            self._paint_picture(painter, self._turned(place), self._feed.pixmap(picture))
            at += _PICTURE + SPACE_XS + 2

    def _paint_picture(self, painter: QPainter, place: QRectF, pixmap: QPixmap | None) -> None:
        paint_box(painter, place, RADIUS_SMALL, colour("chip"))
        if pixmap is None or pixmap.isNull():
            return
        side = min(pixmap.width(), pixmap.height())
        middle = QRectF((pixmap.width() - side) / 2, (pixmap.height() - side) / 2, side, side)
        shape = QPainterPath()
        shape.addRoundedRect(place, RADIUS_SMALL, RADIUS_SMALL)
        painter.save()
        painter.setClipPath(shape)
        painter.drawPixmap(place, pixmap, middle)
        painter.restore()

    def _turned(self, place: QRectF) -> QRectF:
        """The same place from the other side, where text runs from right to left."""
        if self.isRightToLeft():
            place.moveLeft(self.width() - place.left() - place.width())
        return place
