"""Shows a search's result, and keeps the paths of its pictures up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal

from finder.core.i18n import tr
from finder.core.search.model_alone import in_best_order
from finder.gui.common.notices.window_ways import in_window
from finder.gui.results.details.standings_list import StandingRow
from finder.gui.results.folding_controller import FoldingController
from finder.gui.results.names import found_words
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.library.words.name_match import NameMatch
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Match, Result
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.gui.results.details.details_panel import DetailsPanel
    from finder.gui.results.details.picture_controller import PictureController
    from finder.gui.results.results_panel import ResultsPanel
    from finder.jobs.workspace import Workspace


class ResultsController(QObject):
    """Signals: note_found(a sentence to keep on the screen), note_gone(it does not apply any more);
    failed(error)."""

    note_found = Signal(str)
    note_gone = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        panel: ResultsPanel,
        details: DetailsPanel,
        pictures: PictureController,
        feed: ThumbnailFeed,
        task_runner: TaskRunner,
        workspace: Workspace,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._panel = panel
        self._details = details
        self._pictures = pictures
        self._feed = feed
        self._task_runner = task_runner
        self._workspace = workspace
        self._result: Result | None = None
        self._specs: Sequence[ModelSpec] = ()
        self._names: Sequence[NameMatch] | None = None
        self._shown_notes: Sequence[str] = ()
        self.folding = FoldingController(panel, self)
        self._connect()

    def _connect(self) -> None:
        panel, pictures = self._panel, self._pictures
        panel.match_selected.connect(self._select)
        panel.match_activated.connect(lambda match: pictures.files.open(match.picture))
        panel.preview_requested.connect(lambda _: pictures.perform("preview"))
        panel.menu_requested.connect(lambda _, at: self._show_menu(at))
        panel.stack_selected.connect(pictures.show_stack)
        pictures.stack_toggled.connect(self.folding.toggle)
        pictures.used.connect(self._keep_selection)
        pictures.files.places_found.connect(self._update_pictures)

    def _show_menu(self, at: QPoint) -> None:
        self._keep_selection()
        self._pictures.show_menu(at)

    def _keep_selection(self) -> None:
        if self._result is not None:
            self._panel.selection.keep()

    def show_result(
        self,
        result: Result,
        specs: Sequence[ModelSpec],
        names: Sequence[NameMatch] | None = None,
    ) -> None:
        """specs: the models of the search, in the order of their columns. names: what has the
        query's words in its names and texts, if it has words."""
        result = in_best_order(result)
        self._result, self._specs, self._names = result, specs, names
        if specs:
            self._feed.set_epoch(result.epoch)
        self._panel.show_result(result, specs, self.folding.begin(result, specs), names)
        self._show_notes([in_window(note) for note in result.notes])

    def _show_notes(self, notes: Sequence[str]) -> None:
        """What was said of the result before is not said again."""
        shown, self._shown_notes = self._shown_notes, notes
        for note in shown:
            if note not in notes:
                self.note_gone.emit(note)
        for note in notes:
            if note not in shown:
                self.note_found.emit(note)

    def show_proofs(self, result: Result) -> None:
        """The result that is shown, with matches that are proven to be the query's picture in
        front."""
        self._result = in_best_order(result)
        self.folding.show_proofs(self._result)
        selected = self._panel.selection.match
        if selected is not None:
            self._pictures.update_match(selected)
        self._show_standings(selected)

    def clear(self) -> None:
        """Call when there is no query any more."""
        self._result, self._specs, self._names = None, (), None
        self._show_notes(())
        self._pictures.select(None)
        self._details.show_standings(())
        self._details.show_found("")

    def show_nothing_passes(self) -> None:
        """No indexed picture passes the filter of the search."""
        self.clear()
        self._panel.show_nothing_passes()

    def discard(self) -> None:
        """Call when the displayed result is not that of the current query."""
        self._result = None

    def find_pictures(self) -> None:
        """Files or folders have appeared, disappeared or moved: look up where the pictures are."""
        if self._result is not None:
            named = [name.picture for name in self._names or ()]
            self._task_runner.call(
                Lane.QUICK,
                partial(self._workspace.pictures.locate, [*self._result.pictures(), *named]),
                self._update_pictures,
                self.failed.emit,
            )

    def _update_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        self._panel.update_pictures(pictures)
        self._pictures.update_pictures(pictures)

    def _select(self, match: Match | None) -> None:
        self._pictures.select(match)
        self._show_standings(match)

    def _show_standings(self, match: Match | None) -> None:
        proofs = self._result.same if self._result is not None else {}
        same = proofs.get(match.picture.id) if match is not None else None
        self._details.show_standings(self._standings(match), same)
        picture = match.picture.id if match is not None else None
        found = next((one for one in self._names or () if one.picture.id == picture), None)
        if found is None:
            self._details.show_found("")
        else:
            self._details.show_found(found_words.card_words(found), found_words.sentence(found))

    def _standings(self, match: Match | None) -> list[StandingRow]:
        """The picture's rank by each model, and in the combined ranking."""
        result, specs = self._result, self._specs
        if result is None or match is None or match.picture.id not in result.standings:
            return []  # of a picture that only names have there is no rank
        by_model = result.standings[match.picture.id]
        told = match.picture.id not in result.same, bool(result.query.words)
        rows = [
            StandingRow(
                spec.title,
                self._panel.model_colours.get(spec.name, ""),
                by_model.get(spec.name),
                result.metrics[spec.name],
                *told,
            )
            for spec in specs
        ]
        if len(specs) > 1:
            combined = result.combined_standings.get(match.picture.id)
            rows.insert(0, StandingRow(tr("Best matches"), "", combined, None, *told))
        return rows
