"""How close the listed matches are, above the slider of the cut-off."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from finder.core.i18n import tr, trn
from finder.core.search.closeness.closeness import BINS, closeness_histogram, number_hidden
from finder.gui.theme.painting import paint_box
from finder.gui.theme.theme import colour
from finder.gui.theme.tokens import SPACE, SPACE_XL, SPACE_XS

_HEIGHT = SPACE_XL + SPACE
_LOWEST = 3.0  # px of a bar for a single match
_HANDLE = 9  # px; half of the slider's handle, which does not reach the ends


class ClosenessHistogram(QWidget):
    """One bar for each 4 of closeness; what the cut-off hides is grey. A line marks the suggested
    cut-off."""

    def __init__(self) -> None:
        super().__init__()
        self._closeness: Sequence[float] = ()
        self._counts = [0] * BINS
        self._cut_off = 0
        self._suggested: float | None = None
        self.setAccessibleName(tr("How close the matches are"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def show_closeness(self, closeness: Sequence[float], suggested: float | None) -> None:
        self._closeness = closeness
        self._counts = closeness_histogram(closeness)
        self._suggested = suggested
        self._describe()

    def show_cut_off(self, cut_off: int) -> None:
        self._cut_off = cut_off
        self._describe()

    def _describe(self) -> None:
        """In words, too: the number that is shown, and that is hidden."""
        hidden = number_hidden(self._closeness, self._cut_off)
        shown = len(self._closeness) - hidden
        words = trn("{n} match shown", "{n} matches shown", shown)
        words += ", " + trn("{n} hidden", "{n} hidden", hidden)
        self.setAccessibleDescription(words)
        self.setToolTip(words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tallest = max(self._counts) or 1
        for number, count in enumerate(self._counts):
            if count:
                # the square root: single matches stay visible beside many
                height = max(_LOWEST, (self.height() - 1) * (count / tallest) ** 0.5)
                is_shown = (number + 1) * 100 / BINS > self._cut_off
                paint_box(
                    painter,
                    self._bar(number, height),
                    1.5,
                    colour("accent" if is_shown else "scroll"),
                )
        if self._suggested is not None:
            x = self._turned(self._at(self._suggested))
            painter.setPen(QPen(colour("text"), 1.0, Qt.PenStyle.DashLine))
            painter.drawLine(round(x), 0, round(x), self.height())
        painter.end()

    def _bar(self, number: int, height: float) -> QRectF:
        left, right = self._at(number * 100 / BINS), self._at((number + 1) * 100 / BINS)
        gap = SPACE_XS / 2
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            left, right = self._turned(right), self._turned(left)
        return QRectF(left + gap / 2, self.height() - height, right - left - gap, height)

    def _at(self, closeness: float) -> float:
        """Where the slider's handle is at this closeness."""
        return _HANDLE + (self.width() - 2 * _HANDLE) * closeness / 100

    def _turned(self, x: float) -> float:
        runs_left = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        return self.width() - x if runs_left else x
