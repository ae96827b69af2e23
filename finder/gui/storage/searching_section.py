"""The storage dialog's page about searching: here, in a copy of all vectors, or on the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr
from finder.gui.common.buttons import Button
from finder.gui.common.setting_rows import Section, SettingCard, SettingRow
from finder.gui.common.widgets import plain, secondary
from finder.gui.storage.row_table import Row, RowTable
from finder.gui.storage.storage_words import index_choices, index_rows, mirror_words
from finder.gui.theme.tokens import SPACE_L, SPACE_M

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.use_cases.library.vector_store import StoreStatus


class SearchingSection(Section):
    """Signals: mirror_requested(whether to keep a copy); index_requested(type, its words)."""

    mirror_requested = Signal(bool)
    index_requested = Signal(str, str)

    def __init__(self) -> None:
        super().__init__(tr("Searching"), "search")
        self._is_on = True
        self._index = ""
        self._can_act = True
        words = mirror_words(0)
        self.choices = {is_on: QRadioButton(title) for is_on, (title, _) in words.items()}
        self._rows = {
            is_on: SettingRow(self.choices[is_on], sentence)
            for is_on, (_, sentence) in words.items()
        }
        self._then = plain("", wrap=True)
        secondary(self._then)
        self.apply = Button(tr("Apply"))
        self.index = QComboBox()
        self._meaning = plain("", wrap=True)
        secondary(self._meaning)
        self.rebuild = Button(tr("Rebuild…"))
        self.rebuild.setAccessibleName(tr("Rebuild the index…"))
        self._indexes = SettingCard()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        group = QButtonGroup(self)
        for button in self.choices.values():
            group.addButton(button)
        self.choices[True].setChecked(True)
        self.add(SettingCard(*self._rows.values(), _beside(self._then, self.apply)))
        for key, (title, _) in index_choices().items():
            self.index.addItem(title, key)
        self.index.setAccessibleName(tr("Type of the index"))
        self._indexes_title = self.add_group(tr("Index on the server"), self._indexes)
        choice = QWidget()
        layout = QVBoxLayout(choice)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(_beside(self.index, self.rebuild))
        self._meaning.setContentsMargins(SPACE_L, 0, SPACE_L, SPACE_M)
        layout.addWidget(self._meaning)
        self.add(SettingCard(choice))

    def _connect(self) -> None:
        for button in self.choices.values():
            button.toggled.connect(lambda _: self._update())
        self.index.currentIndexChanged.connect(lambda _: self._update())
        self.apply.clicked.connect(lambda: self.mirror_requested.emit(self._chosen()))
        self.rebuild.clicked.connect(
            lambda: self.index_requested.emit(self.index.currentData(), self.index.currentText())
        )

    def show_status(self, status: StoreStatus, models: Mapping[str, ModelSpec]) -> None:
        """models: by their names. A choice that is not applied yet is kept."""
        settings = status.settings
        if self._is_on is not settings.mirror:
            self._is_on = settings.mirror
            self.choices[self._is_on].setChecked(True)
        sizes = [
            number * (4 * models[name].dimension + 8)
            for name, number in status.vectors.items()
            if name in models
        ]
        for is_on, (_, sentence) in mirror_words(sum(sizes)).items():
            self._rows[is_on].show_sentence(sentence)
        if self._index != settings.index:
            self._index = str(settings.index)
            self.index.setCurrentIndex(self.index.findData(self._index))
        rows = index_rows(status, {name: spec.title for name, spec in models.items()})
        self._indexes.show_rows([RowTable([Row(row) for row in rows])] if rows else [])
        for widget in (self._indexes_title, self._indexes):
            widget.setVisible(bool(rows))
        self._update()

    def set_can_act(self, can_act: bool) -> None:
        """Whether nothing is under way."""
        self._can_act = can_act
        self._update()

    def _chosen(self) -> bool:
        return self.choices[True].isChecked()

    def _update(self) -> None:
        is_other = self._chosen() is not self._is_on
        for button in self.choices.values():
            button.setEnabled(self._can_act)
        self.apply.setEnabled(self._can_act and is_other)
        self._then.setText(_consequence(self._chosen()) if is_other else _current(self._is_on))
        self.rebuild.setEnabled(self._can_act)
        self.index.setEnabled(self._can_act)
        _, meaning = index_choices()[self.index.currentData()]
        if self._is_on:
            meaning = tr("{meaning} This machine does not need it.").format(meaning=meaning)
        self._meaning.setText(meaning)
        self.index.setAccessibleDescription(meaning)


def _current(is_on: bool) -> str:
    if is_on:
        return tr("This machine has a copy.")
    return tr("This machine searches on the server.")


def _consequence(is_on: bool) -> str:
    if is_on:
        return tr("All vectors are fetched first; meanwhile, searches go on on the server.")
    return tr("What is only here is sent first; then the copy is removed.")


def _beside(first: QWidget, button: QWidget) -> QWidget:
    """A text, which takes the room, or another control; and a button at the end."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(SPACE_L, SPACE_M, SPACE_L, SPACE_M)
    layout.setSpacing(SPACE_L)
    layout.addWidget(first, int(isinstance(first, QLabel)))
    if not isinstance(first, QLabel):
        layout.addStretch(1)
    layout.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
    return row
