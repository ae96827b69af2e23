"""Who hears whom: the window's parts, the controllers, the workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMessageBox

from finder import __version__
from finder.core.errors import FinderError
from finder.core.i18n import tr, trn
from finder.core.library.catalogue.opening import DamagedCatalogueError
from finder.core.library.catalogue.settings import Settings
from finder.core.library.indexing.summary import moved
from finder.core.pictures.formats import EXTENSIONS
from finder.core.printable import printable
from finder.core.web.address import read_address
from finder.gui.common.formatting import local_time
from finder.gui.common.message_page import Button
from finder.gui.common.messages import BugReporter, worded
from finder.gui.library.index_controller import RunEnd
from finder.gui.library.library_controller import LibraryController
from finder.gui.library.watch_controller import WatchController
from finder.gui.models.import_controller import ImportController
from finder.gui.models.models_controller import ModelsController
from finder.gui.query.download_question import ask_to_download
from finder.gui.query.drop_data import DropData, take
from finder.gui.query.search_controller import SearchController
from finder.gui.results.picture_controller import PictureController
from finder.gui.results.thumbnail_feed import ThumbnailFeed
from finder.gui.shell.main_window import MainWindow
from finder.gui.shell.maintenance import MaintenanceController
from finder.jobs.maintenance_steps import RestoreProgress
from finder.jobs.task_runner import Lane, TaskRunner
from finder.jobs.workspace import (
    Dropped,
    QueryFacts,
    QuerySource,
    Workspace,
)

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.models.spec import ModelSpec
    from finder.core.search.matches import Match, Result
    from finder.gui.results.details_panel import StandingRow

_REMEMBER_MS = 1_000
_LOADING_AFTER_MS = 200
_SAID_MS = 8_000
_THUMB_STEP = 32


class Conductor(QObject):
    """Owns what happens between the parts. `start` once the window is up.

    Signal: left, when the window has been closed; what is under way is the exit half's to wait for.
    """

    left = Signal()

    def __init__(
        self,
        window: MainWindow,
        door: TaskRunner,
        workspace: Workspace,
        feed: ThumbnailFeed,
        settings: Settings,
        bugs: BugReporter,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.door = door
        self.workspace = workspace
        self._bugs = bugs
        self.searching = SearchController(door, workspace, self)
        self.library = LibraryController(window, door, workspace, settings.models_on, self)
        self.upkeep = MaintenanceController(workspace.home, door, window)
        self._feed = feed
        self.models = ModelsController(window, door, workspace, self.library, self)
        self.importing = ImportController(workspace.home, door, window)
        self.watching = WatchController(self.library, door, workspace, settings.watch, self)
        self.picture = PictureController(
            door, workspace, feed, window.details, window.actions_by_name, window
        )
        self._told: set[str] = set()
        self._loading = QTimer(self, singleShot=True, interval=_LOADING_AFTER_MS)
        self._remember = QTimer(self, singleShot=True, interval=_REMEMBER_MS)
        self._under_way: Callable[[], None] = lambda: None
        self._connect_parts()
        self._connect_controllers()
        self._connect_actions()
        window.query_bar.use(settings)
        window.restore(settings.geometry, settings.splitter)

    def start(self, picture: str | None = None) -> None:
        """Ask for a first picture, if one was given."""
        if picture:
            self.ask(QuerySource(picture, path=picture))

    def answer_ring(self, picture: str) -> None:
        """The program was started once more on this library, perhaps with a picture."""
        self.window.come_forward()
        self.start(picture)

    # Wiring

    def _connect_parts(self) -> None:
        window, bar = self.window, self.window.query_bar
        window.taken.connect(self.receive)
        window.closing.connect(self._close)
        window.painted.connect(self.library.refresh)
        window.painted.connect(lambda: self.door.call(Lane.IMPORT, self.workspace.tidy))
        for zone in (window.drop_zone, bar):
            zone.open_asked.connect(self.choose_query)
            zone.paste_asked.connect(self.paste)
        bar.asked_again.connect(self.search)
        window.filter_bar.filter_changed.connect(self.search)
        bar.thumb_size_changed.connect(window.results.set_thumb_size)
        bar.cut_off_changed.connect(window.results.set_cut_off)
        bar.words_changed.connect(window.results.set_words)
        for changed in (bar.asked_again, bar.thumb_size_changed):
            changed.connect(lambda *_: self._remember.start())
        results = window.results
        results.chosen.connect(self._choose)
        results.opened.connect(self.picture.open_match)
        results.previewed.connect(lambda _: self.picture.do("preview"))
        results.menu_asked.connect(self.picture.show_menu)
        self.picture.similar_asked.connect(lambda path: self.ask(QuerySource(path, path=path)))
        self.picture.said.connect(self.say)
        self.picture.found.connect(self._renew_pictures)
        self.picture.missing.connect(self._tell_missing)
        self.picture.failed.connect(self.tell)

    def _connect_controllers(self) -> None:
        searching, library = self.searching, self.library
        self.watching.away_changed.connect(self._show_away)
        self.watching.blind_changed.connect(self.window.library.show_blind)
        self.watching.said.connect(self.say)
        searching.reading.connect(self._reading_began)
        searching.searching.connect(self._searching_began)
        searching.ready.connect(self._query_ready)
        searching.answered.connect(self._show_result)
        searching.failed.connect(self._search_failed)
        library.changed.connect(self._library_changed)
        library.indexing.began.connect(lambda _: self._library_changed(True))
        library.finished.connect(self._offer_to_search)
        library.indexing.over.connect(self._run_ended)
        library.removed.connect(self.search)
        library.renewed.connect(self.search)
        library.said.connect(self.say)
        library.failed.connect(self._show_error)
        self.upkeep.repaired.connect(self._renew)
        self.upkeep.restored.connect(self._restored)
        self.upkeep.failed.connect(self.tell)
        self.models.failed.connect(self.tell)
        self.models.import_asked.connect(self.importing.choose_file)
        self.importing.added.connect(library.take_in_model)
        self.importing.failed.connect(self.tell)
        self._loading.timeout.connect(lambda: self._under_way())
        self._remember.timeout.connect(self.remember)

    def _connect_actions(self) -> None:
        bar = self.window.query_bar
        acts: dict[str, Callable[[], object]] = {
            "open": self.choose_query,
            "paste": self.paste,
            "new_query": self.new_query,
            "quit": self.window.close,
            "add_folder": self.library.choose_folder,
            "rescan": self.library.rescan,
            "skipped": self.library.show_skipped,
            "models": self.models.open,
            "import_model": self.importing.choose_file,
            "check": self.upkeep.check,
            "restore": self.upkeep.choose_copy,
            "filter": bar.words.setFocus,
            "larger": lambda: bar.thumb_size.setValue(bar.thumb_size.value() + _THUMB_STEP),
            "smaller": lambda: bar.thumb_size.setValue(bar.thumb_size.value() - _THUMB_STEP),
            "about": self._about,
        }
        for name, act in acts.items():
            self.window.actions_by_name[name].triggered.connect(lambda _=False, act=act: act())
        watch = self.window.actions_by_name["watch"]
        watch.setChecked(self.watching.on)
        watch.toggled.connect(self.watching.switch)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Cancel), self.window, self.step_back)

    # Asking

    def receive(self, intake: DropData) -> None:
        """What was dropped or pasted: a query picture, its address, or folders for the library."""
        if intake.complaint:
            self.window.notice.show_notice(intake.complaint)
        elif intake.paths:
            self.door.call(
                Lane.LOOK, partial(self.workspace.sort_out, intake.paths), self._sorted_out
            )
        elif intake.image is not None:
            self.ask(QuerySource(tr("Pasted picture"), image=intake.image))
        elif intake.url:
            self._offer_download(intake.url)
        else:
            self.ask(QuerySource(tr("Pasted picture"), data=intake.data))

    def ask(self, source: QuerySource) -> None:
        self.window.notice.pass_on()
        self.searching.ask(source)

    def search(self) -> None:
        """The same picture, as the query bar now wants it."""
        if self.searching.query is None:
            return
        bar = self.window.query_bar
        chosen = bar.models.chosen()
        specs = [spec for spec in chosen if self.library.overview.indexed_by(spec.name)]
        if not specs:
            self.searching.put_off()
        if not chosen:
            self._show_message(tr("No model is chosen"), tr("Choose at least one under Models."))
        elif not specs:
            self._show_nothing_indexed(chosen)
        else:
            self._offer_to_index(chosen)
            self.searching.search(
                specs,
                bar.top.value(),
                bar.metric_box.currentData(),
                self.window.filter_bar.filter,
            )

    def paste(self) -> None:
        """An empty clipboard has no MIME data at all on some platforms."""
        self.receive(take(QGuiApplication.clipboard().mimeData() or QMimeData()))

    def choose_query(self) -> None:
        endings = " ".join(f"*{ending}" for ending in EXTENSIONS)
        dialog = QFileDialog(self.window, tr("Choose a query picture"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Pictures ({endings})").format(endings=endings), tr("All (*)")])
        dialog.fileSelected.connect(lambda path: self.ask(QuerySource(path, path=path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def new_query(self) -> None:
        """Back to the drop zone."""
        self._loading.stop()
        self.searching.forget()
        self.window.query_bar.show_query(None)
        self.window.notice.pass_on()
        self.picture.choose(None)
        self.window.details.show_standings(())
        self.window.pages.setCurrentWidget(self.window.drop_zone)

    def step_back(self) -> None:
        """Esc: show everything again; if nothing was hidden, back to the drop zone."""
        if self.window.query_bar.reset_narrowing():
            self.window.results.focus_results()
        else:
            self.new_query()

    def _offer_download(self, url: str) -> None:
        try:
            address = read_address(url)
        except FinderError as error:
            self.tell(error)
            return
        source = QuerySource(address.label, url=address.url)
        ask_to_download(self.window, address, lambda: self.ask(source))

    def _sorted_out(self, dropped: Dropped) -> None:
        if dropped.folders:
            self.library.add_folders(dropped.folders)
        if dropped.files:
            first, *more = dropped.files
            self.ask(QuerySource(first, path=first, more_paths=tuple(more)))
        if dropped.models:
            self.importing.open(dropped.models[0])
            if len(dropped.models) > 1:
                self.window.notice.show_notice(
                    trn(
                        "{n} model was dropped; the first one is looked at.",
                        "{n} models were dropped; the first one is looked at.",
                        len(dropped.models),
                    )
                )
        if dropped.missing and not (dropped.files or dropped.folders or dropped.models):
            self.window.notice.show_notice(
                tr("There is no file {path}.").format(path=dropped.missing[0])
            )

    # Answers

    def _query_ready(self, facts: QueryFacts) -> None:
        self.window.query_bar.show_query(facts)
        self.search()

    def _show_result(self, result: Result, specs: Sequence[ModelSpec]) -> None:
        self._loading.stop()
        results = self.window.results
        self._feed.enter(result.epoch)
        results.show_result(result, specs)
        for note in result.notes:
            if note not in self._told:
                self._told.add(note)
                self.window.notice.keep_notice(note)
        self.window.pages.setCurrentWidget(results)
        if not self.window.query_bar.isAncestorOf(self.window.focusWidget() or self.window):
            results.focus_results()
        is_filtered = not self.window.filter_bar.filter.is_everything
        indexed_by_all = result.combined_over >= self.library.overview.pictures
        if len(specs) > 1 and not (is_filtered or indexed_by_all):
            self.say(
                tr(
                    "Combined looks at the {n:,} pictures that all chosen models have indexed."
                ).format(n=result.combined_over)
            )

    def _choose(self, match: Match | None) -> None:
        self.picture.choose(match)
        result = self.searching.result
        if result is None or match is None:
            self.window.details.show_standings(())
            return
        picture = match.picture.id
        by_model = result.standings.get(picture, {})
        specs = [s for s in self.window.query_bar.models.chosen() if s.name in result.models]
        rows: list[StandingRow] = [
            (spec.title, by_model.get(spec.name), result.metrics[spec.name]) for spec in specs
        ]
        if len(specs) > 1:
            rows.append((tr("Combined"), result.combined_standings.get(picture), None))
        self.window.details.show_standings(rows)

    def _search_failed(self, error: BaseException) -> None:
        self._loading.stop()
        if self.searching.query is None:
            self.window.query_bar.show_query(None)
        self._show_error(error)

    def _reading_began(self, source: QuerySource) -> None:
        if source.url:
            cancel = (tr("Cancel"), self.new_query)
            self._load(tr("Downloading the picture …"), source.label, [cancel])
        else:
            self._load(tr("Reading the picture …"))

    def _searching_began(self) -> None:
        self._load(tr("Searching …"))

    def _load(self, title: str, hint: str = "", buttons: Sequence[Button] = ()) -> None:
        """Say so if it takes longer than a moment."""
        hint = hint or tr("The first search loads the models.")
        self._under_way = partial(self._show_message, title, hint, buttons, busy=True)
        self._loading.start()

    def _library_changed(self, news: bool) -> None:
        """A query that could not be answered yet may be now."""
        waiting = self.searching.query is not None and self.searching.result is None
        if waiting and (news or not self.library.indexing.busy):
            self.search()

    def _show_away(self, away: frozenset[str]) -> None:
        self.window.library.show_away(away)
        self._look_again()

    def _look_again(self) -> None:
        """Files or folders have come, gone or moved: where are the pictures on the screen?"""
        if self.searching.result is not None:
            self.door.call(
                Lane.LOOK,
                partial(self.workspace.look_again, self.searching.result.pictures()),
                self._renew_pictures,
                self.tell,
            )

    def _renew_pictures(self, pictures: Mapping[int, PictureRecord]) -> None:
        self.window.results.renew(pictures)
        self.picture.renew(pictures)

    def _tell_missing(self, picture: PictureRecord) -> None:
        self.window.notice.show_notice(
            tr(
                "“{path}” is not there now, and no other place of the picture is known. If it was "
                "moved, rescan your folders; if its drive is not plugged in, plug it in."
            ).format(path=printable(picture.paths[0])),
            tr("Rescan"),
            self.library.rescan,
        )

    def _offer_to_search(self, summary: str) -> None:
        if self.searching.result is not None:
            self.window.notice.show_notice(summary, tr("Search again"), self.search)

    def _run_ended(self, end: RunEnd) -> None:
        """What a run found damaged and mended, or moved, whoever asked for it."""
        if end.progress is None:
            return
        if end.progress.notes:
            self.window.notice.keep_notice(" ".join(end.progress.notes))
        for old, new in end.progress.moved.items():
            self.window.notice.keep_notice(moved(printable(old), printable(new)))
        if end.progress.counts.known or end.progress.counts.removed or end.progress.moved:
            self._look_again()

    def _renew(self, settings: Settings | None = None) -> None:
        """The catalogue may be another file now: the search opens it anew."""
        self.door.call(Lane.SEARCH, self.workspace.close)
        self.library.renew(settings)

    def _restored(self, look: RestoreProgress) -> None:
        if look.settings is not None:
            self.window.actions_by_name["watch"].setChecked(look.settings.watch)
            self.window.query_bar.use(look.settings)
        self._renew(look.settings)
        self.window.notice.keep_notice(
            tr("The library is that of {time} again; what has changed since is taken in.").format(
                time=local_time(look.copy.made)
            )
        )

    def _show_nothing_indexed(self, chosen: Sequence[ModelSpec]) -> None:
        if self.library.indexing.busy:
            self._show_message(
                tr("Indexing has just begun"),
                tr("Matches appear here as soon as the first pictures are indexed."),
                busy=True,
            )
        elif not self.library.overview.folders:
            self._show_message(
                tr("The library is empty"),
                tr("Add a folder of pictures first; then this picture is searched for."),
                [
                    (tr("Add a folder…"), self.library.choose_folder),
                    (tr("Try the sample pictures"), self.library.add_samples),
                ],
            )
        else:
            names = ", ".join(spec.title for spec in chosen)
            self._show_message(
                tr("Not indexed yet: {names}").format(names=names),
                tr("Your pictures must be indexed with a model before it can find anything."),
                [(tr("Index now"), partial(self.library.index_with, *(s.name for s in chosen)))],
            )

    def _offer_to_index(self, chosen: Sequence[ModelSpec]) -> None:
        behind = [
            s
            for s in chosen
            if self.library.overview.indexed_by(s.name) < self.library.overview.pictures
        ]
        if not behind or self.library.indexing.busy or self.library.overview.is_snapshot:
            return
        self.window.notice.show_notice(
            tr("Not all your pictures are indexed yet with: {names}").format(
                names=", ".join(spec.title for spec in behind)
            ),
            tr("Index now"),
            partial(self.library.index_with, *(spec.name for spec in behind)),
        )

    # Telling

    def say(self, text: str) -> None:
        self.window.statusBar().showMessage(text, _SAID_MS)

    def _show_message(
        self, title: str, hint: str, buttons: Sequence[Button] = (), busy: bool = False
    ) -> None:
        self._loading.stop()
        self.window.message.show_message(title, hint, buttons, busy)
        self.window.pages.setCurrentWidget(self.window.message)

    def tell(self, error: BaseException) -> None:
        """What went wrong aside from the question on the screen: a notice, or a bug."""
        message = worded(error)
        if message is None:
            self._bugs.report(error)
        else:
            self.window.notice.show_notice(f"{message.title} {message.hint}")

    def _show_error(self, error: BaseException) -> None:
        message = worded(error)
        if message is None:
            self._bugs.report(error)
            self.new_query()
            return
        ways: list[Button] = [
            (tr("Open picture…"), self.choose_query),
            (tr("New search"), self.new_query),
        ]
        if isinstance(error, DamagedCatalogueError):
            ways = [
                (tr("Check library…"), self.upkeep.check),
                (tr("Restore a copy…"), self.upkeep.choose_copy),
            ]
        self._show_message(message.title, message.hint, ways)

    def _about(self) -> None:
        box = QMessageBox(self.window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(tr("About Image Finder"))
        box.setText(tr("Image Finder {version}").format(version=__version__))
        box.setInformativeText(
            tr(
                "Finds pictures that look alike, for several AI models side by side. Everything "
                "stays on this computer.\n\nLibrary: {home}"
            ).format(home=self.workspace.home.root)
        )
        box.finished.connect(box.deleteLater)
        box.open()

    # Leaving

    def remember(self) -> None:
        """Keep what the user chose."""
        bar = self.window.query_bar
        changes = {
            "top": bar.top.value(),
            "metric": bar.metric_box.currentData(),
            "thumb_size": bar.thumb_size.value(),
            "geometry": self.window.kept_geometry(),
            "splitter": self.window.kept_splitter(),
        }
        if bar.models.rows:  # not before the models are known
            changes["models_shown"] = bar.models.choice()
        self.door.call(Lane.LOOK, partial(self.workspace.save, changes))

    def _close(self) -> None:
        self.remember()
        self.watching.stop()
        self.library.indexing.cancel()
        QTimer.singleShot(0, self, self.left.emit)  # Qt hides the window first
