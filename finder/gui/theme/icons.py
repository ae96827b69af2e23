"""Line icons in the colour of the text beside them.

`icon("search")` costs nothing until it is painted. It is drawn for the size and the screen it
appears on, in the colours of the scheme in use, so that no widget has to follow the theme. In a
size that is wider than high it stands at the side where text begins: the gap before a button's
text, which Qt has no setting for.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from finder.gui.theme.svg import coloured_svg, icons_folder
from finder.gui.theme.theme import colours
from finder.gui.theme.tokens import ICON_STROKE

_MIRRORED = {"arrow-left": "arrow-right", "chevron-left": "chevron-right"}
_MIRRORED |= {right: left for left, right in _MIRRORED.items()}


def icon(name: str, role: str = "text", checked: str = "accent_text") -> QIcon:
    """An icon of resources/icons/lucide. role, checked: names of its colour in `tokens.Colours`,
    normally and while its button is checked. A misspelt name raises KeyError."""
    if name not in _names():
        raise KeyError(name)
    return QIcon(_LineIcon(name, role, checked))


def icon_pixmap(name: str, size: int, ratio: float, role: str = "text") -> QPixmap:
    """For labels and painters: size in px of the layout, ratio of the screen."""
    return _drawn(name, getattr(colours(), role), size, ratio)


def direction_icon(name: str, role: str = "text") -> QIcon:
    """An arrow that points the other way where text runs from right to left."""
    mirrored = QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft
    return icon(_MIRRORED.get(name, name) if mirrored else name, role)


class _LineIcon(QIconEngine):
    def __init__(self, name: str, role: str, checked: str) -> None:
        super().__init__()
        self._name, self._role, self._checked = name, role, checked

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        drawn = self._draw(rect.size(), ratio, mode, state)
        target = QRect(QPoint(), drawn.deviceIndependentSize().toSize())
        target.moveCenter(rect.center())
        if rect.width() > rect.height():
            if QApplication.layoutDirection() is Qt.LayoutDirection.RightToLeft:
                target.moveRight(rect.right())
            else:
                target.moveLeft(rect.left())
        painter.drawPixmap(target.topLeft(), drawn)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        """size: in px of the layout."""
        whole = QPixmap(size * scale)
        whole.fill(Qt.GlobalColor.transparent)
        whole.setDevicePixelRatio(scale)
        painter = QPainter(whole)
        self.paint(painter, QRect(QPoint(), size), mode, state)
        painter.end()
        return whole

    def clone(self) -> QIconEngine:
        copy = _LineIcon(self._name, self._role, self._checked)
        _copies.append(copy)  # PySide would delete it at once, and Qt uses it
        return copy

    def isNull(self) -> bool:
        return False

    def _draw(self, size: QSize, ratio: float, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        role = self._checked if state == QIcon.State.On else self._role
        if mode == QIcon.Mode.Disabled:
            role = "disabled"
        return _drawn(self._name, getattr(colours(), role), min(size.width(), size.height()), ratio)


_copies: list[_LineIcon] = []


@lru_cache(maxsize=512)
def _drawn(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    side = max(1, round(size * ratio))
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    stroke = ICON_STROKE if size <= 24 else ICON_STROKE * 24 / size * 1.25
    svg = QSvgRenderer(QByteArray(coloured_svg(name, colour, stroke)))
    svg.render(painter, QRectF(0, 0, side, side))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(path.stem for path in icons_folder().glob("*.svg"))
