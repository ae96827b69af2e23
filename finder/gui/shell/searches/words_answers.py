"""What is said of a search by words beside its results: which models answer, which cannot, and what
is offered where none can."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from finder.core.i18n import tr
from finder.gui.common.notices.messages import message_for
from finder.gui.results.names.words_offer import Offer
from finder.gui.shell.searches.answer_words import answer_words, loading_words
from finder.jobs.task_runner import Lane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from finder.core.errors import FinderError
    from finder.core.models.spec import ModelSpec
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.models.models_controller import ModelsController
    from finder.gui.shell.main_window import MainWindow
    from finder.gui.shell.message_pages import MessagePages
    from finder.jobs.answer import Answer
    from finder.jobs.library_models import OfferedWords
    from finder.jobs.task_runner import TaskRunner
    from finder.jobs.workspace import Workspace


class WordsAnswers:
    """Where no model answers, the nearest way out is offered: to index with one that could, to
    choose one, to download one."""

    def __init__(
        self,
        window: MainWindow,
        library: LibraryController,
        models: ModelsController,
        pages: MessagePages,
        task_runner: TaskRunner,
        workspace: Workspace,
    ) -> None:
        self._window = window
        self._library = library
        self._models = models
        self._pages = pages
        self._task_runner = task_runner
        self._workspace = workspace
        self._offered: OfferedWords | None = None
        self._is_read = False

    def show_loading(self, specs: Sequence[ModelSpec]) -> None:
        """These models must first load what understands words."""
        text = loading_words(specs)
        self._pages.show_words_loading(text)
        self._window.hero.show_state(text)

    def show_answer(self, answer: Answer | None, specs: Sequence[ModelSpec]) -> None:
        """specs: of the models that have answered."""
        if answer is None:
            self.clear()
            return
        window, only_words = self._window, answer.result.query.first is None
        several = bool(specs) if only_words else True if answer.names else None
        window.query_bar.show_lists(several, only_words)
        window.hero.show_state(*answer_words(answer.result, specs))
        offer = self._offer(answer.problem) if answer.problem is not None else None
        window.results.offer.show_offer(offer)

    def clear(self) -> None:
        """There is no answer."""
        self._window.query_bar.show_lists(None, words_only=False)
        self._window.hero.show_state("")
        self._window.results.offer.show_offer(None)

    # What is offered

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
                tr(
                    "None of the chosen models understands words: only names and text were "
                    "searched."
                ),
                tr("Choose models…"),
                self._window.query_bar.models.showMenu,
            )
        return self._to_download()

    def _to_index(self, chosen: Sequence[ModelSpec]) -> Offer:
        names = [spec.name for spec in chosen]
        titles = ", ".join(spec.title for spec in chosen)
        if self._library.indexing.busy:
            text = tr("Not indexed yet: {names}. Only names and text were searched.")
            return Offer(text.format(names=titles))
        text = tr(
            "Your pictures are not indexed yet with: {names}. Only names and text were searched."
        )
        act = partial(self._library.index_with, *names)
        return Offer(text.format(names=titles), tr("Index now"), act)

    def _to_download(self) -> Offer:
        text = tr("No model here understands words: only names and text were searched.")
        if not self._is_read:
            self._is_read = True
            self._task_runner.call(
                Lane.QUICK, self._workspace.models.offered_words, self._know, self._read_again
            )
        offered = self._offered
        if offered is None:
            return Offer(text, tr("Models…"), self._models.open)
        megabytes = offered.bytes / 1e6
        button = tr("Download {title} ({n:,.0f} MB)…").format(title=offered.title, n=megabytes)
        return Offer(text, button, partial(self._models.open_at, offered.name))

    def _read_again(self, error: BaseException) -> None:
        """With the next answer; until then all models are offered."""
        self._is_read = False

    def _know(self, offered: OfferedWords | None) -> None:
        self._offered = offered
        panel = self._window.results.offer
        if panel.isVisible() and not any(s.text for s in self._library.overview.models):
            panel.show_offer(self._to_download())
