"""Examples for the query that is shown, from anywhere: “more like this”, “less like this”."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from finder.core.i18n import tr
from finder.jobs.query_facts import download_label

if TYPE_CHECKING:
    from finder.core.search.query.query_spec import QuerySpec
    from finder.gui.query.search_controller import SearchController
    from finder.gui.shell.feedback import Feedback
    from finder.gui.shell.main_window import MainWindow
    from finder.gui.shell.searches.history_controller import HistoryController
    from finder.gui.shell.searches.query_controller import QueryController


class Examples(QObject):
    """They are read before they are shown: a search is not lost by a file that is no picture."""

    def __init__(
        self,
        window: MainWindow,
        searching: SearchController,
        query: QueryController,
        history: HistoryController,
        feedback: Feedback,
    ) -> None:
        super().__init__(window)
        self._editor = window.query_editor
        self._searching = searching
        self._query = query
        self._history = history
        self._feedback = feedback
        searching.accepted.connect(self._accept)
        searching.kept.connect(self._keep)

    def add(self, given: QuerySpec, is_more: bool) -> None:
        """Without a query, “more like this” begins one."""
        sources = [item.source for item in given.items]
        spec = self._editor.with_examples(sources, is_more)
        if spec is not None:
            if name := download_label(given):
                self._feedback.show_status(tr("Downloading {name} …").format(name=name))
            self._searching.try_out(spec)
        elif self._editor.spec is not None:
            self._feedback.show_status(tr("This is the picture that is searched for."))
        elif is_more:
            self._query.ask(given)

    def _accept(self, spec: QuerySpec) -> None:
        self._editor.spec = spec
        self._history.refine(spec)

    def _keep(self, error: BaseException) -> None:
        """What was being searched for when the examples came is asked again."""
        self._feedback.report_error(error)
        if self._editor.spec is not None:
            self._searching.ask(self._editor.spec, quietly=True)
