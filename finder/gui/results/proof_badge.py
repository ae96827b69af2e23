"""The badge of a match that is proven to be the query's picture, beside its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from finder.gui.common.widgets import set_tip
from finder.gui.results import proof_words
from finder.gui.theme.icons import icon_pixmap
from finder.gui.theme.painting import paint_box, paint_pixmap
from finder.gui.theme.theme import colour, scaled_font
from finder.gui.theme.tokens import SECONDARY_PX, SPACE, SPACE_S

if TYPE_CHECKING:
    from finder.core.search.verify.sameness import Sameness

_ICON = 14  # px


class ProofBadge(QWidget):
    """An icon and a few words; hidden where nothing is proven."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = ""
        self.words = ""
        self.setFont(scaled_font(SECONDARY_PX))
        self.set_keeps_place(False)
        self.hide()

    def set_keeps_place(self, keeps: bool) -> None:
        """Whether its place is kept while it is hidden, so that nothing moves when it is shown."""
        policy = QSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        policy.setRetainSizeWhenHidden(keeps)
        self.setSizePolicy(policy)

    def show_proof(self, same: Sameness | None) -> None:
        self.setVisible(same is not None)
        self._icon = proof_words.icon_name(same) if same is not None else ""
        self.words = proof_words.title(same) if same is not None else ""
        self.setAccessibleName(self.words)
        set_tip(self, proof_words.reason(same) if same is not None else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        words = metrics.horizontalAdvance(self.words) + 1
        return QSize(_before() + words + SPACE, metrics.height() + SPACE)

    def minimumSizeHint(self) -> QSize:
        return QSize(_before() + 2 * SPACE, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_box(painter, QRectF(self.rect()), self.height() / 2, colour("accent_soft"))
        icon, words = QRectF(SPACE, 0, _ICON, self.height()), QRectF(self.rect())
        words.adjust(_before(), 0, -SPACE, 0)
        if self.isRightToLeft():
            icon.moveRight(self.width() - icon.left())
            words.moveRight(self.width() - words.left())
        paint_pixmap(
            painter, icon, icon_pixmap(self._icon, _ICON, self.devicePixelRatioF(), "accent_text")
        )
        painter.setPen(colour("accent_text"))
        text = self.fontMetrics().elidedText(
            self.words, Qt.TextElideMode.ElideRight, int(words.width()) + 1
        )
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(words, side | middle, text)
        painter.end()


def _before() -> int:
    """Px before the words."""
    return SPACE + _ICON + SPACE_S
