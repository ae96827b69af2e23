"""The menu above the matches that puts them in another order."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from finder.core.i18n import tr
from finder.gui.common.buttons import ToolButton
from finder.gui.results.result_order import ResultOrder, order_words


class OrderButton(ToolButton):
    """Signal: order_chosen(ResultOrder)."""

    order_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__("arrow-down-up", order_words(ResultOrder.LIKENESS)[0])
        self.order = ResultOrder.LIKENESS
        self.setToolTip(tr("Order of the matches"))
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        group = QActionGroup(menu)
        for order in ResultOrder:
            words, hint = order_words(order)
            action = menu.addAction(words)
            action.setToolTip(hint)
            action.setCheckable(True)
            action.setChecked(order is self.order)
            action.triggered.connect(partial(self._choose, order))
            group.addAction(action)
        self.setMenu(menu)
        self.setPopupMode(ToolButton.ToolButtonPopupMode.InstantPopup)
        self._show()

    def _choose(self, order: ResultOrder) -> None:
        if order is not self.order:
            self.order = order
            self._show()
            self.order_chosen.emit(order)

    def _show(self) -> None:
        words, _ = order_words(self.order)
        self.setText(words)
        self.setAccessibleName(tr("Order of the matches: {order}").format(order=words))
