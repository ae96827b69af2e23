"""A line above what names have: why no model has answered, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QFrame, QHBoxLayout

from finder.core.i18n import tr
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.labels import IconLabel
from finder.gui.common.widgets import on_ground, plain, set_margins
from finder.gui.theme.tokens import SPACE, SPACE_M


@dataclass(frozen=True)
class Offer:
    """sentence: what is the matter; button: its text, empty for none; act: what it does."""

    sentence: str
    button: str = ""
    act: Callable[[], object] = lambda: None


class WordsOffer(QFrame):
    """Hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        on_ground(self, "card")
        self.text = plain("", wrap=True)
        self.button = Button(tr("Models…"), kind=Kind.PRIMARY)
        self.button.clicked.connect(lambda: self._act())
        self._act: Callable[[], object] = lambda: None
        layout = QHBoxLayout(self)
        set_margins(layout, SPACE_M, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE_M)
        layout.addWidget(IconLabel("info", role="accent_text"))
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        self.hide()

    def show_offer(self, offer: Offer | None) -> None:
        if offer is not None:
            self.text.setText(offer.sentence)
            self.button.setText(offer.button)
            self.button.setVisible(bool(offer.button))
            self._act = offer.act
        self.setVisible(offer is not None)
