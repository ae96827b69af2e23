"""What is said of a search by words that no model has answered, and what is offered then."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.gui.common.notices.messages import message_for
from finder.gui.results.names.words_offer import Offer
from finder.jobs.task_runner import Lane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finder.core.errors import FinderError
    from finder.core.models.spec import ModelSpec
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.models.models_controller import ModelsController
    from finder.gui.shell.main_window import MainWindow
    from finder.jobs.library_models import OfferedWords
    from finder.jobs.task_runner import TaskRunner
    from finder.jobs.workspace import Workspace


class WordsOffers:
    """The way out, from the nearest to the farthest: index with a model, choose one, download
    one."""

    def __init__(
        self,
        window: MainWindow,
        library: LibraryController,
        models: ModelsController,
        task_runner: TaskRunner,
        workspace: Workspace,
    ) -> None:
        self._window = window
        self._library = library
        self._models = models
        self._task_runner = task_runner
        self._workspace = workspace
        self._offered: OfferedWords | None = None
        self._is_read = False

    def show(self, problem: FinderError | None) -> None:
        """problem: why no model has answered; None: one has."""
        offer = self._offer(problem) if problem is not None else None
        self._window.results.offer.show_offer(offer)

    def _offer(self, problem: FinderError) -> Offer | None:
        able = [spec for spec in self._library.overview.models if spec.text is not None]
        chosen = [spec for spec in self._window.query_bar.models.chosen() if spec in able]
        if any(self._library.overview.indexed_by(spec.name) for spec in chosen):
            message = message_for(problem)
            return Offer(message.text if message is not None else str(problem))
        if chosen:
            return self._to_index(chosen)
        if able:
            return Offer(
                tr("None of the chosen models understands words: only names were searched."),
                tr("Choose models…"),
                self._window.query_bar.models.showMenu,
            )
        return self._to_download()

    def _to_index(self, chosen: Sequence[ModelSpec]) -> Offer:
        names = [spec.name for spec in chosen]
        titles = ", ".join(spec.title for spec in chosen)
        if self._library.indexing.busy:
            text = tr("Not indexed yet: {names}. Only names were searched.")
            return Offer(text.format(names=titles))
        text = tr("Your pictures are not indexed yet with: {names}. Only names were searched.")
        act = partial(self._library.index_with, *names)
        return Offer(text.format(names=titles), tr("Index now"), act)

    def _to_download(self) -> Offer:
        text = tr("No model here understands words: only names were searched.")
        if not self._is_read:
            self._is_read = True
            self._task_runner.call(
                Lane.QUICK, self._workspace.models.offered_words, self._know, lambda _: None
            )
        offered = self._offered
        if offered is None:
            return Offer(text, tr("Models…"), self._models.open)
        megabytes = offered.bytes / 1e6
        button = tr("Download {title} ({n:,.0f} MB)…").format(title=offered.title, n=megabytes)
        return Offer(text, button, partial(self._models.open_at, offered.name))

    def _know(self, offered: OfferedWords | None) -> None:
        self._offered = offered
        panel = self._window.results.offer
        if panel.isVisible() and not any(s.text for s in self._library.overview.models):
            panel.show_offer(self._to_download())
