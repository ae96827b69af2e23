"""The models dialog: opens it, and keeps what it shows up to date."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr, trn
from finder.gui.common.notices.messages import Message, message_for
from finder.gui.models.model_activities import ModelActivities
from finder.gui.models.model_commands import ModelCommands
from finder.gui.models.model_downloads import ModelDownloads
from finder.gui.models.model_operations import ModelOperations
from finder.gui.models.model_view import ModelCommand, ModelView
from finder.gui.models.model_words import ModelWords
from finder.jobs.task_runner import Lane, TaskRunner
from finder.use_cases.models.models_overview import ModelsOverview, models_overview

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.models.downloads.offers import Offer
    from finder.gui.common.notices.notice_bar import NoticeBar
    from finder.gui.models.models_dialog import ModelsDialog
    from finder.jobs.workspace import Workspace


class ModelsController(QObject):
    """At most one dialog is open. Downloads continue when it is closed, and a notice shows their
    result; other activities are shown again when it is opened again.

    Signals: model_installed; model_removed(name); indexing_choice_edited(names of the models that
    index new pictures); index_requested(name); index_offered(name, a sentence about a new model);
    import_requested; status_changed(text); failed(error without a message).
    """

    model_installed = Signal()
    model_removed = Signal(str)
    indexing_choice_edited = Signal(object)
    index_requested = Signal(str)
    index_offered = Signal(str, str)
    import_requested = Signal()
    status_changed = Signal(str)
    failed = Signal(object)

    def __init__(
        self, notice: NoticeBar, task_runner: TaskRunner, workspace: Workspace, window: QWidget
    ) -> None:
        super().__init__(window)
        self._notice = notice
        self._task_runner = task_runner
        self._home = workspace.home
        self._window = window
        self._overview = ModelsOverview()
        self._models_on: Collection[str] = ()
        self._is_indexing = False
        self._wanted = ""
        self._dialog: ModelsDialog | None = None
        self._activities = ModelActivities(self._reload, self)
        self._downloads = ModelDownloads(self._home, task_runner, self._activities, self)
        self._operations = ModelOperations(task_runner, workspace, self._activities, self)
        self._words = ModelWords(self._home, task_runner, self._activities, self)
        self._commands = ModelCommands(
            self._activities, self._downloads, self._operations, self._words, self
        )
        self._connect()

    def _connect(self) -> None:
        self._activities.changed.connect(self._show_models)
        self._activities.failed.connect(self.failed)
        self._downloads.model_installed.connect(lambda _: self.model_installed.emit())
        self._downloads.ended.connect(self._offer_to_index)
        self._downloads.failed.connect(self._show_download_failure)
        self._words.words_added.connect(self.model_installed)
        self._operations.model_removed.connect(self._removed)
        self._operations.index_requested.connect(self.index_requested)
        self._commands.index_requested.connect(self.index_requested)

    # The dialog

    def open_at(self, name: str) -> None:
        """`open`, and show this model as soon as it is in the list."""
        self._wanted = name
        self.open()
        self._show_wanted()

    def _show_wanted(self) -> None:
        """Once: then the user chooses."""
        if self._dialog is not None and any(e.name == self._wanted for e in self._overview.entries):
            self._dialog.choose(self._wanted)
            self._wanted = ""

    def open(self) -> None:
        """Show the dialog, or bring it to the front."""
        from finder.gui.models.models_dialog import ModelsDialog

        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        self._dialog = dialog = ModelsDialog(self._window)
        dialog.command_requested.connect(self._run_command)
        dialog.indexing_toggled.connect(self._toggle_indexing)
        dialog.import_requested.connect(self.import_requested)
        dialog.finished.connect(self._dialog_closed)
        self._show_models()
        self.refresh()
        dialog.show()

    def set_library_state(self, models_on: Collection[str], is_indexing: bool) -> None:
        """models_on: the names of the models that index new pictures; is_indexing: the user sees
        an index run."""
        self._models_on, self._is_indexing = models_on, is_indexing
        self._show_models()

    def refresh(self) -> None:
        """Read the models again, if the dialog is open."""
        self._reload(lambda: None)

    def _reload(self, before_shown: Callable[[], None]) -> None:
        if self._dialog is None:
            before_shown()
            return
        self._task_runner.call(
            Lane.QUICK,
            partial(models_overview, self._home),
            partial(self._set_overview, before_shown),
            partial(self._reload_failed, before_shown),
        )

    def _set_overview(self, before_shown: Callable[[], None], overview: ModelsOverview) -> None:
        self._overview = overview
        before_shown()
        self._show_models()
        self._show_wanted()

    def _reload_failed(self, before_shown: Callable[[], None], error: BaseException) -> None:
        before_shown()
        message = message_for(error)
        if message is None:
            self.failed.emit(error)
        elif self._dialog is not None:
            self._dialog.show_models(self._views(), message)

    def _show_models(self) -> None:
        if self._dialog is not None:
            error = self._overview.catalogue_error
            self._dialog.show_models(self._views(), message_for(error) if error else None)

    def _views(self) -> list[ModelView]:
        return [
            ModelView(
                entry,
                self._overview.pictures,
                entry.name in self._models_on,
                self._obstacle(),
                self._activities.activity(entry.name),
                self._activities.message(entry.name),
            )
            for entry in self._overview.entries
        ]

    def _obstacle(self) -> str:
        """Why nothing can be written now; empty if it can."""
        if self._overview.is_snapshot:
            return tr("The library's disk is full or read-only: nothing can be changed.")
        if self._is_indexing:
            return tr(
                "Pictures are being indexed. You can remove and measure models, or index "
                "with another one, when that has finished."
            )
        return ""

    def _dialog_closed(self) -> None:
        self._dialog = None
        self._operations.stop_all_measuring()
        self._words.cancel_all()
        self._activities.clear_messages()
        count = self._downloads.count()
        if count:
            text = trn("{n} model is being downloaded.", "{n} models are being downloaded.", count)
            self._notice.show_notice(text, tr("Show"), self.open)

    # What the user does

    def _run_command(self, command: ModelCommand, name: str) -> None:
        entry = next((entry for entry in self._overview.entries if entry.name == name), None)
        if entry is not None and self._dialog is not None:
            self._commands.run(command, entry, self._dialog)

    def _toggle_indexing(self, name: str, on: bool) -> None:
        names = [other for other in self._models_on if other != name]
        names += [name] if on else []
        self._activities.clear_message(name)
        if names:
            self.indexing_choice_edited.emit(names)
        else:
            self._activities.set_message(
                name,
                Message(
                    tr("At least one model must index new pictures."),
                    tr("Switch another one on first."),
                ),
            )

    # How it ends

    def _removed(self, usage: ModelUsage) -> None:
        self.model_removed.emit(usage.name)
        self.status_changed.emit(tr("{title} was removed.").format(title=usage.title))

    def _offer_to_index(self, offer: Offer) -> None:
        if self._dialog is None:
            sentence = tr("{title} is installed.").format(title=offer.spec.title)
            self.index_offered.emit(offer.spec.name, sentence)

    def _show_download_failure(self, offer: Offer, message: Message) -> None:
        if self._dialog is None:
            text = tr("{title} is not installed. {why} {hint}").format(
                title=offer.spec.title, why=message.title, hint=message.hint
            )
            self._notice.show_notice(text, tr("Models…"), self.open)
