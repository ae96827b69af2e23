"""The search field: completes names from the library, and says what the user wants with one."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from finder.gui.query.input.drop_data import DropData, read_text
from finder.gui.query.input.name_suggestions import Kind, NameSuggestions, Suggestion
from finder.jobs.query_facts import QuerySource
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.gui.common.search_field import SearchField
    from finder.jobs.workspace import Workspace
    from finder.use_cases.library.library_pictures import NameMatch

_DELAY_MS = 80


class NameField(QObject):
    """Signals: query_given(QuerySpec or QuerySource), a file of the library; folder_given(path);
    words_given(text), to filter by names; data_given(DropData), a path or link that was typed;
    taken, after each of these; failed(error)."""

    query_given = Signal(object)
    folder_given = Signal(str)
    words_given = Signal(str)
    data_given = Signal(object)
    taken = Signal()
    failed = Signal(object)

    def __init__(
        self, field: SearchField, task_runner: TaskRunner, workspace: Workspace, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._field = field
        self._edit = field.edit
        self._task_runner = task_runner
        self._workspace = workspace
        self._task: Task | None = None
        self.suggestions = NameSuggestions(field)
        self.suggestions.chosen.connect(self._take)
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._search)
        self._edit.textEdited.connect(lambda _: self._timer.start())
        self._edit.textChanged.connect(lambda text: None if text else self._hide())
        self._edit.installEventFilter(self)  # after the field's own: asked before it

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self._hide()
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
                self._search()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        elif key == Qt.Key.Key_Escape and shown:
            self._hide()
        else:
            return False
        return True

    # The list

    def _search(self) -> None:
        self._drop()
        text = self._edit.text().strip()
        if not text or not read_text(text).error:
            self._hide()
            return
        self._task = self._task_runner.call(
            Lane.QUICK,
            partial(self._workspace.pictures.names, text),
            partial(self._show, text),
            self.failed.emit,
        )

    def _show(self, text: str, matches: list[NameMatch]) -> None:
        if not self._edit.hasFocus():
            return
        found = [
            Suggestion(Kind.FOLDER if match.is_folder else Kind.FILE, match.path)
            for match in matches
        ]
        self.suggestions.show_suggestions([Suggestion(Kind.WORDS, text), *found])

    def _hide(self) -> None:
        self._timer.stop()
        self._drop()
        self.suggestions.hide()

    def _drop(self) -> None:
        if self._task is not None:
            self._task.drop()
            self._task = None

    # What is taken

    def _enter(self) -> None:
        current, text = self.suggestions.current(), self._edit.text().strip()
        if current is not None:
            self._take(current)
        elif text:
            data = read_text(text)
            if data.error:
                self._take(Suggestion(Kind.WORDS, text))
            else:
                self._take_data(data)

    def _take_data(self, data: DropData) -> None:
        self._leave()
        self.data_given.emit(data)
        self.taken.emit()

    def _take(self, suggestion: Suggestion) -> None:
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
            self.words_given.emit(suggestion.value)
        self.taken.emit()

    def _leave(self) -> None:
        self._hide()
        self._edit.clear()
        self._edit.clearFocus()

    def _ask(self, path: str, picture: int | None) -> None:
        """By its stored vectors, also where the file is offline now."""
        from finder.core.search.query.query_spec import LibrarySource, QueryExample, QuerySpec

        if picture is None:  # it has left the library meanwhile
            self.query_given.emit(QuerySource(path, path=path))
        else:
            source = LibrarySource(picture, os.path.basename(path))
            self.query_given.emit(QuerySpec((QueryExample(source),)))
