"""The quick way of the teach dialog: checks what is chosen, teaches, and shows what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal

from finder.core.i18n import tr
from finder.core.models.spec import DEFAULT_MODEL
from finder.gui.common.label_source_form import answer_label_questions
from finder.gui.common.library_run import LibraryRun
from finder.gui.common.newest_tasks import NewestTasks
from finder.gui.common.notices.messages import Message, message_for
from finder.gui.common.step_words import step_share, step_words
from finder.gui.theme.tokens import model_colour

if TYPE_CHECKING:
    from finder.core.models.spec import ModelSpec
    from finder.gui.common.label_source_form import ChooseFolder
    from finder.gui.teaching.quick_page import QuickPage
    from finder.gui.teaching.quick_result import QuickResult
    from finder.gui.teaching.teach_dialog import TeachDialog
    from finder.jobs.library_teaching import LibraryTeaching
    from finder.jobs.task_runner import TaskRunner
    from finder.use_cases.evaluation.labelled_vectors import LabelSource
    from finder.use_cases.evaluation.measuring_steps import Step
    from finder.use_cases.evaluation.teach_model import Taught
    from finder.use_cases.library.library_overview import Overview

Act = Callable[[], object]


class Refresh(Protocol):
    """Reads the library's overview, then calls the first; the second if it cannot be read."""

    def __call__(self, then: Act, otherwise: Act = ..., /) -> None: ...


