"""What all cards show, wherever they are."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QObject, Signal


class CardOptions(QObject):
    """One for the program, like the theme. shows_names: each card has its name on it; without, only
    the one under the pointer. Signal: changed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shows_names = False

    def set_shows_names(self, shows: bool) -> None:
        if shows != self.shows_names:
            self.shows_names = shows
            self.changed.emit()


@cache
def card_options() -> CardOptions:
    return CardOptions()
