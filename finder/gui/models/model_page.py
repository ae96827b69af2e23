"""One model in the models dialog: its facts, its buttons, its current activity."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr, trn
from finder.core.models.descriptions import description_of
from finder.core.printable import printable
from finder.gui.common.buttons import Kind, set_kind
from finder.gui.common.widgets import bold, heading, plain, secondary
from finder.gui.models.model_facts import Fact, fact_title, facts_of
from finder.gui.models.model_view import Activity, ModelCommand, ModelView

if TYPE_CHECKING:
    from finder.gui.common.notices.messages import Message
    from finder.use_cases.models.models_overview import ModelEntry

_IN_ROW = (
    ModelCommand.INSTALL,
    ModelCommand.GIVE_FILE,
    ModelCommand.INDEX,
    ModelCommand.INDEX_AGAIN,
    ModelCommand.REMOVE,
)
_WITH_BUTTON = {Fact.SPEED: ModelCommand.MEASURE, Fact.WORDS: ModelCommand.ADD_WORDS}
_WRITING = (
    ModelCommand.INDEX,
    ModelCommand.INDEX_AGAIN,
    ModelCommand.REMOVE,
    ModelCommand.MEASURE,
)


class ModelPage(QWidget):
    """Shows a `ModelView`. Signals: command_requested(ModelCommand); indexing_toggled(bool)."""

    command_requested = Signal(object)
    indexing_toggled = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._title = heading("")
        self._description = plain("", wrap=True)
        self.on = QCheckBox(tr("Index new pictures with it"))
        self.on.toggled.connect(self.indexing_toggled)
        self.buttons = {
            command: QPushButton(text)
            for command, text in (
                (ModelCommand.INSTALL, tr("Install…")),
                (ModelCommand.GIVE_FILE, tr("I have the file…")),
                (ModelCommand.INDEX, ""),
                (ModelCommand.INDEX_AGAIN, tr("Index again…")),
                (ModelCommand.REMOVE, tr("Remove…")),
                (ModelCommand.MEASURE, tr("Measure")),
                (ModelCommand.ADD_WORDS, tr("Add words from files…")),
                (ModelCommand.CANCEL, tr("Cancel")),
            )
        }
        for command, button in self.buttons.items():
            button.setAutoDefault(False)
            button.clicked.connect(partial(self.command_requested.emit, command))
        set_kind(self.buttons[ModelCommand.ADD_WORDS], Kind.QUIET)
        self._message_box = _MessageBox()
        self._activity_box = _ActivityBox(self.buttons[ModelCommand.CANCEL])
        self._obstacle = plain("", wrap=True)
        secondary(self._obstacle)
        self._values = {fact: plain("", wrap=True) for fact in Fact}
        self._form = self._fact_form()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 4, 8, 4)
        layout.setSpacing(10)
        for widget in (
            self._title,
            self._description,
            self._message_box,
            self._activity_box,
            self.on,
        ):
            layout.addWidget(widget)
        layout.addLayout(self._button_row())
        layout.addWidget(self._obstacle)
        layout.addLayout(self._form)
        layout.addStretch(1)

    def _button_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for command in _IN_ROW:
            row.addWidget(self.buttons[command])
        row.addStretch(1)
        return row

    def _fact_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setContentsMargins(0, 4, 0, 0)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(7)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for fact, value in self._values.items():
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            name = plain(fact_title(fact))
            secondary(name)
            if fact in _WITH_BUTTON:  # in one row with its button
                whole = QWidget()  # a layout in a form would cut off a second line
                row = QHBoxLayout(whole)
                row.setContentsMargins(0, 0, 0, 0)
                row.addWidget(value, 1)
                row.addWidget(self.buttons[_WITH_BUTTON[fact]])
                form.addRow(name, whole)
            else:
                name.setAlignment(Qt.AlignmentFlag.AlignTop)
                form.addRow(name, value)
        return form

    def show_view(self, view: ModelView) -> None:
        entry = view.entry
        self._title.setText(printable(entry.title))
        self._description.setText(_description(entry))
        self._message_box.show_message(view.message)
        self._activity_box.show_activity(view.activity)
        self._show_facts(facts_of(entry, view.pictures))
        self._show_switch(view)
        self._show_buttons(view)

    def _show_facts(self, facts: dict[Fact, str]) -> None:
        for row, (fact, value) in enumerate(self._values.items()):
            value.setText(facts.get(fact, ""))
            self._form.setRowVisible(row, fact in facts)

    def _show_switch(self, view: ModelView) -> None:
        self.on.blockSignals(True)
        self.on.setChecked(view.is_on)
        self.on.blockSignals(False)
        self.on.setVisible(view.entry.spec is not None)

    def _show_buttons(self, view: ModelView) -> None:
        entry, idle = view.entry, view.activity is None
        missing = entry.missing(view.pictures)
        shown = {
            ModelCommand.INSTALL: entry.installable is not None,
            ModelCommand.GIVE_FILE: entry.installable is not None,
            ModelCommand.INDEX: missing > 0,
            ModelCommand.INDEX_AGAIN: entry.spec is not None and missing < view.pictures,
            ModelCommand.REMOVE: entry.is_removable,
            ModelCommand.MEASURE: entry.spec is not None,
            ModelCommand.ADD_WORDS: entry.takes_words,
        }
        adds_words = entry.words is not None
        self.buttons[ModelCommand.INSTALL].setText(
            tr("Add words…") if adds_words else tr("Install…")
        )
        has_several = entry.offer is not None and len(entry.offer.files) > 1
        self.buttons[ModelCommand.GIVE_FILE].setText(
            tr("I have the files…") if adds_words or has_several else tr("I have the file…")
        )
        self.buttons[ModelCommand.INDEX].setText(
            trn("Index {n} picture with it now", "Index {n} pictures with it now", missing)
        )
        for command, is_shown in shown.items():
            self.buttons[command].setVisible(is_shown)
            self.buttons[command].setEnabled(idle and not (view.obstacle and command in _WRITING))
        blocks_any = bool(view.obstacle) and any(shown[command] for command in _WRITING)
        self._obstacle.setText(view.obstacle)
        self._obstacle.setVisible(blocks_any)


class _ActivityBox(QWidget):
    """What is being done: a line, a bar, and a button to cancel it."""

    def __init__(self, cancel: QPushButton) -> None:
        super().__init__()
        self._text = plain("", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(tr("Progress"))
        self._cancel = cancel
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._text)
        layout.addLayout(row)

    def show_activity(self, activity: Activity | None) -> None:
        self.setVisible(activity is not None)
        if activity is None:
            return
        self._text.setText(activity.text)
        self._bar.setRange(0, activity.total // 1_000)  # a progress bar has 32 bits
        self._bar.setValue(activity.done // 1_000)
        self._cancel.setEnabled(activity.can_cancel)


class _MessageBox(QFrame):
    """How the last command ended, and what to do next."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._sentence, self._hint = bold(plain("", wrap=True)), plain("", wrap=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(2)
        layout.addWidget(self._sentence)
        layout.addWidget(self._hint)

    def show_message(self, message: Message | None) -> None:
        self.setVisible(message is not None)
        if message is not None:
            self._sentence.setText(printable(message.title))
            self._hint.setText(printable(message.hint))
            self._hint.setVisible(bool(message.hint))


def _description(entry: ModelEntry) -> str:
    spec = entry.spec or (entry.offer.spec if entry.offer else None)
    return printable(description_of(spec) if spec else entry.problem)
