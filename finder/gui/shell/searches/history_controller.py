"""Back and forward: the buttons, the menu's actions and the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.gui.shell.searches.history import History, Place

if TYPE_CHECKING:
    from finder.core.search.query.query_spec import QuerySpec
    from finder.gui.shell.main_window import MainWindow
    from finder.jobs.query_facts import Asked


class HistoryController(QObject):
    """Signal: moved(Place), which is to be shown again."""

    moved = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._history = History()
        self._is_refined = False
        bar, actions = window.query_bar, window.actions_by_name
        self._back = (bar.back, actions["back"])
        self._forward = (bar.forward, actions["forward"])
        bar.back.clicked.connect(self.go_back)
        bar.forward.clicked.connect(self.go_forward)
        actions["back"].triggered.connect(lambda _=False: self.go_back())
        actions["forward"].triggered.connect(lambda _=False: self.go_forward())
        window.filters.changed.connect(lambda: self._history.replace_filter(window.filters.filter))
        self._show()

    @property
    def can_go_back(self) -> bool:
        return self._history.can_move(-1)

    def visit(self, asked: Asked | None) -> None:
        """A new place; None: the start page."""
        self._history.add(asked)
        self._is_refined = False
        self._show()

    def refine(self, spec: QuerySpec) -> None:
        """The user has changed the query. Back leads to the query before the changes."""
        if self._is_refined:
            self._history.replace_query(spec)
        else:
            self.visit(spec)
            self._is_refined = True

    def settle(self) -> None:
        """Further changes lead to another place."""
        self._is_refined = False

    def drop_changes(self) -> Place | None:
        """The place before the changes that are not settled; None if there are none. They are no
        place any more."""
        if not self._is_refined:
            return None
        self._history.drop_current()
        self._is_refined = False
        self._show()
        return self._history.current

    def replace_query(self, spec: QuerySpec) -> None:
        """Another form of the current query: one that needs no network and no encoding."""
        self._history.replace_query(spec)

    def go_back(self) -> None:
        """To the place before."""
        self._move(-1)

    def go_forward(self) -> None:
        self._move(1)

    def _move(self, step: int) -> None:
        if self._history.can_move(step):
            place, self._is_refined = self._history.move(step), False
            self._show()
            self.moved.emit(place)

    def _show(self) -> None:
        for parts, step in ((self._back, -1), (self._forward, 1)):
            for part in parts:
                part.setEnabled(self._history.can_move(step))
