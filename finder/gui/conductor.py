"""Who hears whom: the window's parts, the controllers, the workspace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QMimeData, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMessageBox

from finder import __version__
from finder.core.library.catalogue import KnownFile
from finder.core.library.progress import Progress
from finder.core.models.spec import ModelSpec
from finder.core.pictures.formats import EXTENSIONS
from finder.core.search.matches import Match, Result
from finder.core.settings import Settings, indexing_models
from finder.core.text import tr, trn
from finder.gui.index_controller import IndexController
from finder.gui.intake import Intake, take
from finder.gui.main_window import MainWindow
from finder.gui.message_page import Button
from finder.gui.messages import BugReporter, worded
from finder.gui.picture_controller import PictureController
from finder.gui.plan_dialog import PlanDialog
from finder.gui.search_controller import SearchController
from finder.gui.skipped_dialog import SkippedDialog
from finder.gui.thumbnails import ThumbnailFeed
from finder.jobs.door import Door, Lane
from finder.jobs.workspace import (
    Dropped,
    Overview,
    QueryFacts,
    QuerySource,
    Survey,
    Workspace,
    samples_folder,
)

_REMEMBER_MS = 1_000
_LOADING_AFTER_MS = 200
_CLOSE_LOOK_MS = 50
_CLOSE_LIMIT_MS = 5_000
_SAID_MS = 8_000
_THUMB_STEP = 32


class Conductor(QObject):
    """Owns what happens between the parts. `start` once the window is up."""

    def __init__(
        self,
        window: MainWindow,
        door: Door,
        workspace: Workspace,
        feed: ThumbnailFeed,
        settings: Settings,
        bugs: BugReporter,
    ) -> None:
        super().__init__(window)
        self.window = window
        self.door = door
        self.workspace = workspace
        self.settings = settings
        self.overview = Overview()
        self._bugs = bugs
        self.searching = SearchController(door, workspace, self)
        self.indexing = IndexController(door, workspace, self)
        self.picture = PictureController(
            door, workspace, feed, window.details, window.actions_by_name, window
        )
        self._loading = QTimer(self, singleShot=True, interval=_LOADING_AFTER_MS)
        self._remember = QTimer(self, singleShot=True, interval=_REMEMBER_MS)
        self._close_waited = 0
        self._connect_parts()
        self._connect_controllers()
        self._connect_actions()
        window.query_bar.use(settings)
        window.restore(settings.geometry, settings.splitter)

    def start(self, picture: str | None = None) -> None:
        """Look at the library; then ask for a first picture, if one was given."""
        self.refresh()
        if picture:
            self.ask(QuerySource(picture, path=picture))

    # Wiring

    def _connect_parts(self) -> None:
        window, bar, library = self.window, self.window.query_bar, self.window.library
        window.taken.connect(self.receive)
        window.closing.connect(self._close)
        for zone in (window.drop_zone, bar):
            zone.open_asked.connect(self.choose_query)
            zone.paste_asked.connect(self.paste)
        window.drop_zone.folder_asked.connect(self.choose_folder)
        window.drop_zone.samples_asked.connect(self.add_samples)
        bar.asked_again.connect(self.search)
        bar.models.index_asked.connect(self.index_with)
        bar.models.switched.connect(self._switch_models)
        bar.thumb_size_changed.connect(window.results.set_thumb_size)
        bar.cut_off_changed.connect(window.results.set_cut_off)
        bar.words_changed.connect(window.results.set_words)
        for changed in (bar.asked_again, bar.thumb_size_changed):
            changed.connect(lambda *_: self._remember.start())
        library.add_asked.connect(self.choose_folder)
        library.rescan_asked.connect(self.rescan)
        library.remove_asked.connect(self.ask_to_remove)
        library.skipped_asked.connect(self.show_skipped)
        library.progress.pause_asked.connect(self.indexing.pause)
        library.progress.cancel_asked.connect(self.indexing.cancel)
        results = window.results
        results.chosen.connect(self._choose)
        results.opened.connect(self.picture.open_match)
        results.previewed.connect(lambda _: self.picture.do("preview"))
        results.menu_asked.connect(self.picture.show_menu)
        self.picture.similar_asked.connect(lambda path: self.ask(QuerySource(path, path=path)))
        self.picture.said.connect(self.say)

    def _connect_controllers(self) -> None:
        searching, indexing = self.searching, self.indexing
        searching.reading.connect(self._loading.start)
        searching.searching.connect(self._loading.start)
        searching.ready.connect(self._query_ready)
        searching.answered.connect(self._show_result)
        searching.failed.connect(self._search_failed)
        self._loading.timeout.connect(self._show_loading)
        self._remember.timeout.connect(self.remember)
        indexing.began.connect(self._index_began)
        indexing.progressed.connect(self._index_progressed)
        indexing.stored.connect(self.refresh)
        indexing.ended.connect(self._index_ended)
        indexing.failed.connect(self._index_failed)
        indexing.plan_wanted.connect(self._show_plan)

    def _connect_actions(self) -> None:
        bar = self.window.query_bar
        acts: dict[str, Callable[[], object]] = {
            "open": self.choose_query,
            "paste": self.paste,
            "new_query": self.new_query,
            "quit": self.window.close,
            "add_folder": self.choose_folder,
            "rescan": self.rescan,
            "skipped": self.show_skipped,
            "filter": bar.words.setFocus,
            "larger": lambda: bar.thumb_size.setValue(bar.thumb_size.value() + _THUMB_STEP),
            "smaller": lambda: bar.thumb_size.setValue(bar.thumb_size.value() - _THUMB_STEP),
            "about": self._about,
        }
        for name, act in acts.items():
            self.window.actions_by_name[name].triggered.connect(lambda _=False, act=act: act())
        QShortcut(QKeySequence(QKeySequence.StandardKey.Cancel), self.window, self.step_back)

    # Asking

    def receive(self, intake: Intake) -> None:
        """What was dropped or pasted: a query picture, or folders for the library."""
        if intake.complaint:
            self.window.notice.show_notice(intake.complaint)
        elif intake.paths:
            self.door.call(
                Lane.LOOK, partial(self.workspace.sort_out, intake.paths), self._sorted_out
            )
        elif intake.image is not None:
            self.ask(QuerySource(tr("Pasted picture"), image=intake.image))
        else:
            self.ask(QuerySource(tr("Pasted picture"), data=intake.data))

    def ask(self, source: QuerySource) -> None:
        self.window.notice.hide()
        self.searching.ask(source)

    def search(self) -> None:
        """The same picture, as the query bar now wants it."""
        if self.searching.query is None:
            return
        bar = self.window.query_bar
        chosen = bar.models.chosen()
        specs = [spec for spec in chosen if self.overview.indexed_by(spec.name)]
        if not specs:
            self.searching.put_off()
        if not chosen:
            self._show_message(tr("No model is chosen"), tr("Choose at least one under Models."))
        elif not specs:
            self._show_nothing_indexed(chosen)
        else:
            self._offer_to_index(chosen)
            self.searching.search(specs, bar.top.value(), bar.metric_box.currentData())

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
        self.window.notice.hide()
        self.picture.choose(None)
        self.window.details.show_standings(())
        self.window.pages.setCurrentWidget(self.window.drop_zone)

    def step_back(self) -> None:
        """Esc: show everything again; if nothing was hidden, back to the drop zone."""
        if self.window.query_bar.reset_narrowing():
            self.window.results.focus_results()
        else:
            self.new_query()

    def _sorted_out(self, dropped: Dropped) -> None:
        if dropped.folders:
            self.add_folders(dropped.folders)
        if dropped.files:
            self.ask(QuerySource(dropped.files[0], path=dropped.files[0]))
            if len(dropped.files) > 1:
                self.window.notice.show_notice(
                    trn(
                        "{n} picture was dropped; the first one is the query.",
                        "{n} pictures were dropped; the first one is the query.",
                        len(dropped.files),
                    )
                )
        if dropped.missing and not dropped.files and not dropped.folders:
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
        results.show_result(result, specs)
        self.window.pages.setCurrentWidget(results)
        if not self.window.query_bar.isAncestorOf(self.window.focusWidget() or self.window):
            results.focus_results()
        if len(specs) > 1 and result.combined_over < self.overview.pictures:
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
        rows = [(spec.title, by_model.get(spec.name)) for spec in specs]
        if len(specs) > 1:
            rows.append((tr("Combined"), result.combined_standings.get(picture)))
        self.window.details.show_standings(rows)

    def _search_failed(self, error: BaseException) -> None:
        self._loading.stop()
        if self.searching.query is None:
            self.window.query_bar.show_query(None)
        self._show_error(error)

    def _show_loading(self) -> None:
        reading = self.searching.query is None
        title = tr("Reading the picture …") if reading else tr("Searching …")
        self._show_message(title, tr("The first search loads the models."), busy=True)

    def _show_nothing_indexed(self, chosen: Sequence[ModelSpec]) -> None:
        if self.indexing.busy:
            self._show_message(
                tr("Indexing has just begun"),
                tr("Matches appear here as soon as the first pictures are indexed."),
                busy=True,
            )
        elif not self.overview.folders:
            self._show_message(
                tr("The library is empty"),
                tr("Add a folder of pictures first; then this picture is searched for."),
                [
                    (tr("Add a folder…"), self.choose_folder),
                    (tr("Try the sample pictures"), self.add_samples),
                ],
            )
        else:
            names = ", ".join(spec.title for spec in chosen)
            self._show_message(
                tr("Not indexed yet: {names}").format(names=names),
                tr("Your pictures must be indexed with a model before it can find anything."),
                [(tr("Index now"), partial(self.index_with, *(s.name for s in chosen)))],
            )

    def _offer_to_index(self, chosen: Sequence[ModelSpec]) -> None:
        behind = [s for s in chosen if self.overview.indexed_by(s.name) < self.overview.pictures]
        if not behind or self.indexing.busy:
            return
        self.window.notice.show_notice(
            tr("{names} has not indexed all your pictures.").format(
                names=", ".join(spec.title for spec in behind)
            ),
            tr("Index now"),
            partial(self.index_with, *(spec.name for spec in behind)),
        )

    # Library

    def refresh(self) -> None:
        self.door.call(Lane.LOOK, self.workspace.overview, self._show_overview, self._show_error)

    def choose_folder(self) -> None:
        dialog = QFileDialog(self.window, tr("Add a folder of pictures"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self.add_folders([path]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def add_folders(self, folders: Sequence[str]) -> None:
        self.indexing.index(folders, indexing_models(self.settings, self.overview.models))

    def add_samples(self) -> None:
        folder = samples_folder()
        if folder:
            self.add_folders([folder])
        else:
            self.window.notice.show_notice(tr("The sample pictures are not installed."))

    def rescan(self) -> None:
        folders = [folder.path for folder in self.overview.folders]
        if folders and not self.indexing.busy:
            self.add_folders(folders)

    def index_with(self, *names: str) -> None:
        """Index all folders with the named models."""
        specs = [spec for spec in self.overview.models if spec.name in names]
        folders = [folder.path for folder in self.overview.folders]
        if folders:
            self.indexing.index(folders, specs)
        else:
            self.choose_folder()

    def _switch_models(self, names: Sequence[str]) -> None:
        """These models index what is added from now on."""
        everything = len(names) == len(self.overview.models)
        self.settings = replace(self.settings, models_on=None if everything else tuple(names))
        self._remember.start()

    def ask_to_remove(self, folder: str) -> None:
        box = QMessageBox(self.window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(tr("Remove folder"))
        box.setText(tr("Take this folder out of the library?"))
        box.setInformativeText(
            tr("{folder}\nThe pictures themselves are not touched.").format(folder=folder)
        )
        remove = box.addButton(tr("Remove"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        remove.clicked.connect(lambda: self.remove(folder))
        box.finished.connect(box.deleteLater)
        box.open()

    def remove(self, folder: str) -> None:
        self.door.call(
            Lane.LIBRARY, partial(self.workspace.forget, folder), self._removed, self._show_error
        )

    def show_skipped(self) -> None:
        self.door.call(Lane.LOOK, self.workspace.skipped, self._show_skipped)

    def _show_overview(self, overview: Overview) -> None:
        before, self.overview = self.overview, overview
        window = self.window
        window.library.show_overview(overview)
        window.library.set_busy(self.indexing.busy)
        window.query_bar.models.show_models(overview)
        window.query_bar.models.switch(indexing_models(self.settings, overview.models))
        window.drop_zone.show_library(overview.pictures, bool(overview.folders))
        for broken in overview.broken[len(before.broken) :]:
            window.notice.show_notice(broken.sentence)
        waiting = self.searching.query is not None and self.searching.result is None
        if waiting and (overview.indexed != before.indexed or not self.indexing.busy):
            self.search()

    def _removed(self, files: int) -> None:
        self.say(trn("{n} file was forgotten.", "{n} files were forgotten.", files))
        self.refresh()
        self.search()

    def _show_skipped(self, files: list[KnownFile]) -> None:
        SkippedDialog(files, self.window).open()

    def _show_plan(self, survey: Survey, specs: Sequence[ModelSpec]) -> None:
        dialog = PlanDialog(survey, specs, self.window)
        dialog.planned.connect(self.indexing.answer_plan)
        dialog.open()

    def _index_began(self, headline: str) -> None:
        self.window.library.progress.begin(headline)
        self.window.library.set_busy(True)

    def _index_progressed(self, progress: Progress, specs: Sequence[ModelSpec]) -> None:
        self.window.library.progress.show_progress(progress, specs)

    def _index_ended(self, summary: str) -> None:
        self.window.library.progress.hide()
        self.window.library.set_busy(False)
        if not summary:
            return
        self.say(summary)
        if self.searching.result is not None and not self.indexing.busy:
            self.window.notice.show_notice(summary, tr("Search again"), self.search)

    def _index_failed(self, error: BaseException) -> None:
        message = worded(error)
        if message is None:
            self._bugs.report(error)
        else:
            self.window.notice.show_notice(
                f"{message.title} {message.hint}", tr("Try again"), self.indexing.retry
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

    def _show_error(self, error: BaseException) -> None:
        message = worded(error)
        if message is None:
            self._bugs.report(error)
            self.new_query()
            return
        self._show_message(
            message.title,
            message.hint,
            [(tr("Open picture…"), self.choose_query), (tr("New search"), self.new_query)],
        )

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
        chosen = tuple(spec.name for spec in bar.models.chosen())
        everything = len(chosen) == len(bar.models.rows)
        self.settings = replace(
            self.settings,
            models_shown=None if everything else chosen,
            top=bar.top.value(),
            metric=bar.metric_box.currentData(),
            thumb_size=bar.thumb_size.value(),
            geometry=self.window.kept_geometry(),
            splitter=self.window.kept_splitter(),
        )
        self.door.call(Lane.LOOK, partial(self.workspace.save, self.settings))

    def _close(self) -> None:
        self.remember()
        self.indexing.cancel()
        QTimer.singleShot(_CLOSE_LOOK_MS, self._close_when_idle)

    def _close_when_idle(self) -> None:
        self._close_waited += _CLOSE_LOOK_MS
        idle = not self.door.busy(Lane.LIBRARY) and not self.door.busy(Lane.LOOK)
        if idle or self._close_waited >= _CLOSE_LIMIT_MS:
            self.window.may_close = True
            self.window.close()
            QGuiApplication.quit()
        else:
            QTimer.singleShot(_CLOSE_LOOK_MS, self._close_when_idle)
