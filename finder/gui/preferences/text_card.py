"""Preferences: text in pictures. Whether it is read, how long that would take, what was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from finder.core.i18n import tr, trn
from finder.core.text_recognition.text_reader import INSTALL_COMMAND
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.desktop import copy_text
from finder.gui.common.formatting import duration
from finder.gui.common.setting_rows import SettingCard, SettingRow
from finder.gui.common.widgets import row

if TYPE_CHECKING:
    from finder.use_cases.library.text_in_pictures import ReadingEstimate, TextStatus


class TextCard(SettingCard):
    """A switch; once it is asked for, how long reading takes, and whether to go on; what was read.

    Signals: asked_for: it is to be measured; confirmed: it is to be on; declined: it is not;
    switched_off; forget_requested; grown: there is more to see.
    """

    asked_for = Signal()
    confirmed = Signal()
    declined = Signal()
    switched_off = Signal()
    forget_requested = Signal()
    grown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.box = QCheckBox(tr("Read text in pictures"))
        self.copy = Button(tr("Copy command"), "copy")
        self.yes = Button(tr("Switch on"), kind=Kind.PRIMARY)
        self.no = Button(tr("Not now"))
        self.forget = Button(tr("Forget what was read…"))
        self.switch_row = SettingRow(self.box, _purpose(), self.copy)
        self.question_row = SettingRow(tr("How long it takes"), " ", _beside(self.yes, self.no))
        self.read_row = SettingRow(tr("Text that was read"), " ", self.forget)
        self.show_rows([self.switch_row, self.question_row, self.read_row])
        self.switch_row.sentence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
        )
        self._is_on = False
        self.box.setEnabled(False)  # until it is known whether it is on
        self.copy.hide()
        self.hide_question()
        self.set_row_visible(self.read_row, False)
        self.box.clicked.connect(self._clicked)
        self.copy.clicked.connect(lambda: copy_text(INSTALL_COMMAND))
        self.yes.clicked.connect(self.confirm)
        self.no.clicked.connect(self._decline)
        self.forget.clicked.connect(self.forget_requested)

    def show_status(self, status: TextStatus) -> None:
        """Without signals. A question that is shown stays."""
        self._is_on = status.is_on
        if not self.is_asking:
            self.box.setChecked(status.is_on)
        self.box.setEnabled(status.is_installed or status.is_on)
        self.copy.setVisible(not status.is_installed)
        self.switch_row.show_sentence(_purpose() if status.is_installed else _missing())
        self.read_row.show_sentence(_read_words(status))
        self.forget.setEnabled(True)
        self.set_row_visible(self.read_row, status.counts.looked_at > 0)

    def show_forgetting(self, waits: bool) -> None:
        """waits: for indexing to end."""
        self.forget.setEnabled(False)
        self.read_row.show_sentence(
            tr("Removed as soon as indexing has ended …") if waits else tr("Being removed …")
        )

    # The question

    @property
    def is_asking(self) -> bool:
        """Whether it is being measured, or waits for the user's answer."""
        return not self.no.isHidden()

    def show_waiting(self) -> None:
        """Something else is writing to the library, which must end first."""
        self._show_question(tr("Measured as soon as indexing has ended …"), has_answer=False)

    def show_measuring(self) -> None:
        self._show_question(tr("Measuring …"), has_answer=False)

    def ask(self, estimate: ReadingEstimate) -> None:
        """Whether it is to be on."""
        self._show_question(estimate_words(estimate), has_answer=True)

    def show_failure(self, sentence: str) -> None:
        """Why it could not be measured or switched on. It is off."""
        self._show_question(sentence, has_answer=False)
        self.no.hide()
        self.box.setChecked(self._is_on)

    def hide_question(self) -> None:
        self.no.hide()
        self.set_row_visible(self.question_row, False)
        self.box.setChecked(self._is_on)

    def confirm(self) -> None:
        """The answer is yes."""
        self._is_on = True
        self.hide_question()
        self.box.setFocus()  # its button is gone
        self.confirmed.emit()

    def _show_question(self, sentence: str, has_answer: bool) -> None:
        self.question_row.show_sentence(sentence)
        self.yes.setAccessibleDescription(sentence)
        self.yes.setVisible(has_answer)
        self.no.show()
        self.set_row_visible(self.question_row, True)
        self.grown.emit()

    # What the user does

    def _clicked(self, is_on: bool) -> None:
        if is_on:
            self.asked_for.emit()
        elif self.is_asking:
            self._decline()
        else:
            self.switched_off.emit()

    def _decline(self) -> None:
        self.hide_question()
        self.box.setFocus()
        self.declined.emit()


def estimate_words(estimate: ReadingEstimate) -> str:
    """How long reading takes. Several pictures may be read at a time: that is in both figures."""
    if estimate.seconds is None:
        return trn(
            "How long it takes for {n} picture could not be measured.",
            "How long it takes for your {n} pictures could not be measured.",
            estimate.pictures,
        )
    return trn(
        "About {each:.1f} s for each picture here, {time} for your {n} picture.",
        "About {each:.1f} s for each picture here, about {time} for your {n} pictures.",
        estimate.pictures,
        each=max(0.1, estimate.seconds / estimate.pictures),
        time=duration(estimate.seconds),
    )


def _purpose() -> str:
    return tr(
        "Finds words in screenshots, signs, receipts. Reads Latin letters, Chinese and Japanese; "
        "not Russian or Korean. Indexing takes longer."
    )


def _missing() -> str:
    return tr("To read text, type this in a terminal:\n{command}").format(command=INSTALL_COMMAND)


def _read_words(status: TextStatus) -> str:
    looked_at = trn(
        "{n} picture was looked at;", "{n} pictures were looked at;", status.counts.looked_at
    )
    with_text = trn("{n} has text.", "{n} have text.", status.counts.with_text)
    words = [looked_at, with_text]
    if status.counts.failed:
        words.append(tr("{n:,} could not be read.").format(n=status.counts.failed))
    return " ".join(words)


def _beside(*buttons: QWidget) -> QWidget:
    together = QWidget()
    layout = row(*buttons)
    layout.setContentsMargins(0, 0, 0, 0)
    together.setLayout(layout)
    return together
