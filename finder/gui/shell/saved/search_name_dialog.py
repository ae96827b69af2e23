"""The dialog that asks for the name of a search."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QWidget

from finder.core.errors import FinderError
from finder.core.i18n import tr
from finder.core.library.catalogue.folded_text import folded
from finder.core.search.saved_search import LONGEST_NAME, clean_name
from finder.gui.common.buttons import Kind, set_kind
from finder.gui.common.widgets import dialog_layout, heading, plain, secondary
from finder.gui.theme.tokens import SPACE_S

_WIDTH = 440


class SearchNameDialog(QDialog):
    """Signal: named(name, whether it replaces a search of that name)."""

    named = Signal(str, bool)

    def __init__(self, title: str, text: str, accept: str, parent: QWidget | None) -> None:
        """accept: the text of the button."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self._others: Sequence[str] = ()
        self._accept = accept
        self._can_replace = False
        self.edit = QLineEdit()
        self.edit.setMaxLength(LONGEST_NAME)
        self.edit.setAccessibleName(tr("Name of the search"))
        self.note = plain("", wrap=True)
        secondary(self.note)
        self.note.setMinimumHeight(self.note.fontMetrics().height() + SPACE_S)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = buttons.addButton(accept, QDialogButtonBox.ButtonRole.AcceptRole)
        set_kind(self.accept_button, Kind.PRIMARY)
        set_kind(buttons.button(QDialogButtonBox.StandardButton.Cancel), Kind.SECONDARY)
        self.accept_button.setDefault(True)
        buttons.accepted.connect(self._name)
        buttons.rejected.connect(self.reject)
        self.edit.textChanged.connect(lambda _: self._check())
        layout = dialog_layout(self)
        layout.addWidget(heading(title))
        if text:
            layout.addWidget(plain(text, wrap=True))
        for widget in (self.edit, self.note, buttons):
            layout.addWidget(widget)
        self.setMinimumWidth(_WIDTH)

    def begin(self, name: str, others: Sequence[str], can_replace: bool) -> None:
        """Open it with a suggestion. others: the names of the other searches; can_replace: one of
        them may be chosen."""
        self._others, self._can_replace = others, can_replace
        self.edit.setText(name)
        self.edit.selectAll()
        self._check()
        self.edit.setFocus()
        self.open()

    def _check(self) -> None:
        """Say what is wrong with the name, and what the button will do."""
        name = self._clean()
        taken = name and any(folded(name) == folded(other) for other in self._others)
        note = ""
        if taken and self._can_replace:
            note = tr("A saved search has this name. It will be replaced.")
        elif taken:
            note = tr("Another saved search has this name.")
        self.note.setText(note)
        self.accept_button.setText(tr("Replace") if taken and self._can_replace else self._accept)
        self.accept_button.setEnabled(bool(name) and (not taken or self._can_replace))

    def _clean(self) -> str:
        try:
            return clean_name(self.edit.text())
        except FinderError:
            return ""

    def _name(self) -> None:
        if self.accept_button.isEnabled():
            name = self._clean()
            replaces = any(folded(name) == folded(other) for other in self._others)
            self.accept()
            self.named.emit(name, replaces)
