"""What a training's form must know: whether training is possible, what can go on, which names are
free."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.gui.common.newest_tasks import NewestTasks
from finder.gui.common.question import ask

if TYPE_CHECKING:
    from finder.gui.common.notices.messages import Message
    from finder.gui.teaching.teach_dialog import TeachDialog
    from finder.gui.teaching.training_page import TrainingPage
    from finder.jobs.library_training import LibraryTraining, TrainingFacts
    from finder.jobs.task_runner import TaskRunner


class TrainingChecks:
    """Reads it in the lane QUICK. batches: pictures at a time, proposed for these names."""

    def __init__(
        self,
        training: LibraryTraining,
        task_runner: TaskRunner,
        message: Callable[[BaseException], Message | None],
    ) -> None:
        """message: for an error, None for a bug, which it reports."""
        self._training, self._message = training, message
        self._page: TrainingPage | None = None
        self._newest = NewestTasks(task_runner)
        self.batches: dict[str, int] = {}

    def enter(self, dialog: TeachDialog, page: TrainingPage) -> None:
        self._page, form = page, page.form
        form.look_requested.connect(self.look)
        form.named.connect(self._check_name)
        form.name_needed.connect(self.propose_name)
        form.forget_requested.connect(partial(self._ask_to_forget, dialog))

    def leave(self) -> None:
        self._page = None
        self._newest.drop()

    def look(self) -> None:
        page = self._page
        if page is not None:
            show = partial(page.form.show_facts, batches=self.batches)
            self._newest.call("facts", self._training.facts, show, self._report)

    def back_to_form(self, show: Callable[[TrainingPage], None]) -> None:
        """Call this with the page once it is known what can go on. The name stays."""
        page = self._page
        if page is None:
            return

        def go_back(facts: TrainingFacts) -> None:
            page.form.show_facts(facts, self.batches, proposes=False)
            show(page)

        self._newest.call("facts", self._training.facts, go_back, self._report)

    # The name

    def propose_name(self) -> None:
        page = self._page
        if page is None or page.form.is_name_edited:
            return
        form = page.form
        propose = partial(
            self._training.propose_name, form.folder, str(form.network.chosen_method())
        )
        self._newest.call("name", propose, form.propose_name, self._report)

    def _check_name(self, name: str) -> None:
        page = self._page
        if page is not None:
            show = page.form.show_name_problem
            check: Callable[[], None] = partial(self._training.require_name, name)
            if not name:  # there is nothing to say of it yet
                check = _nothing
            self._newest.call("name", check, show, partial(self._show_problem, show))

    # An unfinished training

    def _ask_to_forget(self, dialog: TeachDialog, name: str) -> None:
        ask(
            dialog,
            tr("Forget a training"),
            tr("Forget the training {name}?").format(name=name),
            tr("The epochs that are done are deleted."),
            tr("Forget it"),
            partial(self._forget, name),
        )

    def _forget(self, name: str) -> None:
        page = self._page
        if page is not None:
            forget = partial(self._training.forget, name)
            failed = partial(self._show_problem, page.show_failure)
            self._newest.call("forget", forget, self._forgotten, failed)

    def _forgotten(self, _: None) -> None:
        self.back_to_form(lambda page: page.verdict.clear())

    # Errors

    def _show_problem(self, show: Callable[[Message], None], error: BaseException) -> None:
        message = self._message(error)
        if message is not None:
            show(message)

    def _report(self, error: BaseException) -> None:
        """What can be done without is not worth a message."""
        self._message(error)


def _nothing() -> None:
    """There is nothing to check."""
