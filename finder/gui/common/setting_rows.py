"""How settings look: cards of rows, each with a title, a sentence and a control."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from finder.gui.common.labels import Line, SectionLabel
from finder.gui.common.widgets import heading, on_ground, plain, secondary
from finder.gui.theme.tokens import SPACE, SPACE_L, SPACE_M, SPACE_S, SPACE_XS


class SettingRow(QWidget):
    """A title, or a check box or label instead of it; below it a sentence; at the end a control, to
    which title and sentence give its accessible name and description."""

    def __init__(
        self, title: str | QWidget, sentence: str = "", control: QWidget | None = None
    ) -> None:
        super().__init__()
        self.sentence = plain(sentence, wrap=True)
        secondary(self.sentence)
        if not sentence:  # never shown before it is in the row: that would open a window
            self.sentence.hide()
        self._named = control
        if isinstance(title, str):
            head: QWidget = plain(title, wrap=True)
            if control is not None and not control.accessibleName():
                control.setAccessibleName(title)
        else:
            head = self._named = title
        self._describe(sentence)
        words = QVBoxLayout()
        words.setSpacing(SPACE_XS)
        words.addStretch(1)
        words.addWidget(head)
        words.addWidget(self.sentence)
        words.addStretch(1)
        layout = QHBoxLayout(self)
        # A check box is as high as what can be clicked, a line of text is not.
        margin = SPACE_M if isinstance(head, QLabel) else SPACE_S
        layout.setContentsMargins(SPACE_L, margin, SPACE_L, SPACE_M)
        layout.setSpacing(SPACE_L)
        layout.addLayout(words, 1)
        if control is not None:
            layout.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_sentence(self, sentence: str) -> None:
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self._describe(sentence)

    def _describe(self, sentence: str) -> None:
        if self._named is not None:
            self._named.setAccessibleDescription(sentence)


class SettingCard(QFrame):
    """Settings that belong together, with lines between them."""

    def __init__(self, *rows: QWidget) -> None:
        super().__init__()
        on_ground(self, "card")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(1, SPACE_S, 1, SPACE_S)
        self._layout.setSpacing(0)
        self.show_rows(rows)

    def set_row_visible(self, row: QWidget, is_visible: bool) -> None:
        """With the line above it. row: not the first."""
        line = self._layout.itemAt(self._layout.indexOf(row) - 1)
        for widget in (line.widget() if line is not None else None, row):
            if widget is not None:
                widget.setVisible(is_visible)

    def add_row(self, row: QWidget) -> None:
        """Below the present ones."""
        if self._layout.count():
            self._layout.addWidget(Line())
        self._layout.addWidget(row)

    def show_rows(self, rows: tuple[QWidget, ...] | list[QWidget]) -> None:
        """These instead of the present ones."""
        while (item := self._layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for number, row in enumerate(rows):
            if number:
                self._layout.addWidget(Line())
            self._layout.addWidget(row)
            if self.isVisible():
                row.show()  # else the layout does so later: the card would be empty for a moment


class Section(QScrollArea):
    """A page of settings: its title, then cards; titles of groups between them."""

    def __init__(self, title: str, icon_name: str) -> None:
        super().__init__()
        self.title, self.icon_name = title, icon_name
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        page.setProperty("kind", "page")
        page.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._layout = QVBoxLayout(page)
        self._layout.setContentsMargins(0, 0, SPACE_M, 0)  # room for the scroll bar
        self._layout.setSpacing(SPACE_M)
        self._layout.addWidget(heading(title))
        self._layout.addStretch(1)
        self.setWidget(page)

    def add(self, widget: QWidget) -> None:
        self._layout.insertWidget(self._layout.count() - 1, widget)

    def add_group(self, title: str, card: QWidget) -> QLabel:
        """A card with a title of its own."""
        label = SectionLabel(title)
        self._layout.insertSpacing(self._layout.count() - 1, SPACE)
        self.add(label)
        self.add(card)
        return label
