"""One model in the models dialog: what it is, what is known of it, what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from finder.core.i18n import tr, trn
from finder.core.models.descriptions import description_of
from finder.core.printable import printable
from finder.gui.common.messages import Message
from finder.gui.common.widgets import faint, heading, plain
from finder.gui.models.model_facts import Fact, facts_of, label
from finder.use_cases.models_overview import ModelEntry


class Wish(StrEnum):
    """What is asked for a model, each with a button of its own."""

    INSTALL = "install"
    GIVE_FILE = "give file"
    INDEX = "index"
    INDEX_AGAIN = "index again"
    REMOVE = "remove"
    MEASURE = "measure"
    CANCEL = "cancel"


@dataclass(frozen=True)
class Activity:
    """What is being done with a model. done, total: for the bar; total is 0 while not known."""

    text: str
    done: int = 0
    total: int = 0
    can_cancel: bool = False


@dataclass(frozen=True)
class ModelView:
    """A model as it is shown. is_on: it indexes new pictures; hindrance: why nothing can be
    written now, empty if it can; message: what the last thing asked for came to."""

    entry: ModelEntry
    pictures: int
    is_on: bool = False
    hindrance: str = ""
    activity: Activity | None = None
    message: Message | None = None


class ModelPage(QWidget):
    """Shows a `ModelView`. Signals: asked(Wish), switched(bool)."""

    asked = Signal(object)
    switched = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._title = heading("")
        self._description = plain("", wrap=True)
        self.on = QCheckBox(tr("Index new pictures with it"))
        self.on.toggled.connect(self.switched)
        self.buttons = {
            wish: QPushButton(text)
            for wish, text in (
                (Wish.INSTALL, tr("Install…")),
                (Wish.GIVE_FILE, tr("I have the file…")),
                (Wish.INDEX, ""),
                (Wish.INDEX_AGAIN, tr("Index again…")),
                (Wish.REMOVE, tr("Remove…")),
                (Wish.MEASURE, tr("Measure")),
                (Wish.CANCEL, tr("Cancel")),
            )
        }
        for wish, button in self.buttons.items():
            button.setAutoDefault(False)
            button.clicked.connect(partial(self.asked.emit, wish))
        self._message = _MessageBox()
        self._doing = _DoingBox(self.buttons[Wish.CANCEL])
        self._hindrance = plain("", wrap=True)
        faint(self._hindrance)
        self._values = {fact: plain("", wrap=True) for fact in Fact}
        self._form = self._laid_out_facts()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 4, 8, 4)
        layout.setSpacing(10)
        for widget in (self._title, self._description, self._message, self._doing, self.on):
            layout.addWidget(widget)
        layout.addLayout(self._laid_out_buttons())
        layout.addWidget(self._hindrance)
        layout.addLayout(self._form)
        layout.addStretch(1)

    def _laid_out_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        for wish in (Wish.INSTALL, Wish.GIVE_FILE, Wish.INDEX, Wish.INDEX_AGAIN, Wish.REMOVE):
            row.addWidget(self.buttons[wish])
        row.addStretch(1)
        return row

    def _laid_out_facts(self) -> QFormLayout:
        form = QFormLayout()
        form.setContentsMargins(0, 4, 0, 0)
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(7)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for fact, value in self._values.items():
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            name = plain(label(fact))
            faint(name)
            if fact is Fact.SPEED:  # as high as its button
                row = QHBoxLayout()
                row.addWidget(value, 1)
                row.addWidget(self.buttons[Wish.MEASURE])
                form.addRow(name, row)
            else:
                name.setAlignment(Qt.AlignmentFlag.AlignTop)
                form.addRow(name, value)
        return form

    def show_view(self, view: ModelView) -> None:
        entry = view.entry
        self._title.setText(printable(entry.title))
        self._description.setText(_description(entry))
        self._message.show_message(view.message)
        self._doing.show_activity(view.activity)
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
            Wish.INSTALL: entry.offer is not None,
            Wish.GIVE_FILE: entry.offer is not None,
            Wish.INDEX: missing > 0,
            Wish.INDEX_AGAIN: entry.spec is not None and missing < view.pictures,
            Wish.REMOVE: entry.is_removable,
            Wish.MEASURE: entry.spec is not None,
        }
        self.buttons[Wish.INDEX].setText(
            trn("Index {n} picture with it now", "Index {n} pictures with it now", missing)
        )
        writes = {Wish.INDEX, Wish.INDEX_AGAIN, Wish.REMOVE, Wish.MEASURE}
        for wish, is_shown in shown.items():
            self.buttons[wish].setVisible(is_shown)
            self.buttons[wish].setEnabled(idle and not (view.hindrance and wish in writes))
        hindered = bool(view.hindrance) and any(shown[wish] for wish in writes)
        self._hindrance.setText(view.hindrance)
        self._hindrance.setVisible(hindered)


class _DoingBox(QWidget):
    """What is under way: a line, a bar, and the way to stop it."""

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
        self._bar.setRange(0, activity.total // 1_000)  # a bar counts in 32 bits
        self._bar.setValue(activity.done // 1_000)
        self._cancel.setEnabled(activity.can_cancel)


class _MessageBox(QFrame):
    """What went well or wrong, and the way out."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._sentence, self._hint = _bold(plain("", wrap=True)), plain("", wrap=True)
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


def _bold(label: QLabel) -> QLabel:
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label


def _description(entry: ModelEntry) -> str:
    spec = entry.spec or (entry.offer.spec if entry.offer else None)
    return printable(description_of(spec) if spec else entry.trouble)
