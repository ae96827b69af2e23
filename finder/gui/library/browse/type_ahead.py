"""Goes to a picture of the library while its name is being typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.library.listing import Typed
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.listing import Listing
    from finder.gui.library.browse.library_page import LibraryPage

LookUp = Callable[["Listing", Typed], Callable[[], int | None]]
"""For what is typed over a listing: the function that finds the picture, in a lane."""


class TypeAhead(QObject):
    """The same letter again and again goes from picture to picture; more letters keep the current
    one if it still fits. Each look-up begins where the first letter was typed, and a newer one
    replaces it. Where no name fits, nothing moves. Signal: failed(error)."""

    failed = Signal(object)

    def __init__(
        self, page: LibraryPage, look_up: LookUp, task_runner: TaskRunner, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._view, self._model = page.view, page.model
        self._look_up = look_up
        self._task_runner = task_runner
        self._task: Task | None = None
        self._before: int | None = None
        self._found: int | None = None
        self._view.typed.connect(self._look_for)
        self._view.selected.connect(self._follow)

    def _look_for(self, text: str, begins: bool) -> None:
        if begins:
            self._before = self._model.picture_at(self._view.currentIndex().row())
            self._found = None
        listing = self._model.listing
        if listing is None:
            return
        after = -1 if self._before is None else self._model.row_of(self._before)
        if len(set(text.casefold())) == 1:
            typed = Typed(text[0], after, number=len(text))
        else:
            typed = Typed(text, after, keep=self._found)
        self._drop()
        self._task = self._task_runner.call(
            Lane.QUICK, self._look_up(listing, typed), self._go_to, self.failed.emit
        )

    def _go_to(self, picture: int | None) -> None:
        row = -1 if picture is None else self._model.row_of(picture)
        if row >= 0:
            self._found = picture
            self._view.go_to_row(row)
            self._view.scrollTo(self._view.currentIndex())

    def _follow(self, row: int) -> None:
        """When the user goes elsewhere, what he has typed is over."""
        if self._model.picture_at(row) not in (self._before, self._found):
            self._view.end_typing()
            self._drop()

    def _drop(self) -> None:
        if self._task is not None:
            self._task.drop()
        self._task = None
