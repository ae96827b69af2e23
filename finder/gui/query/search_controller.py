"""The question that is being asked: which picture, which models; the latest one wins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.cancellation import CancelToken
from finder.core.library.catalogue.picture_filter import NO_FILTER, Filter
from finder.jobs.task_runner import Lane, Task, TaskRunner
from finder.jobs.workspace import QueryFacts, QuerySource, Workspace

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Result


class SearchController(QObject):
    """Signals: reading(QuerySource) (a new picture was given), ready(QueryFacts) (it can be
    searched for), searching, answered(Result, specs), failed(error)."""

    reading = Signal(object)
    ready = Signal(object)
    searching = Signal()
    answered = Signal(object, object)
    failed = Signal(object)

    def __init__(self, door: TaskRunner, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._door = door
        self._workspace = workspace
        self._ticket: Task | None = None
        self._reading = False
        self.query: QueryFacts | None = None
        self.result: Result | None = None

    def ask(self, source: QuerySource) -> None:
        """A new query picture. What was asked before is not answered any more."""
        self._drop()
        self._reading = True
        self.reading.emit(source)
        stop = CancelToken()
        self._ticket = self._door.call(
            Lane.SEARCH,
            partial(self._workspace.set_query, source, stop),
            self._take_query,
            self._fail_query,
            stop,
        )

    def search(
        self, specs: Sequence[ModelSpec], top: int, metric: str, filter: Filter = NO_FILTER
    ) -> None:
        """Search for the query with these models; it is not extracted again.

        Does nothing while a new picture is being read: it will be searched for when it is ready.
        """
        if self.query is None or self._reading:
            return
        self._drop()
        self.searching.emit()
        stop = CancelToken()
        self._ticket = self._door.call(
            Lane.SEARCH,
            partial(self._workspace.search, list(specs), top, metric, stop, filter),
            partial(self._answer, list(specs)),
            self._fail,
            stop,
        )

    def forget(self) -> None:
        """Back to no query."""
        self._drop()
        self._reading = False
        self.query = self.result = None

    def put_off(self) -> None:
        """The query cannot be searched for now: there is no answer, and none on its way."""
        if not self._reading:
            self._drop()
        self.result = None

    def _drop(self) -> None:
        if self._ticket is not None:
            self._ticket.drop()
            self._ticket = None

    def _take_query(self, facts: QueryFacts) -> None:
        self._reading = False
        self.query, self.result = facts, None
        self.ready.emit(facts)

    def _answer(self, specs: list[ModelSpec], result: Result) -> None:
        self.result = result
        self.answered.emit(result, [spec for spec in specs if spec.name in result.models])

    def _fail_query(self, error: BaseException) -> None:
        self._reading = False
        self.query = self.result = None
        self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self.failed.emit(error)
