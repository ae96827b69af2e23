"""From a query to its results on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.errors import NothingPassesError
from finder.core.i18n import tr
from finder.core.search.query.query_spec import LibrarySource, QueryExample, QuerySpec
from finder.gui.common.formatting import record_name
from finder.gui.shell.searches.index_offers import IndexOffers

if TYPE_CHECKING:
    from finder.core.library.catalogue.filter.picture_filter import Filter
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Result
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.query.search_controller import SearchController
    from finder.gui.results.results_controller import ResultsController
    from finder.gui.shell.feedback import Feedback
    from finder.gui.shell.main_window import MainWindow
    from finder.gui.shell.message_pages import MessagePages
    from finder.gui.shell.searches.history import Place
    from finder.gui.shell.searches.history_controller import HistoryController
    from finder.gui.shell.searches.words_answers import WordsAnswers
    from finder.jobs.query_facts import Asked, QueryFacts


class QueryController(QObject):
    """Decides which models a query is searched with, and which page is shown. Signal:
    words_shown(the words of the query that is shown now, as QueryExamples)."""

    words_shown = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        searching: SearchController,
        results: ResultsController,
        library: LibraryController,
        pages: MessagePages,
        feedback: Feedback,
        history: HistoryController,
        words: WordsAnswers,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._bar = window.query_bar
        self._searching = searching
        self._results = results
        self._library = library
        self._pages = pages
        self._feedback = feedback
        self._history = history
        self._words = words
        self._offers = IndexOffers(window.notice, library, pages)
        self._hidden: tuple[str, ...] = ()
        self._takes_focus = False
        self._told_of: list[str] = []
        self._connect()

    def _connect(self) -> None:
        searching, library = self._searching, self._library
        self._window.query_editor.changed.connect(self._refine)
        self._window.query_editor.emptied.connect(self._end)
        self._history.moved.connect(self._show_place)
        self._bar.search_requested.connect(self.search)
        self._window.filters.changed.connect(self.search)
        searching.query_loading.connect(self._pages.show_query_loading)
        searching.search_started.connect(self._pages.show_searching)
        searching.ready.connect(self._query_ready)
        searching.accepted.connect(lambda _: self._expect_focus())
        searching.words_loading.connect(self._words.show_loading)
        searching.answered.connect(self._show_result)
        searching.proven.connect(self._results.show_proofs)
        searching.verification.lasting.connect(self._window.results.header.show_verifying)
        searching.failed.connect(self._search_failed)
        library.changed.connect(self._search_if_waiting)
        library.indexing.started.connect(lambda _: self._search_if_waiting(True))
        library.indexing.finished.connect(self._offer_to_search_again)
        library.folder_removed.connect(self.search)
        library.contents_replaced.connect(self.search)
        library.failed.connect(self.show_error)

    # Searching

    def ask(self, asked: Asked) -> None:
        """Search for something new."""
        self._history.visit(asked)
        self._ask(asked)

    def ask_within(self, spec: QuerySpec, filter: Filter) -> None:
        """Search for something new with another filter."""
        self.ask(spec)
        self._window.filters.set_filter(filter)  # second, so that the query before is left alone

    def find_similar(self, picture: PictureRecord) -> None:
        """Search for a picture of the library, also where its file is gone."""
        source = LibrarySource(picture.id, record_name(picture))
        self.ask(QuerySpec((QueryExample(source),)))

    def _ask(self, asked: Asked) -> None:
        self._window.notice.clear_unpinned()
        self.words_shown.emit(asked.words if isinstance(asked, QuerySpec) else ())
        self._expect_focus()
        self._searching.ask(asked)

    def _refine(self, spec: QuerySpec) -> None:
        """The user has changed the query, perhaps by typing, where the focus stays. What is shown
        stays until the answer, if it is one."""
        self._history.refine(spec)
        self._window.hero.show_spec()
        self.words_shown.emit(spec.words)
        self._expect_focus()
        shows_results = self._window.pages.currentWidget() is self._window.results_page
        self._searching.ask(spec, quietly=shows_results)

    def _end(self) -> None:
        """Nothing is left to search for."""
        self._history.drop_changes()
        self.new_query()

    def take_back(self) -> None:
        """Show what was shown before the query was changed; it is no place in the history."""
        place = self._history.drop_changes()
        if place is not None:
            self._show_place(place)

    # The focus

    def focus_page(self) -> None:
        """The arrow keys are for the pictures, now or with the answer that is on its way."""
        if self._searching.is_busy:
            self._expect_focus()
        elif self._window.is_at_start:
            self._window.library_page.view.setFocus()
        else:
            self._window.results.focus_results()

    def _expect_focus(self) -> None:
        self._takes_focus = True

    def add_example(self, picture: PictureRecord, is_more: bool) -> None:
        """Search for what is also more, or less, like this picture of the library."""
        source = LibrarySource(picture.id, record_name(picture))
        if self._window.query_editor.spec is not None:
            self._window.query_editor.add_example(source, is_more)
        elif is_more:
            self.find_similar(picture)

    def hide_folders(self, folders: Sequence[str]) -> None:
        """These are about to leave the library: search without them."""
        self._hidden = tuple(folders)
        self.search()

    def _filter(self) -> Filter:
        return self._window.filters.filter.excluding(self._hidden)

    def search(self) -> None:
        """Search for the current query with the options of the query bar. Words need no model:
        names are searched, too."""
        query = self._searching.query
        if query is None:
            return
        chosen = self._bar.models.chosen()
        overview = self._library.overview
        specs = [spec for spec in chosen if overview.indexed_by(spec.name)]
        is_of_words = not query.has_picture
        if specs or (is_of_words and overview.pictures):
            able = [spec for spec in chosen if spec.text is not None] if is_of_words else chosen
            if specs:
                self._offers.offer_to_index(able)
            self._searching.search(
                specs,
                self._bar.top.value(),
                self._bar.metric_box.currentData(),
                self._filter(),
                self._bar.look_twice.isChecked(),
            )
            return
        self._searching.discard_result()
        self._results.discard()
        if chosen:
            self._offers.show_nothing_indexed(chosen)
        else:
            self._pages.show_no_model()

    def _search_if_waiting(self, has_more: bool) -> None:
        """Search again for a query without results, because the library has changed."""
        is_waiting = self._searching.query is not None and self._searching.result is None
        if is_waiting and (has_more or not self._library.indexing.busy):
            self.search()

    # Back and forward

    def new_query(self) -> None:
        """To the start page."""
        self._history.visit(None)
        self._show_start()

    def step_back(self) -> None:
        """Show all that is listed; if nothing was hidden, go back; if there is nothing before, show
        all of the library."""
        if self._window.reset_filters():
            self._window.results.focus_results()
        elif self._history.can_go_back:
            self._history.go_back()
        else:
            self._window.filters.clear()

    def _show_place(self, place: Place) -> None:
        """The filter comes second, so that the query before is not searched for once more."""
        if place.asked is None:
            self._show_start()
        else:
            self._ask(place.asked)
        self._window.filters.set_filter(place.filter)

    def _show_start(self) -> None:
        self._pages.stop_loading()
        self.words_shown.emit(())
        self._words.clear()
        self._window.query_editor.spec = None
        self._searching.clear()
        self._window.show_query(None)
        self._bar.options.show_closeness(())
        self._window.notice.clear_unpinned()
        self._results.clear()
        self._window.show_start(self._library.overview.pictures > 0)

    # Results

    def _query_ready(self, facts: QueryFacts) -> None:
        self._results.discard()
        self._window.show_query(facts)
        if facts.spec is not None:  # without the network, and without encoding an image again
            self._history.replace_query(facts.spec)
        self.search()

    def _show_result(self, result: Result, specs: Sequence[ModelSpec]) -> None:
        self._pages.stop_loading()
        window, answer = self._window, self._searching.answer
        self._words.show_answer(answer, specs)
        is_filtered = not self._filter().is_everything
        window.results.empty.is_filtered = is_filtered
        window.results.most = self._searching.most
        self._results.show_result(result, specs, answer.names if answer is not None else None)
        window.pages.setCurrentWidget(window.results_page)
        if self._takes_focus and not self._bar.field.edit.hasFocus():  # or one is typing
            window.results.focus_results()
        self._takes_focus = False
        covers_all = result.combined_over >= self._library.overview.pictures
        if len(specs) > 1 and not (is_filtered or covers_all):
            self._tell_what_is_combined(result.combined_over, specs)

    def _tell_what_is_combined(self, pictures: int, specs: Sequence[ModelSpec]) -> None:
        """Once for each choice of models."""
        names = [spec.name for spec in specs]
        if names != self._told_of:
            self._told_of = names
            text = tr("Best matches are among the {n:,} pictures that all chosen models indexed.")
            self._feedback.show_status(text.format(n=pictures))

    def _offer_to_search_again(self, summary: str) -> None:
        if summary and self._searching.result is not None:
            self._window.notice.show_notice(summary, tr("Search again"), self.search)

    def _search_failed(self, error: BaseException) -> None:
        self._pages.stop_loading()
        self._words.clear()
        if isinstance(error, NothingPassesError):
            self._searching.discard_result()
            self._results.show_nothing_passes()
            self._window.pages.setCurrentWidget(self._window.results_page)
            return
        if self._searching.query is None:
            self._results.discard()
            self._window.show_query(None)
        self.show_error(error)

    def show_error(self, error: BaseException) -> None:
        """Show an error instead of the results: its page, or the bug dialog over the drop zone."""
        message = self._feedback.message_or_bug(error)
        if message is None:
            self.new_query()
        else:
            self._pages.show_error(error, message)