class QuickTeaching(QObject):
    """One page at a time; `leave` ends what is under way, and keeps what was indexed.

    Signals: models_chosen(names), to be used in searches; measure_requested(names of models);
    index_requested(name of a model); failed(error without a message).
    """

    models_chosen = Signal(object)
    measure_requested = Signal(object)
    index_requested = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        overview: Callable[[], Overview],
        refresh: Refresh,
        choose_folder: ChooseFolder,
        task_runner: TaskRunner,
        teaching: LibraryTeaching,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._overview, self._refresh = overview, refresh
        self._choose_folder = choose_folder
        self._task_runner = task_runner
        self._teaching = teaching
        self._page: QuickPage | None = None
        self._run = LibraryRun(task_runner)
        self._checks = NewestTasks(task_runner)

    def enter(self, dialog: TeachDialog, source: LabelSource | None = None) -> None:
        """Add the page to the dialog. source: what is chosen at first."""
        from finder.gui.teaching.quick_page import QuickPage
        from finder.gui.teaching.quick_setup import QuickSetup

        overview = self._overview()
        folders = [folder.path for folder in overview.folders]
        specs = _possible_bases(overview)
        names = [spec.name for spec in specs]
        chosen = [DEFAULT_MODEL] if DEFAULT_MODEL in names else names[:1]
        setup = QuickSetup(folders, specs, chosen)
        self._page = page = QuickPage(setup)
        dialog.add_way(tr("Quick"), page, page.actions_row)
        labels = setup.labels
        answer_label_questions(labels, self._choose_folder)
        labels.edited.connect(self._propose_name)
        setup.named.connect(self._check_name)
        setup.bases_edited.connect(self._check_bases)
        page.start_requested.connect(self._start)
        page.cancel_requested.connect(self._cancel)
        page.again_requested.connect(self._propose_name)
        page.use_requested.connect(partial(self._once_known, self._use))
        page.measure_requested.connect(partial(self._once_known, self._measure))
        if source is not None:
            self.show_source(source)
        self._propose_name()

    def show_source(self, source: LabelSource) -> None:
        """Choose these labels, unless something is being taught."""
        page = self._page
        if page is None or page.is_busy:
            return
        if not page.is_setup:
            page.show_setup()
        page.setup.labels.show_source(source)

    def leave(self) -> None:
        """Call when the dialog is closed."""
        self._page = None
        self._run.end()
        self._checks.drop()

    # What is chosen

    def _propose_name(self) -> None:
        page = self._page
        if page is None or page.setup.is_name_edited:
            return
        source = page.setup.labels.source()
        propose = partial(self._teaching.propose_name, source)
        self._checks.call("name", propose, page.setup.propose_name, self._report)

    def _check_name(self, name: str) -> None:
        page = self._page
        if page is not None:
            show = page.setup.show_name_problem
            check = partial(self._teaching.require_name, name)
            self._checks.call("name", check, show, partial(self._show_problem, show))

    def _check_bases(self) -> None:
        page = self._page
        if page is None:
            return
        show = page.setup.show_bases_problem
        bases = page.setup.bases.chosen_specs()
        if len(bases) < 2:
            show(None)
            return
        check = partial(self._teaching.require_bases, bases)
        self._checks.call("bases", check, show, partial(self._show_problem, show))

    def _show_problem(self, show: Callable[[Message | None], None], error: BaseException) -> None:
        message = self._message(error)
        if message is not None:
            show(message)

    # Teaching

    def _start(self) -> None:
        page = self._page
        if page is None or self._run.is_on:
            return
        setup = page.setup
        bases = setup.bases.chosen_specs()
        steps = partial(
            self._teaching.teach,
            setup.labels.source(),
            setup.name.text(),
            bases,
            setup.methods(),
            setup.seed.value(),
        )
        waiting = self._run.start(
            steps,
            partial(self._show_progress, page),
            partial(self._ended, page, bases),
            partial(self._failed, page),
        )
        page.show_busy(waiting)

    def _show_progress(self, page: QuickPage, step: Step | Taught) -> None:
        from finder.use_cases.evaluation.measuring_steps import Step

        if isinstance(step, Step) and self._page is page:
            page.show_busy(step_words(step), *step_share(step))

    def _cancel(self) -> None:
        page = self._page
        if page is not None:
            page.show_stopping()
            if self._run.end():
                page.show_stopped()

    def _ended(
        self, page: QuickPage, bases: Sequence[ModelSpec], last: Step | Taught | None
    ) -> None:
        """Also after it was cancelled, perhaps too late."""
        from finder.use_cases.evaluation.teach_model import Taught

        if self._page is not page or not isinstance(last, Taught):
            self._refresh(_nothing)
            if self._page is page:
                page.show_stopped()
            return
        places = enumerate(self._overview().models)
        colours = {spec.name: model_colour(place) for place, spec in places}
        result = page.show_taught(last, bases, colours)
        result.index_requested.connect(partial(self._once_known, self._index))
        usable = partial(self._show_usable, page)
        self._refresh(usable, usable)

    def _show_usable(self, page: QuickPage) -> None:
        if self._page is page:
            page.show_usable()

    def _failed(self, page: QuickPage, error: BaseException) -> None:
        self._refresh(_nothing)
        message = self._message(error)
        if self._page is not page:
            return
        if message is None:
            page.end_busy()
        else:
            page.show_failure(message)

    # What comes next

    def indexing_ended(self) -> None:
        """Call when nothing is being indexed any more: pictures may still lack a vector."""
        page, result = self._page, self._result()
        if page is not None and result is not None:
            self._refresh(partial(self._show_stored, result), partial(self._show_usable, page))

    def _show_stored(self, result: QuickResult) -> None:
        if self._result() is result:
            overview = self._overview()
            stored = overview.indexed_by(result.taught.spec.name)
            result.show_stored(stored, overview.pictures - stored)

    def _once_known(self, act: Act) -> None:
        """Now, unless the overview could not be read since there is the new model."""
        page, result = self._page, self._result()
        if page is None or result is None:
            return
        if any(spec.name == result.taught.spec.name for spec in self._overview().models):
            act()
        else:
            self._refresh(act, partial(self._show_usable, page))

    def _index(self) -> None:
        result = self._result()
        if result is not None:
            self.index_requested.emit(result.taught.spec.name)

    def _use(self) -> None:
        result = self._result()
        if result is not None:
            name = result.taught.spec.name
            self.models_chosen.emit([name])
            result.done.show_success(
                tr("Searches use {name} now.").format(name=name),
                tr("The menu of models has the others."),
            )

    def _measure(self) -> None:
        result = self._result()
        if result is not None:
            names = [spec.name for spec in result.bases]
            self.measure_requested.emit([*names, result.taught.spec.name])

    def _result(self) -> QuickResult | None:
        return self._page.result_page if self._page is not None else None

    def _report(self, error: BaseException) -> None:
        """What can be done without is not worth a message."""
        self._message(error)

    def _message(self, error: BaseException) -> Message | None:
        """None for a bug, which is reported."""
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        return message


def _nothing() -> None:
    """There is nothing to do then."""


def _possible_bases(overview: Overview) -> list[ModelSpec]:
    """The models that have vectors of the library's pictures; all while it is empty."""
    specs = [spec for spec in overview.models if spec.has_file]
    return [spec for spec in specs if overview.indexed_by(spec.name)] or specs
