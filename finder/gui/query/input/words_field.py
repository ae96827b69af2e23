"""The field in the bar: takes the words of the query while they are typed, and completes them from
past searches and from the library's names."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from finder.core.search.query.typed_words import is_same, words_text
from finder.gui.query.input.drop_data import DropData, read_text
from finder.gui.query.input.suggestions import Kind, Suggestion, Suggestions
from finder.jobs.query_facts import QuerySource
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.search.query.query_spec import QueryExample
    from finder.gui.common.search_field import SearchField
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.library_pictures import NameMatch

_LIST_DELAY_MS = 80
_SEARCH_DELAY_MS = 300
_MOST_PAST = 2
_MOST_NAMES = 4


class WordsField(QObject):
    """Signals: typed(text), a moment after the last key, for the words of the query; settled, when
    they are to stay; taken, when the user has chosen something and is done with the field.

    Chosen from the list in place of the words: query_given(QuerySpec or QuerySource), a file of the
    library; folder_given(path); name_given(text), to filter by names. data_given(DropData): a path
    or link that was typed. failed(error).
    """

    typed = Signal(str)
    settled = Signal()
    taken = Signal()
    query_given = Signal(object)
    folder_given = Signal(str)
    name_given = Signal(str)
    data_given = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        field: SearchField,
        past: Callable[[str], Sequence[str]],
        task_runner: TaskRunner,
        workspace: Workspace,
        parent: QObject,
    ) -> None:
        """past: the words of earlier searches that complete a text, the newest first."""
        super().__init__(parent)
        self._field = field
        self._edit = field.edit
        self._past = past
        self._task_runner = task_runner
        self._workspace = workspace
        self._task: Task | None = None
        self._shown: Sequence[QueryExample] = ()
        self._is_telling = False
        self.is_typing = False
        self.suggestions = Suggestions(field)
        self.suggestions.chosen.connect(self._take)
        self._list_timer = QTimer(self, singleShot=True, interval=_LIST_DELAY_MS)
        self._list_timer.timeout.connect(self._complete)
        self._search_timer = QTimer(self, singleShot=True, interval=_SEARCH_DELAY_MS)
        self._search_timer.timeout.connect(self._search_typed)
        self._edit.textEdited.connect(self._edited)
        field.cleared.connect(lambda: self._edited(""))
        self._edit.installEventFilter(self)  # after the field's own: asked before it

    def show_words(self, words: Sequence[QueryExample]) -> None:
        """The words of the query that is shown now, unless it has them from here."""
        self._shown = words
        if self._is_telling:
            return
        self.abandon()
        if not is_same(self._edit.text(), words) or not words:
            self._edit.setText(words_text(words))
            self._edit.home(False)

    def abandon(self) -> None:
        """What is being typed is not searched for any more."""
        self._hide()
        self._search_timer.stop()
        self.is_typing = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self._hide()
            if not self._search_timer.isActive():
                self._settle()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._press(event)
        return False

    def _press(self, event: QKeyEvent) -> bool:
        """Whether the key was for the list, or to take what was typed."""
        key, shown = event.key(), self.suggestions.isVisible()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and not event.modifiers():
            if shown:
                self.suggestions.step(1 if key == Qt.Key.Key_Down else -1)
            elif key == Qt.Key.Key_Down and not self._edit.text().strip():
                self.taken.emit()  # to the pictures below
            else:
                self._complete()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif key == Qt.Key.Key_Escape and shown:
            self._hide()
        else:
            return False
        return True

    # Typing

    def _edited(self, text: str) -> None:
        self.is_typing = True
        if text.strip():
            self._list_timer.start()
            self._search_timer.start()
        else:
            self._hide()
            self._tell()

    def _search_typed(self) -> None:
        """Also if the user has gone elsewhere since the last key."""
        self._tell()
        if not self._edit.hasFocus():
            self._settle()

    def _tell(self) -> None:
        """Paths and links are not words; they are taken with Enter."""
        self._search_timer.stop()
        text = self._edit.text().strip()
        if text and not read_text(text).words:
            return
        self._is_telling = True
        try:
            self.typed.emit(text)
        finally:
            self._is_telling = False

    def _settle(self) -> None:
        """What was typed stays."""
        if self.is_typing:
            self.is_typing = False
            self.settled.emit()

    # The list

    def _complete(self) -> None:
        self._drop()
        text = self._edit.text().strip()
        if not read_text(text).words:
            self._hide()
            return
        self._task = self._task_runner.call(
            Lane.QUICK,
            partial(self._workspace.pictures.names, text, _MOST_NAMES),
            partial(self._show, text),
            self.failed.emit,
        )

    def _show(self, text: str, matches: list[NameMatch]) -> None:
        if not self._edit.hasFocus():
            return
        past = [Suggestion(Kind.PAST, words) for words in self._past(text)[:_MOST_PAST]]
        found = [
            Suggestion(Kind.FOLDER if match.is_folder else Kind.FILE, match.path)
            for match in matches
        ]
        self.suggestions.show_suggestions([*past, *found, Suggestion(Kind.NAME, text)])

    def _hide(self) -> None:
        self._list_timer.stop()
        self._drop()
        self.suggestions.hide()

    def _drop(self) -> None:
        if self._task is not None:
            self._task.drop()
            self._task = None

    # What is taken

    def _enter(self) -> None:
        current, text = self.suggestions.current(), self._edit.text().strip()
        data = read_text(text)
        if current is not None:
            self._take(current)
        elif data.words:
            self._search()
        elif text:
            self._take_data(data)

    def _search(self) -> None:
        """For the words, at once."""
        self._hide()
        self._tell()
        self._settle()
        self._edit.clearFocus()
        self.taken.emit()

    def _take_data(self, data: DropData) -> None:
        self._leave()
        self.data_given.emit(data)
        self.taken.emit()

    def _take(self, suggestion: Suggestion) -> None:
        """In place of what was typed to find it."""
        if suggestion.kind is Kind.PAST:
            self._edit.setText(suggestion.value)
            self.is_typing = True
            self._search()
            return
        self._leave()
        if suggestion.kind is Kind.FILE:
            path = suggestion.value
            self._task_runner.call(
                Lane.QUICK,
                partial(self._workspace.pictures.picture_of, path),
                partial(self._ask, path),
                self.failed.emit,
            )
        elif suggestion.kind is Kind.FOLDER:
            self.folder_given.emit(suggestion.value)
        else:
            self.name_given.emit(suggestion.value)
        self.taken.emit()

    def _leave(self) -> None:
        """The words of the query are in the field again."""
        self.abandon()
        self._edit.setText(words_text(self._shown))
        self._edit.home(False)
        self._edit.clearFocus()

    def _ask(self, path: str, picture: int | None) -> None:
        """By its stored vectors, also where the file is offline now."""
        from finder.core.search.query.query_spec import LibrarySource, QueryExample, QuerySpec

        if picture is None:  # it has left the library meanwhile
            self.query_given.emit(QuerySource(path, path=path))
        else:
            source = LibrarySource(picture, os.path.basename(path))
            self.query_given.emit(QuerySpec((QueryExample(source),)))
