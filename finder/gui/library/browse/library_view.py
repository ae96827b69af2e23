"""The cards of the library, and what is typed while they have the focus."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, Qt, Signal
from PySide6.QtWidgets import QApplication

from finder.gui.grid.picture_view import PictureView


class LibraryView(PictureView):
    """Letters are collected as Qt does, until there is a pause. Signal: typed(all of them, whether
    they begin anew)."""

    typed = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._typed = ""
        self._since_key = QElapsedTimer()

    def keyboardSearch(self, search: str) -> None:
        """Qt would go through the rows here. An empty text ends what is being typed."""
        begins = not self._is_typing()
        if begins:
            self._typed = ""
        if not search.isprintable() or not (self._typed + search).strip():
            return
        self._typed += search
        self._since_key.start()
        self.typed.emit(self._typed, begins)

    def end_typing(self) -> None:
        """The next letter begins anew."""
        self._typed = ""

    def _is_typing(self) -> bool:
        pause = QApplication.keyboardInputInterval()
        return bool(self._typed) and not self._since_key.hasExpired(pause)

    def _act(self, key: int, row: int) -> bool:
        """Within a name, the space bar is a space."""
        is_part = key == Qt.Key.Key_Space and self._is_typing()
        return not is_part and super()._act(key, row)
