"""The field in the bar and the query: what is typed becomes its words, and the words of a query
that comes from elsewhere are shown there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from finder.core.i18n import tr
from finder.core.search.query.typed_words import has_wanted, with_words
from finder.gui.query.input.words_field import WordsField

if TYPE_CHECKING:
    from finder.core.search.query.query_spec import QueryExample
    from finder.gui.query.input.input_controller import InputController
    from finder.gui.query.recent_controller import RecentController
    from finder.gui.shell.feedback import Feedback
    from finder.gui.shell.main_window import MainWindow
    from finder.gui.shell.searches.history_controller import HistoryController
    from finder.gui.shell.searches.query_controller import QueryController
    from finder.jobs.query_facts import Asked
    from finder.jobs.task_runner import TaskRunner
    from finder.jobs.workspace import Workspace


class WordsController(QObject):
    """What is typed changes the query at once, as one step of the history until it is settled."""

    def __init__(
        self,
        window: MainWindow,
        query: QueryController,
        recent: RecentController,
        history: HistoryController,
        task_runner: TaskRunner,
        workspace: Workspace,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._query = query
        self._recent = recent
        self._history = history
        self._is_begun = False
        self.field = WordsField(
            window.query_bar.field, recent.past_words, task_runner, workspace, self
        )
        recent.is_typing = lambda: self.field.is_typing
        window.actions_by_name["search_names"].triggered.connect(lambda _=False: self.edit())
        window.hero.examples.words_requested.connect(self.edit)

    def connect_parts(self, given: InputController, feedback: Feedback) -> None:
        """given: takes paths and links that are typed, and has words that are dropped."""
        field, filters = self.field, self._window.filters
        field.typed.connect(self._search)
        field.settled.connect(self._settle)
        field.taken.connect(self._query.focus_page)
        field.query_given.connect(self._ask_instead)
        field.folder_given.connect(lambda path: self._instead(lambda: filters.set_folder(path)))
        field.name_given.connect(lambda text: self._instead(lambda: filters.set_name(text)))
        field.data_given.connect(given.receive)
        field.failed.connect(feedback.report_error)
        self._query.words_shown.connect(self._show_words)
        given.words_given.connect(self._ask)

    def edit(self) -> None:
        """Change the words, or begin with some."""
        edit = self._window.query_bar.field.edit
        edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        edit.selectAll()

    def _ask(self, text: str) -> None:
        """Words that were dropped are a new query."""
        spec = with_words(None, text)
        if has_wanted(spec):
            self._query.ask(spec)
        else:
            text = tr("Words to leave out need something to search for beside them.")
            self._window.notice.show_notice(text)

    def _search(self, text: str) -> None:
        """For what is being typed."""
        if not self._is_begun:
            self._history.settle()  # what was changed before is a place of its own
        self._window.query_editor.set_words(text)
        self._is_begun = True  # after `_show_words`, which this has called

    def _show_words(self, words: Sequence[QueryExample]) -> None:
        """Where they come from elsewhere, nothing that was typed can be taken back any more."""
        self._is_begun = False
        self.field.show_words(words)

    def _settle(self) -> None:
        self._is_begun = False
        self._history.settle()
        self._recent.settle()

    def _ask_instead(self, asked: Asked) -> None:
        if self._is_begun:
            self._is_begun = False
            self._history.drop_changes()
        self._query.ask(asked)

    def _instead(self, act: Callable[[], object]) -> None:
        """Do what was chosen from the list; what was typed to find it is no search."""
        if self._is_begun:
            self._is_begun = False
            self._query.take_back()
        act()
