"""The row of the import dialog for a model's words: their files, and what was found in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common.buttons import Button, Kind
from finder.gui.common.formatting import breakable
from finder.gui.common.notices.messages import message_for
from finder.gui.common.widgets import ElidedLabel, plain, secondary
from finder.gui.models.word_texts import fit_text, found_text
from finder.gui.theme.tokens import SPACE
from finder.use_cases.models.word_files import WordFiles, words_untried

if TYPE_CHECKING:
    from finder.core.models.importing.text_inspection import TextChoice
    from finder.core.search.sample_words import SampleWords
    from finder.use_cases.models.import_model import Proposal


class WordsRow(QWidget):
    """One quiet line. `found`, for a line below it, is empty while there is nothing to say.

    Signals: choose_requested: files of words; removed: the model is to have none; found_changed.
    """

    choose_requested = Signal()
    removed = Signal()
    found_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words = WordFiles()
        self._text: TextChoice | None = None
        self.files = ElidedLabel()
        self.choose = Button("", kind=Kind.QUIET)
        self.remove = Button(tr("Without words"), kind=Kind.QUIET)
        for button in (self.choose, self.remove):
            button.setAutoDefault(False)
        self.choose.clicked.connect(self.choose_requested)
        self.remove.clicked.connect(self.removed)
        self.found = plain("", wrap=True)
        secondary(self.found)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(self.files, 1)
        layout.addWidget(self.choose)
        layout.addWidget(self.remove)
        self.setFocusProxy(self.choose)
        self._show_files()

    @property
    def are_missing(self) -> bool:
        """Whether files were given for words, and the model cannot have them so."""
        return self._text is None and not self.words.is_empty

    def show_proposal(self, proposal: Proposal) -> None:
        """Show the files, and what was found in them or why they cannot be used."""
        self.words, self._text = proposal.words, proposal.text
        self._show_files()
        message = message_for(proposal.words_error) if proposal.words_error else None
        if message is not None:
            hint = tr("Choose other files, or add the model without words.")
            self._show_found(f"{message.title} {hint}")
        elif self._text is not None:
            self._show_found(found_text(self._text))
        else:
            self._show_found(self._what_is_missing())

    def show_fit(self, words: SampleWords | None) -> None:
        """Add how well they fit the sample pictures, or that this is not known."""
        if self._text is None:
            return
        if words is None:
            self._show_found(f"{found_text(self._text)}. {words_untried()}")
        else:
            self._show_found(f"{found_text(self._text)}; {fit_text(words)}")

    def _show_found(self, text: str) -> None:
        self.found.setText(breakable(printable(text)))
        self.found_changed.emit()

    def _show_files(self) -> None:
        files = [file for file in (self.words.text, self.words.tokenizer) if file is not None]
        names = " + ".join(printable(file.name) for file in files)
        tip = "\n".join(printable(str(file)) for file in files)
        self.files.show_text(names or tr("None: it finds by pictures only"), tip)
        self.choose.setText(self._what_to_choose())
        self.remove.setVisible(bool(files))

    def _what_to_choose(self) -> str:
        if self.words.is_empty:
            return tr("Choose text tower…")
        if self.words.tokenizer is None:
            return tr("Choose tokenizer…")
        return tr("Choose text tower…") if self.words.text is None else tr("Change…")

    def _what_is_missing(self) -> str:
        if self.words.is_empty:
            return ""
        if self.words.tokenizer is None:
            return tr("Its tokenizer.json is not beside it. Choose that file, too.")
        return tr("The model file has no text tower. Choose the file that has it.")
