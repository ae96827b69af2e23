"""The line above the matches: what is shown, what is hidden, and where models disagree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.gui.common.buttons import Button, Kind, ToolButton
from finder.gui.common.widgets import ElidedLabel, bold, plain, secondary, set_margins, set_tip
from finder.gui.grid.layout_view import EDGE
from finder.gui.results.agreement.agreement_button import AgreementButton
from finder.gui.results.names.found_words import NAMES
from finder.gui.results.order_button import OrderButton
from finder.gui.theme.tokens import SPACE, SPACE_XL

if TYPE_CHECKING:
    from finder.gui.results.answer_facts import AnswerFacts
    from finder.gui.results.result_filter import Hidden

_NARROW = 740  # px, without “Show all”
_BESIDE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon


class ResultsHeader(QWidget):
    """Signals: show_all_requested; disputed_toggled(on); order_chosen(ResultOrder)."""

    show_all_requested = Signal()
    disputed_toggled = Signal(bool)
    order_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.title = bold(plain(""))
        self.facts = ElidedLabel()
        secondary(self.facts)
        self.show_all = Button(tr("Show all"), kind=Kind.QUIET)
        self.show_all.clicked.connect(self.show_all_requested)
        self.show_all.hide()
        self.agreement = AgreementButton()
        self.order = OrderButton()
        self.order.order_chosen.connect(self.order_chosen)
        self.disputed = ToolButton("blend", tr("Where models disagree"), checkable=True)
        self.disputed.setToolTip(
            tr("Only pictures that are near the top for one model and far from it for another")
        )
        self.disputed.setAccessibleName(tr("Where models disagree"))
        self.disputed.toggled.connect(self.disputed_toggled)
        self._words = "", ""
        self._is_verifying = False
        self._layout = layout = QHBoxLayout(self)
        set_margins(layout, EDGE, 0, SPACE_XL - SPACE, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.title)
        layout.addWidget(self.facts, 1)
        layout.addWidget(self.show_all)
        layout.addWidget(self.agreement)
        layout.addWidget(self.disputed)
        layout.addWidget(self.order)

    @property
    def shows_disputed(self) -> bool:
        return self.disputed.isChecked()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where there is little room, the buttons lose their texts, so that what is hidden can be
        read; then the words before that are left out, and then the title."""
        whole, hidden = self._words
        self.title.show()
        width, only = self.width(), Qt.ToolButtonStyle.ToolButtonIconOnly
        for style in (_BESIDE, only) if width >= _NARROW else (only,):
            for button in (self.agreement, self.disputed, self.order):
                button.setToolButtonStyle(style)
            fits = self._text_width(whole) <= self._room()
            if fits or not hidden:
                break
        if fits or not hidden:
            self._show_whole(whole)
        else:
            self.facts.show_text(hidden, whole)
            self.title.setVisible(self._text_width(hidden) <= self._room())

    def _show_whole(self, whole: str) -> None:
        """With what is still going on, where there is room for it."""
        hinted = " · ".join((whole, tr("looking for copies…")))
        if self._is_verifying and self._text_width(hinted) <= self._room():
            tip = tr("The best matches are compared with the query, point by point")
            self.facts.show_text(hinted, tip)
        else:
            self.facts.show_text(whole)

    def _room(self) -> int:
        """For the facts, in px."""
        buttons = (self.show_all, self.agreement, self.disputed, self.order)
        others = [other for other in (self.title, *buttons) if not other.isHidden()]
        margins = self.contentsMargins() + self._layout.contentsMargins()
        taken = sum(other.sizeHint().width() + SPACE for other in others)
        return self.width() - margins.left() - margins.right() - taken - SPACE

    def _text_width(self, text: str) -> int:
        return self.facts.fontMetrics().horizontalAdvance(text)

    def reset(self) -> bool:
        """Show what the models agree on, too. Returns whether it was left out."""
        was_set = self.disputed.isChecked()
        self.disputed.setChecked(False)
        return was_set

    def show_verifying(self, is_on: bool) -> None:
        """Whether matches are still being compared with the query, point by point."""
        self._is_verifying = is_on
        if self.isVisible():
            self._fit()

    def show_state(
        self, facts: AnswerFacts, shown: Sequence[str], of_columns: int, hidden: Hidden
    ) -> None:
        """shown: the keys of the columns that are; hidden: the most of any of them."""
        models, columns = len(facts.specs), len(shown)
        is_grid = columns == 1
        order = facts.order_words if is_grid else ""  # else the column's own header has it
        title, text = self._title(facts, shown, of_columns)
        self.title.setText(title)
        set_tip(self.title, facts.of_column(shown[0]).tip if is_grid and models else "")
        self.show_all.setVisible(hidden.filtered + hidden.folded > 0)
        self.disputed.setVisible(models > 1)
        self.agreement.show_facts(facts)
        words = _hidden_words(hidden)
        whole = " · ".join(word for word in (text, order, *words) if word)
        self._words = whole, " · ".join(words)
        if self.isVisible():  # or else it has no width yet
            self._fit()

    def _title(self, facts: AnswerFacts, shown: Sequence[str], of_columns: int) -> tuple[str, str]:
        """And what follows it."""
        models, columns = len(facts.specs), len(shown)
        if list(shown) == [NAMES]:
            return tr("Names and text"), facts.of_column(NAMES).line
        title = tr("Compare models") if columns > 1 and models > 1 else tr("Best matches")
        if 1 < columns < of_columns:
            return title, tr("{n} of {total} columns").format(n=columns, total=of_columns)
        if columns > 1:
            return title, trn("{n} column", "{n} columns", columns)
        if models > 1:
            return title, trn("of {n} model", "of {n} models", models)
        return title, facts.specs[0].title if facts.specs else ""


def _hidden_words(hidden: Hidden) -> list[str]:
    """What is not listed, and why."""
    words = []
    if hidden.filtered:
        words.append(trn("{n} hidden", "{n} hidden", hidden.filtered))
    if hidden.folded:
        words.append(trn("{n} folded", "{n} folded", hidden.folded))
    if hidden.own:
        words.append(tr("your query hidden"))
    return words
