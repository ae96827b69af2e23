"""The preview: which picture it shows, of which list, and with which query it is compared."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize
from PySide6.QtGui import QImage

from finder.core.i18n import tr
from finder.core.pictures.transform import UPRIGHT, Box, Orientation, Transform
from finder.core.printable import printable
from finder.gui.common.formatting import record_name
from finder.gui.results import proof_words
from finder.gui.results.details.picture_controller import PICTURE_ACTIONS, PictureController
from finder.gui.results.preview.preview_facts import PreviewFacts
from finder.gui.results.preview.preview_loader import PreviewLoader
from finder.gui.results.result_filter import COMBINED
from finder.jobs.images import PictureSource, transformed
from finder.jobs.library_pictures import FULL_SIDE, PREVIEW_SIDE, PictureDetails

if TYPE_CHECKING:
    from finder.core.search.matches import Match, Standing
    from finder.core.search.verify.sameness import Sameness
    from finder.gui.grid.picture_view import PictureView
    from finder.gui.grid.thumbnail_feed import ThumbnailFeed
    from finder.gui.query.search_controller import SearchController
    from finder.gui.results.compare.result_column import ResultColumn
    from finder.gui.results.preview.preview_dialog import PreviewDialog
    from finder.gui.shell.main_window import MainWindow
    from finder.jobs.query_facts import ExampleFacts
    from finder.jobs.task_runner import TaskRunner
    from finder.jobs.workspace import Workspace


class PreviewController(QObject):
    """Shows the selected picture, and selects the next one of its list: of a column's matches, or
    of the library."""

    def __init__(
        self,
        window: MainWindow,
        pictures: PictureController,
        searching: SearchController,
        feed: ThumbnailFeed,
        task_runner: TaskRunner,
        workspace: Workspace,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._pictures = pictures
        self._searching = searching
        self._feed = feed
        self._dialog: PreviewDialog | None = None
        self._shown: int | None = None
        self._query: tuple[ExampleFacts, Transform] | None = None
        self._loader = PreviewLoader(task_runner, workspace, self)
        self._query_loader = PreviewLoader(task_runner, workspace, self)
        self._connect()

    def _connect(self) -> None:
        pictures, library = self._pictures, self._window.library_page.view
        pictures.preview_requested.connect(self.open)
        pictures.selected.connect(self._show)
        pictures.updated.connect(self._show)
        pictures.details_loaded.connect(self._show_details)
        pictures.similar_requested.connect(self._close)
        pictures.example_given.connect(self._close)
        library.preview_requested.connect(lambda _: pictures.perform("preview"))
        library.menu_requested.connect(lambda _, at: pictures.show_menu(at))
        self._loader.changed.connect(self._show_picture)
        self._query_loader.changed.connect(self._show_query)

    def open(self) -> None:
        """Show the selected picture."""
        match = self._pictures.match
        if match is None:
            return
        dialog = self._dialog or self._make_dialog()
        dialog.open()
        self._show(match)

    def _make_dialog(self) -> PreviewDialog:
        from finder.gui.results.preview.preview_dialog import PreviewDialog

        actions = [self._window.actions_by_name[name] for name in PICTURE_ACTIONS]
        self._dialog = dialog = PreviewDialog(self._window, actions)
        dialog.step_requested.connect(self._step)
        dialog.action_requested.connect(self._pictures.perform)
        dialog.mode_chosen.connect(self._load_query)
        dialog.stage.enlarged.connect(self._load_pixels)
        dialog.finished.connect(lambda _: self._let_go())
        return dialog

    def _is_open(self) -> bool:
        return self._dialog is not None and self._dialog.isVisible()

    def _close(self) -> None:
        if self._dialog is not None:
            self._dialog.close()

    def _let_go(self) -> None:
        """Of the pictures, which may be large."""
        self._shown = self._query = None
        self._loader.clear()
        self._query_loader.clear()
        if self._dialog is not None:
            self._dialog.stage.clear()

    # The list

    def _view(self) -> PictureView | None:
        """What lists the picture."""
        if self._window.is_at_start:
            return self._window.library_page.view
        column = self._column()
        return column.view if column is not None else None

    def _column(self) -> ResultColumn | None:
        """In which the picture was selected; it may be in others, too, with another rank."""
        match = self._pictures.match
        shown = [column for column in self._window.results.columns if column.isVisible()]
        for column in shown:
            here = column.model.match_at(column.view.currentIndex().row())
            if match and here and (here.rank, here.score) == (match.rank, match.score):
                return column
        return next(iter(shown), None)

    def _step(self, step: int) -> None:
        view = self._view()
        if view is not None:
            row = view.currentIndex().row() + step
            if 0 <= row < view.count():
                view.go_to_row(row)

    # The picture

    def _show(self, match: Match | None) -> None:
        """The selected picture, if there is one: its record may still be being loaded."""
        if match is None or self._dialog is None or not self._is_open():
            return
        is_other = match.picture.id != self._shown
        self._shown = match.picture.id
        self._show_facts(match)
        self._load_query()
        if is_other:
            facts = match.picture.facts
            thumb = self._feed.pixmap(match.picture.id)
            image = thumb.toImage() if thumb is not None else QImage()
            self._loader.begin(image, QSize(facts.width, facts.height))
        if self._pictures.details is not None:
            self._show_details(self._pictures.details)

    def _show_facts(self, match: Match) -> None:
        view = self._view()
        if self._dialog is None or view is None:
            return
        self._dialog.set_has_query(self._sight(match) is not None)
        self._dialog.show_facts(
            PreviewFacts(
                record_name(match.picture),
                self._words(match),
                view.currentIndex().row() + 1,
                view.count(),
                _note(self._pictures.details),
                proof_words.turned_query(self._proof(match), self._orientation(match)),
                standing.part if (standing := self._standing(match)) is not None else None,
                self._texts(match),
            )
        )

    def _words(self, match: Match) -> str:
        """Its place in the results; of a picture of the library, its facts."""
        column = self._column()
        if self._window.is_at_start or column is None:
            facts = match.picture.facts
            words = (f"{facts.width:,} × {facts.height:,}", facts.format, facts.taken)
            return " · ".join(word for word in words if word)
        here = column.model.match_at(column.view.currentIndex().row()) or match
        rank = tr("Rank {rank}").format(rank=here.rank)
        return " · ".join(one for one in (rank, *column.model.facts(here), column.title) if one)

    def _proof(self, match: Match) -> Sameness | None:
        """That the match is the query's picture."""
        result = self._searching.result
        is_of_search = result is not None and not self._window.is_at_start
        return result.same.get(match.picture.id) if result and is_of_search else None

    def _texts(self, match: Match) -> tuple[Box, ...]:
        """Where in it words were found, if it was selected in a list of these."""
        column = self._column()
        is_of_search = column is not None and not self._window.is_at_start
        return column.model.texts(match) if column is not None and is_of_search else ()

    def _show_picture(self) -> None:
        if self._dialog is not None and self._is_open():
            self._dialog.show_picture(self._loader.pyramid)

    def _show_details(self, details: PictureDetails) -> None:
        match = self._pictures.match
        if match is None or details.picture.id != self._shown:
            return
        self._show_facts(match)
        is_readable = details.path is not None and not details.image.isNull()
        self._loader.set_source(PictureSource(details.path) if is_readable else None)
        self._loader.add([details.image])

    def _load_pixels(self) -> None:
        """As many as can be seen; all that a picture has as soon as it is enlarged."""
        if self._dialog is None:
            return
        view = self._dialog.stage.match
        is_whole = view.viewpoint.zoom <= 1
        side = round(max(view.width(), view.height()) * view.devicePixelRatioF())
        for loader in (self._loader, self._query_loader):
            loader.load(min(side, FULL_SIDE) if is_whole else FULL_SIDE)

    # The query

    def _sight(self, match: Match) -> tuple[ExampleFacts, Transform] | None:
        """The picture that is searched for, and what of it, turned as it is most like this match.
        Of several, the one that the match is proven to be, else the first."""
        query = self._searching.query
        if query is None or self._window.is_at_start:
            return None
        proof = self._proof(match)
        wanted = [example for example in query.examples if example.asked.weight > 0]
        if not wanted:
            return None
        shown = query.examples[proof.example] if proof is not None else wanted[0]
        return shown, shown.asked.transform.then(self._orientation(match))

    def _orientation(self, match: Match) -> Orientation:
        standing = self._standing(match)
        return standing.orientation if standing is not None else UPRIGHT

    def _standing(self, match: Match) -> Standing | None:
        """In the ranking of the column; of a picture of the library, none."""
        result, column = self._searching.result, self._column()
        if result is None or column is None or self._window.is_at_start:
            return None
        if column.key == COMBINED:
            return result.combined_standings.get(match.picture.id)
        return result.standings.get(match.picture.id, {}).get(column.key)

    def _load_query(self) -> None:
        """Load it when it is compared; once for all matches that it is turned alike for."""
        match = self._pictures.match
        if self._dialog is None or match is None or not self._dialog.compares:
            return
        sight = self._sight(match)
        if sight is None:
            return
        facts, transform = sight
        if self._query is not None and self._query[0] is facts and self._query[1] == transform:
            return
        self._query = sight
        size = _size(facts, transform)
        self._query_loader.begin(transformed(facts.image, transform), size)
        if not facts.is_gone:
            self._query_loader.set_source(PictureSource(facts.path, facts.data, transform))
            self._query_loader.load(PREVIEW_SIDE)

    def _show_query(self) -> None:
        if self._dialog is not None and self._query is not None:
            caption = _query_caption(*self._query)
            self._dialog.stage.show_query(caption, self._query_loader.pyramid)


def _note(details: PictureDetails | None) -> str:
    if details is None:
        return ""
    if details.path is None:
        return tr("Its file is not there now; this is its thumbnail.")
    return tr("Its file cannot be read now.") if details.image.isNull() else ""


def _size(facts: ExampleFacts, transform: Transform) -> QSize:
    """Of the part that is searched for, in pixels."""
    size = QSize(facts.width, facts.height)
    if transform.crop is not None and not size.isEmpty():
        left, top, right, bottom = transform.crop.in_pixels(size.width(), size.height())
        size = QSize(right - left, bottom - top)
    return size.transposed() if transform.quarter_turns % 2 else size


def _query_caption(facts: ExampleFacts, transform: Transform) -> str:
    words = [printable(os.path.basename(facts.label))]
    if transform.crop is not None:
        words.append(tr("part"))
    if transform.quarter_turns:
        words.append(tr("turned by {n}°").format(n=90 * transform.quarter_turns))
    if transform.mirrored:
        words.append(tr("mirrored"))
    if facts.is_gone:
        words.append(tr("its file is not there now"))
    return " · ".join(words)
