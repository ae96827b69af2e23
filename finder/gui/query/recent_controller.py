"""Remembers the queries, shows them beside the current one, and asks them again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from finder.core.errors import FinderError
from finder.core.search.query.query_spec import QuerySpec, WebSource
from finder.core.search.query.typed_words import words_text
from finder.core.web.address import read_address
from finder.gui.query.input.download_question import ask_to_download
from finder.jobs.recent_queries import Recent, RecentQueries, small
from finder.jobs.task_runner import Lane, TaskRunner
from finder.use_cases.search.recent_queries import MOST_RECENT, subject_of

if TYPE_CHECKING:
    from finder.gui.query.hero.recent_strip import RecentStrip
    from finder.gui.query.search_controller import SearchController
    from finder.jobs.query_facts import QueryFacts

_SAVE_DELAY_MS = 1_000


class RecentController(QObject):
    """Words that are still being typed are no query yet: `settle` makes them one.

    Signals: asked(QuerySpec); failed(error).
    """

    asked = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        strip: RecentStrip,
        searching: SearchController,
        task_runner: TaskRunner,
        queries: RecentQueries,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._strip = strip
        self._task_runner = task_runner
        self._queries = queries
        self._window = window
        self._recents: list[Recent] = []
        self._current: QuerySpec | None = None
        self._session: set[str] = set()
        self._unsaved: Recent | None = None
        self._typed: QueryFacts | None = None
        self.is_typing: Callable[[], bool] = lambda: False
        self._timer = QTimer(self, singleShot=True, interval=_SAVE_DELAY_MS)
        self._timer.timeout.connect(self.save)
        self._showing = QTimer(self, singleShot=True, interval=0)  # not in the same turn as a query
        self._showing.timeout.connect(self._show)
        searching.ready.connect(self.note)
        strip.chosen.connect(self._ask)
        strip.clear_requested.connect(self.clear)

    def load(self) -> None:
        """Read those of earlier sessions."""
        self._task_runner.call(Lane.PREVIEW, self._queries.load, self._add_earlier)

    def note(self, facts: QueryFacts) -> None:
        """This is the query now. It is saved a moment later, when it no longer changes."""
        spec = facts.spec
        if spec is None:
            return
        self._typed = facts if self.is_typing() and spec.words else None
        if self._typed is None:
            self._add(facts, spec)

    def settle(self) -> None:
        """The words that were typed stay."""
        facts, self._typed = self._typed, None
        if facts is not None and facts.spec is not None:
            self._add(facts, facts.spec)

    def past_words(self, text: str) -> list[str]:
        """The words of queries that have this text, the newest first; those that begin with it
        before others."""
        wanted = text.casefold()
        texts = (words_text(recent.spec.words) for recent in self._recents)
        found = [one for one in dict.fromkeys(texts) if wanted in one.casefold() != wanted]
        return sorted(found, key=lambda one: not one.casefold().startswith(wanted))

    def _add(self, facts: QueryFacts, spec: QuerySpec) -> None:
        if self._unsaved is not None and not _same(self._unsaved.spec, spec):
            self.save()
        recent = Recent(spec, small(facts.image))
        self._session.update(_addresses(spec))
        self._recents = [recent, *(r for r in self._recents if not _same(r.spec, spec))]
        del self._recents[MOST_RECENT:]
        self._current, self._unsaved = spec, recent
        self._timer.start()
        self._showing.start()

    def save(self) -> None:
        """Write what is not saved yet; also when the window closes."""
        self._timer.stop()
        if self._unsaved is not None:
            self._task_runner.call(Lane.QUICK, partial(self._queries.keep, self._unsaved))
            self._unsaved = None

    def clear(self) -> None:
        """Forget all recent queries, also on the disk."""
        self._timer.stop()
        self._recents, self._unsaved, self._typed = [], None, None
        self._show()
        self._task_runner.call(Lane.QUICK, self._queries.clear, failed=self.failed.emit)

    def _add_earlier(self, earlier: Sequence[Recent]) -> None:
        noted = self._recents
        new = [r for r in earlier if not any(_same(r.spec, other.spec) for other in noted)]
        self._recents = [*noted, *new][:MOST_RECENT]
        self._show()

    def _show(self) -> None:
        """Without the current query, which is shown large."""
        current = self._current
        self._strip.show_recents(
            [r for r in self._recents if current is None or not _same(r.spec, current)]
        )

    def _ask(self, recent: Recent) -> None:
        """What an earlier session has downloaded is not downloaded again without a question."""
        for url in _addresses(recent.spec):
            if url not in self._session:
                self._ask_to_download(url, recent)
                return
        self.asked.emit(recent.spec)

    def _ask_to_download(self, url: str, recent: Recent) -> None:
        def confirmed() -> None:
            self._session.add(url)
            self._ask(recent)

        try:
            ask_to_download(self._window, read_address(url), confirmed)
        except FinderError as error:
            self.failed.emit(error)


def _same(one: QuerySpec, other: QuerySpec) -> bool:
    """Whether they are about the same picture."""
    return subject_of(one) == subject_of(other)


def _addresses(spec: QuerySpec) -> list[str]:
    return [item.source.url for item in spec.items if isinstance(item.source, WebSource)]
