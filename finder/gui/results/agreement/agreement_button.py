"""The button above the matches that shows how far the models agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.gui.common.buttons import ToolButton
from finder.gui.common.popover import Popover

if TYPE_CHECKING:
    from finder.gui.results.agreement.agreement_table import AgreementPanel
    from finder.gui.results.answer_facts import AnswerFacts


class AgreementButton(ToolButton):
    """Shown where at least two models have answered; opens a popover with the table."""

    def __init__(self) -> None:
        super().__init__("handshake", tr("Agreement"))
        self.setToolTip(tr("How far each two models agree on this query (Ctrl+Shift+A)"))
        self.setAccessibleName(tr("Agreement of the models"))
        self.panel: AgreementPanel | None = None
        self._facts: AnswerFacts | None = None
        self._popover: Popover | None = None
        self.clicked.connect(self.open_panel)

    def show_facts(self, facts: AnswerFacts) -> None:
        self._facts = facts
        self.setVisible(len(facts.specs) > 1)
        if self.panel is not None and self._popover is not None:
            if len(facts.specs) > 1:
                self.panel.show_facts(facts)
            else:
                self._popover.close_panel()

    def open_panel(self) -> None:
        """Nothing happens while the button is not shown."""
        if self._facts is None or not self.isVisible():
            return
        if self.panel is None or self._popover is None:
            from finder.gui.results.agreement.agreement_table import AgreementPanel

            self.panel = AgreementPanel()
            self._popover = Popover(tr("Agreement of the models"), self.panel, self)
            self.panel.show_facts(self._facts)
        self._popover.open_panel()
