"""F6 goes from one part of the window to the next: search field, side bar, pictures, details;
Shift+F6 goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from finder.gui.shell.main_window import MainWindow


class Panes(QObject):
    """In the order in which they are read. What is hidden is left out."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.actions_by_name["next_part"].triggered.connect(lambda _=False: self._go(1))
        QShortcut(QKeySequence("Shift+F6"), window, lambda: self._go(-1))

    def _go(self, step: int) -> None:
        panes = [pane for pane in self._panes() if pane.isVisible()]
        focused = self._window.focusWidget()
        here = [at for at, pane in enumerate(panes) if pane.isAncestorOf(focused or pane)]
        at = here[0] + step if here else 0
        self._enter(panes[at % len(panes)])

    def _panes(self) -> tuple[QWidget, ...]:
        window = self._window
        return window.query_bar, window.library, window.pages, window.details

    def _enter(self, pane: QWidget) -> None:
        window = self._window
        if pane is window.query_bar:
            pane = window.query_bar.field.edit
        elif pane is window.pages and window.pages.currentWidget() is window.results_page:
            window.results.focus_results()
            return
        elif pane is window.pages and window.pages.currentWidget() is window.library_page:
            pane = window.library_page.view
        else:
            pane = _first_in(pane)
        pane.setFocus(Qt.FocusReason.TabFocusReason)


def _first_in(pane: QWidget) -> QWidget:
    """What Tab would reach first in it."""
    widget = pane.nextInFocusChain()
    while widget is not None and widget is not pane:
        reached = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if reached and widget.isEnabled() and widget.isVisible() and pane.isAncestorOf(widget):
            return widget
        widget = widget.nextInFocusChain()
    return pane
