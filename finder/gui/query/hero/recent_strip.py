"""The recent queries beside the current one: a few small pictures, and a menu with all of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QImage, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.core.search.query.typed_words import words_text
from finder.gui.common.buttons import ToolButton
from finder.gui.common.labels import SectionLabel
from finder.gui.common.widgets import set_tip
from finder.gui.theme.icons import icon
from finder.gui.theme.painting import paint_box
from finder.gui.theme.theme import colour, scaled_font
from finder.gui.theme.tokens import RADIUS, SPACE_S

if TYPE_CHECKING:
    from finder.jobs.recent_queries import Recent

_SIDE = 48
_WORDS_PX = 10.5
_ROWS, _MOST_COLUMNS = 2, 3
_WIDE, _NARROW = 720, 440  # px of the hero


class RecentStrip(QWidget):
    """Signals: chosen(Recent); clear_requested."""

    chosen = Signal(object)
    clear_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.buttons = [_RecentButton(self) for _ in range(_ROWS * _MOST_COLUMNS)]
        for button in self.buttons:
            button.clicked.connect(partial(self._choose, button))
        self.more = ToolButton("ellipsis", tip=tr("All recent searches"))
        self.more.clicked.connect(self._show_menu)
        self._recents: Sequence[Recent] = ()
        self._columns = _MOST_COLUMNS
        top = QHBoxLayout()
        top.addWidget(SectionLabel(tr("Recent")), 1)
        top.addWidget(self.more)
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACE_S + 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addLayout(self._grid)
        layout.addStretch(1)
        self.hide()

    def show_recents(self, recents: Sequence[Recent]) -> None:
        """The newest first; without any it is hidden."""
        self._recents = recents
        self._lay_out()

    def fit(self, width: int) -> None:
        """width: of the hero, in px; in a narrow one there are fewer, or none."""
        columns = _MOST_COLUMNS if width >= _WIDE else _MOST_COLUMNS - 1 if width >= _NARROW else 0
        if columns != self._columns:
            self._columns = columns
            self._lay_out()

    def _lay_out(self) -> None:
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.hide()
        for number, recent in enumerate(self._recents[: _ROWS * self._columns]):
            button = self.buttons[number]
            button.show_recent(recent)
            self._grid.addWidget(button, number // self._columns, number % self._columns)
            button.show()
        self.setVisible(bool(self._recents) and self._columns > 0)

    def _choose(self, button: _RecentButton) -> None:
        if button.recent is not None:
            self.chosen.emit(button.recent)

    def _show_menu(self) -> None:
        menu = QMenu(self)
        self.fill(menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def fill(self, menu: QMenu) -> None:
        """All recent queries as actions of a menu."""
        menu.clear()
        for recent in self._recents:
            text = _name(recent).replace("&", "&&")
            has_picture = not recent.image.isNull()
            picture = QIcon(QPixmap.fromImage(recent.image)) if has_picture else icon("search")
            action = menu.addAction(picture, menu.fontMetrics().elidedText(text, _MIDDLE, 280))
            action.triggered.connect(partial(self.chosen.emit, recent))
        menu.addSeparator()
        clear = menu.addAction(icon("trash-2"), tr("Clear recent searches"))
        clear.setEnabled(bool(self._recents))
        clear.triggered.connect(self.clear_requested)


_MIDDLE = Qt.TextElideMode.ElideMiddle


class _RecentButton(QAbstractButton):
    """A small square picture, or the words of a query without one."""

    def __init__(self, strip: RecentStrip) -> None:
        super().__init__(strip)
        self.recent: Recent | None = None
        self._pixmap = QPixmap()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedSize(_SIDE, _SIDE)

    def show_recent(self, recent: Recent) -> None:
        self.recent = recent
        self._pixmap = QPixmap.fromImage(_square(recent.image))
        name = _name(recent)
        self.setAccessibleName(tr("Search again: {name}").format(name=name))
        set_tip(self, name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect())
        paint_box(painter, area, RADIUS, fill=colour("chip"))
        shape = QPainterPath()
        shape.addRoundedRect(area, RADIUS, RADIUS)
        painter.setClipPath(shape)
        if self._pixmap.isNull():
            self._paint_words(painter)
        else:
            painter.drawPixmap(area, self._pixmap, QRectF(self._pixmap.rect()))
        painter.setClipping(False)
        if self.isDown() or self.underMouse():
            edge = colour("accent_pressed" if self.isDown() else "accent")
            paint_box(painter, area, RADIUS, edge=edge, width=2)
        painter.end()

    def _paint_words(self, painter: QPainter) -> None:
        """As many as there is room for, in small letters."""
        if self.recent is None:
            return
        painter.setFont(scaled_font(_WORDS_PX))
        painter.setPen(colour("text"))
        area = self.rect().adjusted(SPACE_S, SPACE_S, -SPACE_S, -SPACE_S)
        lines = _wrapped(_name(self.recent), painter.fontMetrics(), area)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
        painter.drawText(area, flags, "\n".join(lines))


def _wrapped(text: str, metrics: QFontMetrics, area: QRect) -> list[str]:
    """Whole words as long as they fit; the last line says that more follows."""
    most = max(1, area.height() // metrics.lineSpacing())
    lines, words = [""], text.split()
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if not lines[-1] or metrics.horizontalAdvance(longer) <= area.width():
            lines[-1] = longer
        else:
            lines.append(word)
    shown = [*lines[: most - 1], " ".join(lines[most - 1 :])] if len(lines) > most else lines
    right = Qt.TextElideMode.ElideRight
    return [metrics.elidedText(line, right, area.width()) for line in shown]


def _square(image: QImage) -> QImage:
    """The middle of it."""
    side = min(image.width(), image.height())
    return image.copy((image.width() - side) // 2, (image.height() - side) // 2, side, side)


def _name(recent: Recent) -> str:
    """The name of its first picture, and how many examples there are besides; or its words."""
    spec = recent.spec
    if not spec.pictures:
        return printable(words_text(spec.words))
    wanted = (item.source for item in spec.pictures if item.weight > 0)
    name = printable(os.path.basename(next(wanted, spec.pictures[0].source).label))
    if spec.words:
        words = printable(words_text(spec.words))
        return tr("{name} with “{words}”").format(name=name, words=words)
    others = len(spec.items) - 1
    return tr("{name} and {n} more").format(name=name, n=others) if others else name
