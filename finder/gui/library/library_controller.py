"""What happens to the library: folders added, scanned, removed; what is skipped; the plan."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox

from finder.core.i18n import tr, trn
from finder.core.library.catalogue.failure_table import FailedFile
from finder.core.library.catalogue.records import FileRecord
from finder.core.library.catalogue.settings import Settings, indexing_models, without_model
from finder.gui.common.messages import worded
from finder.gui.library.index_controller import IndexController, RunEnd
from finder.gui.shell.main_window import MainWindow
from finder.jobs.task_runner import Lane, TaskRunner
from finder.jobs.workspace import Overview, Survey, Workspace, samples_folder

if TYPE_CHECKING:
    from finder.core.library.indexing.progress import Progress
    from finder.core.models.spec import ModelSpec


class LibraryController(QObject):
    """Signals: changed(bool: something new is indexed), finished(summary of a run), removed
    (a folder), renewed (the catalogue is another one, or a model is gone), switched (other models
    index new pictures), said(text for the status line), failed(error that leaves nothing to
    show)."""

    changed = Signal(bool)
    finished = Signal(str)
    removed = Signal()
    renewed = Signal()
    switched = Signal()
    said = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        window: MainWindow,
        door: TaskRunner,
        workspace: Workspace,
        models_on: Sequence[str] | None,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.overview = Overview()
        self._looked = False
        self._asked_early: list[str] = []  # folders given before the first look at the library
        self.indexing = IndexController(door, workspace, self)
        self._window = window
        self._door = door
        self._workspace = workspace
        self._models_on = None if models_on is None else tuple(models_on)
        self._connect()

    def _connect(self) -> None:
        panel, zone, models = (
            self._window.library,
            self._window.drop_zone,
            self._window.query_bar.models,
        )
        panel.add_asked.connect(self.choose_folder)
        panel.rescan_asked.connect(self.rescan)
        panel.remove_asked.connect(self.ask_to_remove)
        panel.skipped_asked.connect(self.show_skipped)
        panel.progress.pause_asked.connect(self.indexing.pause)
        panel.progress.cancel_asked.connect(self.indexing.cancel)
        zone.folder_asked.connect(self.choose_folder)
        zone.samples_asked.connect(self.add_samples)
        models.index_asked.connect(self.index_with)
        models.switched.connect(self.switch_models)
        self.indexing.began.connect(self._index_began)
        self.indexing.progressed.connect(self._index_progressed)
        self.indexing.stored.connect(self.refresh)
        self.indexing.ended.connect(self._index_ended)
        self.indexing.failed.connect(self._index_failed)
        self.indexing.plan_wanted.connect(self._show_plan)
        self.indexing.over.connect(self._switch_off_failed)

    # Folders

    def refresh(self) -> None:
        """Look at the library again."""
        self._door.call(Lane.LOOK, self._workspace.overview, self._show_overview, self.failed.emit)

    def renew(self, settings: Settings | None = None) -> None:
        """The catalogue was repaired or restored, with these settings: look at it again, and take
        in without a word what is to be read anew."""
        if settings is not None:
            self._models_on = settings.models_on
        self._door.call(Lane.LOOK, self._workspace.overview, self._renewed, self.failed.emit)

    def choose_folder(self) -> None:
        dialog = QFileDialog(self._window, tr("Add a folder of pictures"))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda path: self.add_folders([path]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def add_folders(self, folders: Sequence[str]) -> None:
        """Index folders with the models that are switched on."""
        if not self._looked:
            self._asked_early.extend(folders)
        elif not self.overview.models:
            self._window.notice.show_notice(
                tr("No model is installed. Install Image Finder again.")
            )
        else:
            self.indexing.index(folders, self.models_on())

    def add_samples(self) -> None:
        self._door.call(Lane.LOOK, samples_folder, self._add_samples)

    def _add_samples(self, folder: str) -> None:
        if folder:
            self.add_folders([folder])
        else:
            self._window.notice.show_notice(tr("The sample pictures are not installed."))

    def rescan(self) -> None:
        folders = [folder.path for folder in self.overview.folders]
        if folders and not self.indexing.shown:
            self.add_folders(folders)

    def keep_up(self, folders: Sequence[str]) -> None:
        """Index folders of the library without a word, with the models that are switched on."""
        if folders and self.overview.models and not self.overview.is_snapshot:
            self.indexing.keep_up(folders, self.models_on())

    def index_with(self, *names: str) -> None:
        """Index all folders with the named models."""
        specs = [spec for spec in self.overview.models if spec.name in names]
        folders = [folder.path for folder in self.overview.folders]
        if folders:
            self.indexing.index(folders, specs)
        else:
            self.choose_folder()

    def ask_to_remove(self, folder: str) -> None:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(tr("Remove folder"))
        box.setText(tr("Remove this folder from the library?"))
        box.setInformativeText(
            tr("{folder}\nThe pictures themselves are not touched.").format(folder=folder)
        )
        remove = box.addButton(tr("Remove"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        remove.clicked.connect(lambda: self.remove(folder))
        box.finished.connect(box.deleteLater)
        box.open()

    def remove(self, folder: str) -> None:
        self._door.call(
            Lane.LIBRARY, partial(self._workspace.forget, folder), self._removed, self._tell
        )

    def show_skipped(self) -> None:
        self._door.call(Lane.LOOK, self._workspace.skipped, self._show_skipped)

    def _show_overview(self, overview: Overview) -> None:
        before, self.overview = self.overview, overview
        window = self._window
        window.library.show_overview(overview)
        window.library.set_busy(self.indexing.shown)
        window.query_bar.models.show_models(overview)
        window.query_bar.models.switch(self.models_on())
        window.drop_zone.show_library(overview.pictures, bool(overview.folders))
        told = {broken.folder for broken in before.broken}
        for broken in overview.broken:
            if broken.folder not in told:
                window.notice.show_notice(broken.sentence)
        if overview.is_snapshot and not before.is_snapshot:
            window.notice.keep_notice(
                tr(
                    "The library's disk is full or read-only: you can search, but nothing "
                    "can be saved."
                )
            )
        self.changed.emit(overview.indexed != before.indexed)
        self._looked = True
        if self._asked_early:
            folders, self._asked_early = self._asked_early, []
            self.add_folders(folders)

    def _renewed(self, overview: Overview) -> None:
        self._show_overview(overview)
        self.keep_up([folder.path for folder in overview.folders])
        self.renewed.emit()

    def _removed(self, files: int) -> None:
        self.said.emit(
            trn(
                "{n} file was removed from the library.",
                "{n} files were removed from the library.",
                files,
            )
        )
        self.refresh()
        self.removed.emit()

    def _show_skipped(self, found: tuple[list[FileRecord], list[FailedFile]]) -> None:
        from finder.gui.library.skipped_dialog import SkippedDialog

        titles = {spec.name: spec.title for spec in self.overview.models}
        SkippedDialog(*found, titles, self._window).open()

    # Models

    def models_on(self) -> list[ModelSpec]:
        """The models that index what is added."""
        return indexing_models(self._models_on, self.overview.models)

    def take_in_model(self, spec: ModelSpec) -> None:
        """Show a model that was just added, and offer to index with it."""
        self._door.call(
            Lane.LOOK,
            self._workspace.overview,
            partial(self._show_new_model, spec),
            self.failed.emit,
        )

    def _show_new_model(self, spec: ModelSpec, overview: Overview) -> None:
        self._show_overview(overview)
        self.offer_to_index(spec.name, tr("The model {title} was added.").format(title=spec.title))

    def offer_to_index(self, model: str, said: str) -> None:
        """Say this of a new model; it finds only what it has indexed."""
        missing = self.overview.pictures
        button = trn("Index {n} picture with it now", "Index {n} pictures with it now", missing)
        self._window.notice.show_notice(
            said,
            button if missing else "",
            partial(self.index_with, model) if missing else None,
        )

    def switch_models(self, names: Sequence[str]) -> None:
        """These models index what is added from now on."""
        usual = [spec.name for spec in indexing_models(None, self.overview.models)]
        self._models_on = None if sorted(names) == sorted(usual) else tuple(names)
        self._door.call(Lane.LOOK, partial(self._workspace.save, {"models_on": self._models_on}))
        self._window.query_bar.models.switch(self.models_on())
        self.switched.emit()

    def model_removed(self, name: str) -> None:
        """A model is gone with its vectors, and from the kept settings."""
        self._models_on = tuple(on for on in self._models_on or () if on != name) or None
        self._door.call(Lane.SEARCH, self._workspace.close)
        self._door.call(Lane.LOOK, self._workspace.overview, self._without_model, self.failed.emit)

    def _without_model(self, overview: Overview) -> None:
        self._show_overview(overview)
        self.renewed.emit()

    # Indexing

    def _show_plan(self, survey: Survey, specs: Sequence[ModelSpec]) -> None:
        from finder.gui.library.plan_dialog import PlanDialog

        dialog = PlanDialog(survey, specs, self._window)
        dialog.planned.connect(self.indexing.answer_plan)
        dialog.open()

    def _index_began(self, headline: str) -> None:
        self._window.library.progress.begin(headline)
        self._window.library.set_busy(True)

    def _index_progressed(self, progress: Progress, specs: Sequence[ModelSpec]) -> None:
        self._window.library.progress.show_progress(progress, specs)

    def _index_ended(self, summary: str) -> None:
        self._window.library.progress.hide()
        self._window.library.set_busy(False)
        if summary:
            self.said.emit(summary)
            if not self.indexing.busy:
                self.finished.emit(summary)

    def _switch_off_failed(self, end: RunEnd) -> None:
        """The run has switched off the models that failed on most pictures; its notes tell so."""
        off = end.progress.switched_off if end.progress is not None else ()
        for name in off:
            self._models_on = without_model(self._models_on, name, self.overview.models)
        if off:
            self._window.query_bar.models.switch(self.models_on())
            self.switched.emit()

    def _index_failed(self, error: BaseException) -> None:
        self._tell(error, tr("Try again"))

    def _tell(self, error: BaseException, retry: str = "") -> None:
        """A notice, with a way to do it again; what is no fault of the world's goes on up."""
        message = worded(error)
        if message is None:
            self.failed.emit(error)
            return
        self._window.notice.show_notice(
            f"{message.title} {message.hint}", retry, self.indexing.retry if retry else None
        )
