"""Opens the measure dialog; measures, saves reports, stores weights."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr
from finder.core.library.catalogue.filter.picture_filter import NO_FILTER
from finder.core.library.listing import Order
from finder.core.printable import printable
from finder.gui.common.library_run import LibraryRun
from finder.gui.common.notices.messages import Message, message_for
from finder.gui.common.step_words import step_share, step_words
from finder.gui.theme.tokens import model_colour
from finder.jobs.task_runner import Lane, Task, TaskRunner

if TYPE_CHECKING:
    from finder.core.cancellation import CancelToken
    from finder.core.evaluation.measurement import HardQuery
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.models.spec import ModelSpec
    from finder.gui.common.label_source_form import ChooseFolder
    from finder.gui.evaluation.measure_dialog import MeasureDialog
    from finder.gui.evaluation.result_page import LabelResultPage, ResultPage
    from finder.gui.evaluation.setup_page import SetupPage
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.jobs.library_evaluation import Measured
    from finder.jobs.workspace import Workspace
    from finder.use_cases.evaluation.labelled_vectors import LabelSource
    from finder.use_cases.evaluation.measuring_steps import Step
    from finder.use_cases.library.library_overview import Overview

Value = TypeVar("Value")


class EvaluationController(QObject):
    """At most one dialog is open; closing it ends what is under way, and keeps what was indexed.

    Signals: library_changed, pictures may have been indexed; models_chosen(names), to be compared
    in searches; weights_changed, of the combined ranking; similar_requested(PictureRecord);
    teach_requested(LabelSource); failed(error without a message).
    """

    library_changed = Signal()
    models_chosen = Signal(object)
    weights_changed = Signal()
    similar_requested = Signal(object)
    teach_requested = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        overview: Callable[[], Overview],
        indexing_models: Callable[[], Sequence[ModelSpec]],
        choose_folder: ChooseFolder,
        feed: ThumbnailFeed,
        task_runner: TaskRunner,
        workspace: Workspace,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._overview, self._indexing_models = overview, indexing_models
        self._choose_folder = choose_folder
        self._feed = feed
        self._task_runner = task_runner
        self._workspace = workspace
        self._evaluation = workspace.evaluation
        self._window = window
        self._dialog: MeasureDialog | None = None
        self._run = LibraryRun(task_runner)
        self._source: LabelSource | None = None
        self._reading: Task | None = None

    # The dialog

    def open(self, models: Sequence[str] = ()) -> None:
        """Show the dialog, or bring it to the front. models: the names of those to measure, if they
        are not those that index new pictures; a dialog that is open lets them be measured next."""
        from finder.gui.common.plot import import_plots
        from finder.gui.evaluation.measure_dialog import MeasureDialog
        from finder.gui.evaluation.source_questions import answer_questions

        if self._dialog is not None:
            if models:
                self._dialog.choose_models(self._overview().models, models)
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        overview = self._overview()
        folders = [folder.path for folder in overview.folders]
        chosen = models or [spec.name for spec in self._indexing_models()]
        self._dialog = dialog = MeasureDialog(folders, overview.models, chosen, self._window)
        answer_questions(dialog.setup, self._choose_folder)
        dialog.start_requested.connect(partial(self._start, dialog))
        dialog.cancel_requested.connect(partial(self._cancel, dialog))
        dialog.teach_requested.connect(self._teach)
        dialog.save_requested.connect(partial(self._save, dialog))
        dialog.finished.connect(partial(self._closed, dialog))
        dialog.show()
        self._task_runner.call(Lane.IMPORT, import_plots)

    def _closed(self, dialog: MeasureDialog, _: int) -> None:
        self._dialog = None
        self._run.end()
        if self._reading is not None:
            self._reading.drop()
        dialog.deleteLater()

    # Measuring

    def _start(self, dialog: MeasureDialog) -> None:
        if self._run.is_on:
            return
        waiting = self._run.start(
            self._measuring(dialog.setup),
            partial(self._show_progress, dialog),
            partial(self._ended, dialog),
            partial(self._failed, dialog),
        )
        dialog.show_busy(waiting)

    def _measuring(self, setup: SetupPage) -> Callable[[CancelToken], Generator[Step | Measured]]:
        """What the user has chosen to measure. A model that was removed meanwhile is one of them:
        the run says so."""
        known = {spec.name: spec for spec in self._overview().models}
        specs = [known.get(spec.name, spec) for spec in setup.chosen_specs()]
        self._source = setup.labels.source()
        if setup.is_by_copies:
            return partial(self._evaluation.measure_copies, setup.copies.source(), specs)
        return partial(self._evaluation.measure, self._source, specs)

    def _show_progress(self, dialog: MeasureDialog, step: Step | Measured) -> None:
        from finder.use_cases.evaluation.measuring_steps import Step

        if isinstance(step, Step) and self._dialog is dialog:
            dialog.show_busy(step_words(step), *step_share(step))

    def _cancel(self, dialog: MeasureDialog) -> None:
        dialog.show_stopping()
        if self._run.end():
            dialog.show_stopped()

    def _ended(self, dialog: MeasureDialog, last: Step | Measured | None) -> None:
        """Also after it was cancelled, perhaps too late."""
        from finder.gui.evaluation.result_page import LabelResultPage
        from finder.jobs.library_evaluation import Measured

        self.library_changed.emit()
        if self._dialog is not dialog:
            return
        if not isinstance(last, Measured):
            dialog.show_stopped()
            return
        places = enumerate(self._overview().models)
        colours = {spec.name: model_colour(place) for place, spec in places}
        page = dialog.show_measured(last, self._feed, colours)
        page.kind_requested.connect(partial(self._show_kind, page))
        page.similar_requested.connect(self._find_similar)
        page.figures.models_requested.connect(partial(self._use_models, page))
        page.figures.weights_requested.connect(partial(self._set_weights, page))
        if isinstance(page, LabelResultPage):
            page.pair_requested.connect(partial(self._show_pair, page))
            self._call(page, self._evaluation.weights, page.figures.show_weights)

    def _failed(self, dialog: MeasureDialog, error: BaseException) -> None:
        self.library_changed.emit()
        message = self._message(error)
        if self._dialog is not dialog:
            return
        if message is None:
            dialog.end_busy()
        else:
            dialog.show_failure(message)

    # What is done with what was measured

    def _show_kind(self, page: ResultPage, place: int, kind: str) -> None:
        find = partial(self._evaluation.behind_kind, page.measured, place, kind)
        self._show_behind(page, find, partial(page.show_kind, place, kind))

    def _show_pair(self, page: LabelResultPage, place: int, label: int, answer: int) -> None:
        find = partial(self._evaluation.behind_pair, page.measured, place, label, answer)
        self._show_behind(page, find, partial(page.show_pair, place, label, answer))

    def _show_behind(
        self,
        page: ResultPage,
        find: Callable[[], list[HardQuery]],
        show: Callable[[list[HardQuery]], None],
    ) -> None:
        """The newest cell counts."""
        if self._reading is not None:
            self._reading.drop()
        failed = partial(self._show_failure, page)
        self._reading = self._task_runner.call(Lane.QUICK, find, self._if_shown(page, show), failed)

    def _teach(self) -> None:
        """With the labels that were measured last."""
        self.teach_requested.emit(self._source)

    def _find_similar(self, picture: int) -> None:
        read = partial(self._workspace.pictures.records, [picture], NO_FILTER, Order.NEWEST, ())
        self._task_runner.call(Lane.QUICK, read, self._search_for, self.failed.emit)

    def _search_for(self, records: Mapping[int, PictureRecord]) -> None:
        for record in records.values():
            self.similar_requested.emit(record)

    def _use_models(self, page: ResultPage, names: Sequence[str]) -> None:
        self.models_chosen.emit(list(names))
        page.verdict.show_success(tr("Searches compare these models now."))

    def _set_weights(self, page: ResultPage, weights: Mapping[str, float]) -> None:
        self._task_runner.call(
            Lane.QUICK,
            partial(self._evaluation.set_weights, dict(weights)),
            partial(self._weights_set, page),
            partial(self._show_failure, page),
        )

    def _weights_set(self, page: ResultPage, weights: Mapping[str, float]) -> None:
        self.weights_changed.emit()
        self._if_shown(page, partial(self._show_weights, page))(weights)

    def _show_weights(self, page: ResultPage, weights: Mapping[str, float]) -> None:
        page.figures.show_weights(weights)
        page.verdict.show_success(
            tr("The combined ranking of this library uses these weights from now on.")
            if weights
            else tr("All models count the same again.")
        )

    def _save(self, dialog: MeasureDialog, file: str) -> None:
        page = dialog.result_page
        if page is None:
            return
        page.verdict.show_note(tr("Saving …"))
        self._call(
            page,
            partial(self._evaluation.save, page.measured.measurement, file),
            lambda _: page.verdict.show_success(tr("Saved: {file}").format(file=printable(file))),
            Lane.PREVIEW,
        )

    # All of them

    def _call(
        self,
        page: ResultPage,
        function: Callable[[], Value],
        done: Callable[[Value], None],
        lane: Lane = Lane.QUICK,
    ) -> None:
        self._task_runner.call(
            lane, function, self._if_shown(page, done), partial(self._show_failure, page)
        )

    def _if_shown(self, page: ResultPage, show: Callable[[Value], None]) -> Callable[[Value], None]:
        """Does nothing once the page is closed, or there is another one."""

        def show_if(value: Value) -> None:
            if self._dialog is not None and self._dialog.result_page is page:
                show(value)

        return show_if

    def _show_failure(self, page: ResultPage, error: BaseException) -> None:
        message = self._message(error)
        if message is not None:
            self._if_shown(page, lambda _: page.verdict.show_failure(message.title, message.hint))(
                None
            )

    def _message(self, error: BaseException) -> Message | None:
        """None for a bug, which is reported."""
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        return message
