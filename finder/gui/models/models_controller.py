"""The model manager: what is asked of it, what is under way, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from finder.core.cancellation import CancelToken
from finder.core.i18n import tr, trn
from finder.core.web.remote_file import DownloadProgress, Stage
from finder.gui.common.messages import Message, worded
from finder.jobs.model_steps import (
    ModelEntry,
    ModelsOverview,
    drop_vectors,
    install_model,
    measure_model,
    models_overview,
    remove_installed,
)
from finder.jobs.task_runner import Lane, Run, Task, TaskRunner
from finder.jobs.workspace import Workspace

if TYPE_CHECKING:
    from finder.core.library.model_usage import ModelUsage
    from finder.core.models.downloads.offers import Offer
    from finder.core.models.spec import ModelSpec
    from finder.gui.library.library_controller import LibraryController
    from finder.gui.models.model_page import Activity, ModelView, Wish
    from finder.gui.models.models_dialog import ModelsDialog
    from finder.gui.shell.main_window import MainWindow
    from finder.use_cases.model_speed import Speed


class ModelsController(QObject):
    """One dialog. Downloads go on without it, and their end is told in the window; whatever else is
    under way is shown again when it is opened again.

    Signals: failed(error), for one that has no words; import_asked.
    """

    failed = Signal(object)
    import_asked = Signal()

    def __init__(
        self,
        window: MainWindow,
        door: TaskRunner,
        workspace: Workspace,
        library: LibraryController,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window = window
        self._door = door
        self._workspace = workspace
        self._library = library
        self._look = ModelsOverview()
        self._dialog: ModelsDialog | None = None
        self._downloads: dict[str, Run] = {}
        self._measuring: dict[str, Task] = {}
        self._activities: dict[str, Activity] = {}
        self._messages: dict[str, Message] = {}
        window.query_bar.models.manage_asked.connect(self.open)
        library.changed.connect(lambda _: self._look_again())
        library.switched.connect(self._show)
        library.indexing.began.connect(self._show)
        library.indexing.ended.connect(self._show)

    # The dialog

    def open(self) -> None:
        """Show the dialog, or bring it forward."""
        from finder.gui.models.models_dialog import ModelsDialog

        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()
            return
        self._dialog = dialog = ModelsDialog(self._window)
        dialog.asked.connect(self._do)
        dialog.switched.connect(self._switch)
        dialog.import_asked.connect(self.import_asked)
        dialog.finished.connect(self._closed)
        self._show()
        self._look_again()
        dialog.show()

    def _closed(self) -> None:
        self._dialog = None
        for name in list(self._measuring):
            self._stop_measuring(name)
        self._messages.clear()
        if self._downloads:
            self._window.notice.show_notice(
                trn("{n} model is being downloaded.", "{n} models are being downloaded.",
                    len(self._downloads)),
                tr("Show"),
                self.open,
            )  # fmt: skip

    def _look_again(self, then: Callable[[], None] = lambda: None) -> None:
        """Look at the models anew, where somebody sees them; `then` comes before they are shown."""
        if self._dialog is None:
            then()
            return
        look = partial(models_overview, self._workspace.home)
        self._door.call(Lane.LOOK, look, partial(self._looked, then), partial(self._blind, then))

    def _looked(self, then: Callable[[], None], look: ModelsOverview) -> None:
        self._look = look
        then()
        self._show()

    def _blind(self, then: Callable[[], None], error: BaseException) -> None:
        then()
        message = worded(error)
        if message is None:
            self.failed.emit(error)
        elif self._dialog is not None:
            self._dialog.show_models(self._views(), message)

    def _show(self) -> None:
        if self._dialog is not None:
            trouble = self._look.catalogue_error
            self._dialog.show_models(self._views(), worded(trouble) if trouble else None)

    def _views(self) -> list[ModelView]:
        from finder.gui.models.model_page import ModelView

        on = {spec.name for spec in self._library.models_on()}
        return [
            ModelView(
                entry,
                self._look.pictures,
                entry.name in on,
                self._hindrance(),
                self._activities.get(entry.name),
                self._messages.get(entry.name),
            )
            for entry in self._look.entries
        ]

    def _hindrance(self) -> str:
        """Why nothing can be written now."""
        if self._look.is_snapshot:
            return tr("The library's disk is full or read-only: nothing can be changed.")
        if self._library.indexing.shown:
            return tr(
                "Pictures are being indexed. You can remove and measure models, or index "
                "with another one, when that has finished."
            )
        return ""

    # What is asked

    def _do(self, wish: Wish, name: str) -> None:
        from finder.gui.models.model_page import Wish

        entry = next((entry for entry in self._look.entries if entry.name == name), None)
        if entry is None or self._dialog is None:
            return
        acts: dict[Wish, Callable[[ModelEntry], None]] = {
            Wish.INSTALL: self._ask_to_install,
            Wish.GIVE_FILE: self._choose_file,
            Wish.INDEX: self._index,
            Wish.INDEX_AGAIN: self._ask_to_index_again,
            Wish.REMOVE: self._ask_to_remove,
            Wish.MEASURE: self._measure,
            Wish.CANCEL: self._cancel,
        }
        acts[wish](entry)

    def _switch(self, name: str, on: bool) -> None:
        names = [spec.name for spec in self._library.models_on() if spec.name != name]
        names += [name] if on else []
        self._messages.pop(name, None)
        if names:
            self._library.switch_models(names)
        else:
            self._messages[name] = Message(
                tr("At least one model must index new pictures."),
                tr("Switch another one on first."),
            )
            self._show()

    def _index(self, entry: ModelEntry) -> None:
        self._messages.pop(entry.name, None)
        self._library.index_with(entry.name)

    # Installing

    def _ask_to_install(self, entry: ModelEntry) -> None:
        from finder.gui.models.model_questions import ask_to_install

        if self._dialog is not None and entry.offer is not None:
            agreed = partial(self._install, entry.offer)
            ask_to_install(self._dialog, entry, entry.offer, agreed)

    def _choose_file(self, entry: ModelEntry) -> None:
        from finder.gui.models.model_questions import choose_model_file

        offer = entry.offer
        if self._dialog is not None and offer is not None:
            choose_model_file(
                self._dialog, entry.title, lambda path: self._install(offer, Path(path))
            )

    def _install(self, offer: Offer, file: Path | None = None) -> None:
        name = offer.spec.name
        if name in self._downloads:
            return
        waits = tr("Waiting for another model …") if self._downloads else tr("Starting …")
        self._begin(name, waits, can_cancel=True)
        self._downloads[name] = self._door.run(
            Lane.DOWNLOAD,
            partial(install_model, self._workspace.home, offer, file),
            partial(self._loading, name),
            partial(self._install_ended, offer),
            partial(self._install_failed, offer),
        )

    def _loading(self, name: str, step: DownloadProgress) -> None:
        from finder.gui.models.model_facts import progress_of
        from finder.gui.models.model_page import Activity

        if not self._downloads[name].cancelled:
            is_loading = step.stage in (Stage.LOADING, Stage.CHECKING)
            total = (step.total or 0) if is_loading else 0
            can_cancel = step.stage is not Stage.PREPARING
            self._activities[name] = Activity(progress_of(step), step.done, total, can_cancel)
            self._show()

    def _install_ended(self, offer: Offer, step: DownloadProgress | None) -> None:
        name, title = offer.spec.name, offer.spec.title
        del self._downloads[name]
        if step is None or step.stage is not Stage.DONE:
            came = step is not None and bool(step.host and step.done)
            hint = (
                tr("What was downloaded is kept; the next download continues from there.")
                if came
                else ""
            )
            self._end(name, tr("The download was cancelled."), hint)
            return
        self._library.refresh()
        hint = tr("It is in the models menu, too.")
        self._end(name, tr("{title} is installed.").format(title=title), hint)
        if self._dialog is None:
            self._library.offer_to_index(name, tr("{title} is installed.").format(title=title))

    def _install_failed(self, offer: Offer, error: BaseException) -> None:
        name = offer.spec.name
        del self._downloads[name]
        self._fail(name, error)
        message = self._messages.get(name)
        if message is not None and self._dialog is None:
            text = tr("{title} is not installed. {why} {hint}").format(
                title=offer.spec.title, why=message.title, hint=message.hint
            )
            self._window.notice.show_notice(text, tr("Models…"), self.open)

    def _cancel(self, entry: ModelEntry) -> None:
        name = entry.name
        self._stop_measuring(name)
        run = self._downloads.get(name)
        if run is None:
            return
        run.cancel()
        if run.latest is None:  # it waits for another one, and would be heard after that only
            run.drop()
            del self._downloads[name]
            self._end(name)
        else:
            self._begin(name, tr("Stopping …"))

    # Removing, indexing again

    def _ask_to_remove(self, entry: ModelEntry) -> None:
        from finder.gui.models.model_questions import ask_to_remove

        if self._dialog is not None and entry.held is not None:
            agreed = partial(self._remove, entry.held)
            ask_to_remove(self._dialog, entry.title, entry.held, agreed)

    def _remove(self, held: ModelUsage) -> None:
        self._begin(held.name, self._waits_for() or tr("Removing …"))
        self._door.call(
            Lane.LIBRARY,
            partial(remove_installed, self._workspace, held),
            lambda _: self._removed(held),
            partial(self._fail, held.name),
        )

    def _removed(self, held: ModelUsage) -> None:
        self._library.model_removed(held.name)
        self._end(held.name)
        self._library.said.emit(tr("{title} was removed.").format(title=held.title))

    def _ask_to_index_again(self, entry: ModelEntry) -> None:
        from finder.gui.models.model_questions import ask_to_index_again

        if self._dialog is not None and entry.held is not None and entry.spec is not None:
            agreed = partial(self._index_again, entry.spec)
            ask_to_index_again(self._dialog, entry.title, entry.held, agreed)

    def _index_again(self, spec: ModelSpec) -> None:
        self._begin(spec.name, self._waits_for() or tr("Deleting its vectors …"))
        self._door.call(
            Lane.LIBRARY,
            partial(drop_vectors, self._workspace, spec),
            lambda _: self._dropped(spec),
            partial(self._fail, spec.name),
        )

    def _dropped(self, spec: ModelSpec) -> None:
        self._end(spec.name)
        self._library.index_with(spec.name)

    # Measuring

    def _measure(self, entry: ModelEntry) -> None:
        if entry.spec is None:
            return
        name, stop = entry.name, CancelToken()
        doing = tr("Measuring on the sample pictures, for about 5 seconds …")
        self._begin(name, self._waits_for() or doing, can_cancel=True)
        self._measuring[name] = self._door.call(
            Lane.LIBRARY,
            partial(measure_model, self._workspace, entry.spec, stop),
            partial(self._measured, name),
            partial(self._measuring_failed, name),
            stop,
        )

    def _measured(self, name: str, speed: Speed) -> None:
        del self._measuring[name]
        self._end(name)

    def _measuring_failed(self, name: str, error: BaseException) -> None:
        del self._measuring[name]
        self._fail(name, error)

    def _stop_measuring(self, name: str) -> None:
        ticket = self._measuring.pop(name, None)
        if ticket is not None:
            ticket.drop()
            self._end(name)

    # What is under way, and what it came to

    def _waits_for(self) -> str:
        busy = self._door.busy(Lane.LIBRARY)
        return tr("Waiting for indexing to finish …") if busy else ""

    def _begin(self, name: str, text: str, can_cancel: bool = False) -> None:
        from finder.gui.models.model_page import Activity

        self._messages.pop(name, None)
        self._activities[name] = Activity(text, can_cancel=can_cancel)
        self._show()

    def _end(self, name: str, title: str = "", hint: str = "") -> None:
        """What was done with the model is over; that and what came of it are shown together."""

        def end() -> None:
            self._activities.pop(name, None)
            if title:
                self._messages[name] = Message(title, hint)

        self._look_again(end)

    def _fail(self, name: str, error: BaseException) -> None:
        """Say what went wrong beside its model."""
        message = worded(error)
        if message is None:
            self._end(name)
            self.failed.emit(error)
        else:
            self._end(name, message.title, message.hint)
