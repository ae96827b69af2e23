"""The line above the matches: what is shown, what is hidden, and where models disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from finder.core.i18n import tr, trn
from finder.gui.common.buttons import Button, Kind, ToolButton
from finder.gui.common.widgets import ElidedLabel, bold, plain, secondary, set_margins
from finder.gui.grid.grid_view import EDGE
from finder.gui.results.order_button import OrderButton
from finder.gui.theme.tokens import SPACE, SPACE_XL

if TYPE_CHECKING:
    from finder.gui.results.answer_facts import AnswerFacts

_NARROW = 700  # px
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
        self.order = OrderButton()
        self.order.order_chosen.connect(self.order_chosen)
        self.disputed = ToolButton("blend", tr("Where models disagree"), checkable=True)
        self.disputed.setToolTip(
            tr("Only pictures that are near the top for one model and far from it for another")
        )
        self.disputed.setAccessibleName(tr("Where models disagree"))
        self.disputed.toggled.connect(self.disputed_toggled)
        layout = QHBoxLayout(self)
        set_margins(layout, EDGE, 0, SPACE_XL - SPACE, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.title)
        layout.addWidget(self.facts, 1)
        layout.addWidget(self.show_all)
        layout.addWidget(self.disputed)
        layout.addWidget(self.order)

    @property
    def shows_disputed(self) -> bool:
        return self.disputed.isChecked()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the buttons lose their texts, so that what is hidden can be read."""
        super().resizeEvent(event)
        is_narrow = event.size().width() < _NARROW
        only = Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in (self.disputed, self.order):
            button.setToolButtonStyle(only if is_narrow else _BESIDE)

    def reset(self) -> bool:
        """Show what the models agree on, too. Returns whether it was left out."""
        was_set = self.disputed.isChecked()
        self.disputed.setChecked(False)
        return was_set

    def show_state(self, facts: AnswerFacts, columns: int, of_columns: int, hidden: int) -> None:
        """columns: how many are shown; hidden: how many matches the filters leave out."""
        models = len(facts.specs)
        self.title.setText(tr("Compare models") if columns > 1 else tr("Best matches"))
        if 1 < columns < of_columns:
            text = tr("{n} of {total} columns").format(n=columns, total=of_columns)
        elif columns > 1:
            text = trn("{n} column", "{n} columns", columns)
        elif models > 1:
            text = trn("of {n} model", "of {n} models", models)
        else:
            text = facts.specs[0].title if facts.specs else ""
        if hidden:
            text += " · " + trn("{n} hidden", "{n} hidden", hidden)
        self.facts.show_text(text)
        self.show_all.setVisible(hidden > 0)
        self.disputed.setVisible(models > 1)
