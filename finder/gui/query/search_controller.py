"""The query picture and its search; a newer one replaces one that is still running."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.cancellation import CancelToken
from finder.core.errors import CannotVerifyError, FinderError
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER, Filter
from finder.gui.query.verification import Verification
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Result
    from finder.core.search.query.query_spec import QuerySpec
    from finder.jobs.answer import Answer
    from finder.jobs.query_facts import Asked, QueryFacts
    from finder.jobs.workspace import Workspace


class SearchController(QObject):
    """query: the current picture; None while there is none, or a first one is being loaded.
    result: its latest result; None until there is one. answer: that with what names have, too.
    most: how many matches the latest search asks for.

    Signals: query_loading(QuerySource or QuerySpec); ready(QueryFacts), when it can be searched
    for; search_started; answered(Result, specs of the models that have results); failed(error);
    failed_to_prepare(error), a bug, as what is wrong with the query, its search reports; or, once,
    why matches cannot be verified;
    near_duplicates_found(NearDuplicates), of the latest result, after it; proven(Result), the
    latest result again, with its matches that are proven to be the query's picture;
    accepted(QuerySpec), what was tried out becomes the query; kept(error), the one before is still
    it. words_loading(specs of models): a search for words takes longer, as these must first load
    what understands them.
    """

    query_loading = Signal(object)
    ready = Signal(object)
    search_started = Signal()
    answered = Signal(object, object)
    failed = Signal(object)
    failed_to_prepare = Signal(object)
    near_duplicates_found = Signal(object)
    proven = Signal(object)
    accepted = Signal(object)
    kept = Signal(object)
    words_loading = Signal(object)

    def __init__(self, task_runner: TaskRunner, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._task_runner = task_runner
        self._workspace = workspace
        self._task: Task | None = None
        self._comparing: Task | None = None
        self.verification = Verification(task_runner, workspace, self)
        self.verification.proven.connect(self._set_proofs)
        self.verification.failed.connect(self._fail_to_verify)
        self._finds_near_duplicates = False
        self._specs: Sequence[ModelSpec] = ()
        self._is_loading = False
        self._is_quiet = False
        self._has_told_unverified = False
        self.query: QueryFacts | None = None
        self.result: Result | None = None
        self.answer: Answer | None = None
        self.most = 0

    @property
    def is_busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._is_loading or self._task is not None

    def ask(self, asked: Asked, quietly: bool = False) -> None:
        """Load a new query; what was read for an earlier one is used again. A search that is still
        running is cancelled. quietly: without the signal; what is shown stays until the answer."""
        self._load(asked, quietly, self._set_query, self._fail_query)

    def try_out(self, spec: QuerySpec) -> None:
        """Quietly load a query that may be of no use: then the one before is kept."""
        self._load(spec, True, self._accept_query, self._keep_query)

    def _load(
        self,
        asked: Asked,
        quietly: bool,
        done: Callable[[QueryFacts], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._cancel()
        self._is_loading = True
        self._is_quiet = quietly
        if not quietly:
            self.query_loading.emit(asked)
        stop = CancelToken()
        self._task = self._task_runner.call(
            Lane.SEARCH,
            partial(self._workspace.set_query, asked, stop),
            done,
            failed,
            stop,
        )

    def search(
        self,
        specs: Sequence[ModelSpec],
        top: int,
        metric: str,
        filter: Filter = NO_FILTER,
        look_twice: bool = True,
    ) -> None:
        """Search for the query with these models; its embeddings are reused.

        Does nothing while a new picture is being loaded: `ready` follows.
        """
        if self.query is None or self._is_loading:
            return
        self._cancel()
        if not self._is_quiet:
            self.search_started.emit()
        self.most = top
        stop = CancelToken()
        self._task = self._task_runner.call(
            Lane.SEARCH,
            partial(self._workspace.answer, list(specs), top, metric, stop, filter, look_twice),
            partial(self._set_answer, list(specs)),
            self._fail,
            stop,
        )
        if self.query.spec is not None and self.query.spec.words:
            self._task_runner.call(
                Lane.QUICK,
                partial(self._workspace.words_to_load, list(specs)),
                partial(self._tell_loading, self._task),
                self._fail_to_prepare,
            )

    def _tell_loading(self, search: Task, loading: list[ModelSpec]) -> None:
        if loading and search is self._task:
            self.words_loading.emit(loading)

    def set_finds_near_duplicates(self, finds: bool) -> None:
        """Whether each answer is followed by the near-duplicates in it, and now this one."""
        is_new = finds and not self._finds_near_duplicates
        self._finds_near_duplicates = finds
        if is_new and self.result is not None:
            self._find_near_duplicates(self.result)

    def _find_near_duplicates(self, result: Result) -> None:
        """The answer does not wait for them; a newer search does neither. They do not wait for the
        verification, which takes longer."""
        if not result.models:  # only names were searched
            return
        self.verification.step_aside()
        stop = CancelToken()
        self._comparing = self._task_runner.call(
            Lane.SEARCH,
            partial(self._workspace.near_duplicates, result, self._specs, stop),
            self.near_duplicates_found.emit,
            self._fail_to_prepare,
            stop,
        )

    def prepare_parts(self) -> None:
        """Decode the query for frames before the first one is drawn."""
        if self.query is None:
            return
        verified = self.verification.step_aside()
        if verified or not self._task_runner.busy(Lane.SEARCH):
            self._task_runner.call(
                Lane.SEARCH, self._workspace.prepare_parts, failed=self._fail_to_prepare
            )

    def _fail_to_prepare(self, error: BaseException) -> None:
        if not isinstance(error, FinderError):
            self.failed_to_prepare.emit(error)

    def _fail_to_verify(self, error: BaseException) -> None:
        """The answer stays as it is; the next ones are hardly verified either."""
        if isinstance(error, CannotVerifyError) and not self._has_told_unverified:
            self._has_told_unverified = True
            self.failed_to_prepare.emit(error)
        else:
            self._fail_to_prepare(error)

    def clear(self) -> None:
        """Remove the query and its result."""
        self._cancel()
        self._is_loading = False
        self.query = self.result = self.answer = None

    def discard_result(self) -> None:
        """Remove the result, because the query cannot be searched for now; cancel a running
        search."""
        if not self._is_loading:
            self._cancel()
        self.result = self.answer = None

    def _cancel(self) -> None:
        for task in (self._task, self._comparing):
            if task is not None:
                task.drop()
        self._task = self._comparing = None
        self.verification.cancel()

    def _set_query(self, facts: QueryFacts) -> None:
        self._is_loading, self._task = False, None
        self.query, self.result, self.answer = facts, None, None
        self.ready.emit(facts)

    def _set_answer(self, specs: list[ModelSpec], answer: Answer) -> None:
        result = self.verification.begin(answer.result)
        self.result, self.answer, self._specs, self._task = result, answer, specs, None
        if self._finds_near_duplicates:
            self._find_near_duplicates(result)
        self.answered.emit(result, [spec for spec in specs if spec.name in result.models])

    def _set_proofs(self, result: Result) -> None:
        self.result = result
        self.proven.emit(result)

    def _fail_query(self, error: BaseException) -> None:
        self._is_loading = False
        self.query = self.result = self.answer = None
        self._fail(error)

    def _accept_query(self, facts: QueryFacts) -> None:
        self.accepted.emit(facts.spec)
        self._set_query(facts)

    def _keep_query(self, error: BaseException) -> None:
        self._is_loading, self._task = False, None
        self.kept.emit(error)

    def _fail(self, error: BaseException) -> None:
        self._task = None
        self.failed.emit(error)
