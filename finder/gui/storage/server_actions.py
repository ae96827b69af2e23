"""What can be done with a library on a server: synchronising, bringing it back, its mirror, index,
machines and folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from finder.core.cancellation import Cancelled, CancelToken
from finder.core.i18n import tr, trn
from finder.gui.storage.questions import ask_to_bring_back, ask_to_forget, ask_to_rebuild
from finder.gui.storage.storage_words import pulled_words
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.server.mirror import Pulled
    from finder.core.library.server.sending import SendProgress
    from finder.gui.storage.storage_work import StorageWork
    from finder.jobs.library_storage import LibraryStorage
    from finder.use_cases.library.vector_store import StoreStatus

Value = TypeVar("Value")
Report = Callable[[], object]
_Noted = tuple[str, int, int]
"""What is being done, and how much of how much; 0 of 0: that is not known."""


class ServerActions:
    """Of one dialog. moved: called where the vectors are elsewhere now, or files can be reached
    otherwise; followed: where pictures of other machines may have come or gone; synchronised: where
    all changes were exchanged; read: to show what is so now."""

    def __init__(
        self,
        work: StorageWork,
        task_runner: TaskRunner,
        storage: LibraryStorage,
        moved: Report,
        followed: Report,
        synchronised: Report,
        read: Report,
    ) -> None:
        self._work = work
        self._dialog = work.dialog
        self._task_runner = task_runner
        self._storage = storage
        self._moved, self._followed, self._read = moved, followed, read
        self._synchronised = synchronised
        self._status: StoreStatus | None = None
        self._may_hang = False
        self._connect()

    def _connect(self) -> None:
        dialog = self._dialog
        dialog.place.sync_requested.connect(self.synchronise)
        dialog.place.bring_back_requested.connect(self._ask_to_bring_back)
        dialog.searching.mirror_requested.connect(self.set_mirror)
        dialog.searching.index_requested.connect(self._ask_to_rebuild)
        dialog.machines.forget_requested.connect(self._ask_to_forget)
        dialog.machines.add_requested.connect(self.add_mapping)
        dialog.machines.remove_requested.connect(self.remove_mapping)
        dialog.activity.cancel_requested.connect(self._cancel)

    def note_status(self, status: StoreStatus) -> None:
        """What is known now: who shares the library."""
        self._status = status

    # Asking first

    def _ask_to_bring_back(self) -> None:
        address = self._work.server
        if address is not None and self._work.can_begin:
            ask_to_bring_back(self._dialog, address.shown, self.bring_back)

    def _ask_to_rebuild(self, index: str, title: str) -> None:
        if self._work.can_begin:
            ask_to_rebuild(self._dialog, title, partial(self.rebuild, index))

    def _ask_to_forget(self, machine: str) -> None:
        known = self._status.machines.get(machine) if self._status is not None else None
        if self._work.can_begin and known is not None:
            ask_to_forget(self._dialog, machine, known.pictures, partial(self.forget, machine))

    # Doing it

    def synchronise(self) -> None:
        def words(pulled: Pulled) -> str:
            self._synchronised()
            return pulled_words(pulled)

        stop = CancelToken()
        self._call(
            Lane.LIBRARY,
            tr("Synchronising …"),
            partial(self._storage.synchronise, stop),
            words,
            self._followed,
            stop,
        )

    def bring_back(self) -> None:
        stop = CancelToken()
        self._call(
            Lane.LIBRARY,
            tr("Bringing the vectors back …"),
            lambda report: self._storage.bring_back(report, stop),
            lambda _: tr("The vectors are in the library’s folder again."),
            self._moved,
            stop,
        )

    def set_mirror(self, is_on: bool) -> None:
        stop = CancelToken()
        self._call(
            Lane.LIBRARY,
            tr("Fetching all vectors …") if is_on else tr("Removing the copy …"),
            lambda report: self._storage.set_mirror(is_on, report, stop),
            lambda _: (
                tr("All vectors are on this computer, too.")
                if is_on
                else tr("Searches run on the server now.")
            ),
            self._moved,
            stop,
        )

    def forget(self, machine: str) -> None:
        self._call(
            Lane.LIBRARY,
            tr("Forgetting {machine} …").format(machine=machine),
            lambda _: self._storage.forget_machine(machine),
            lambda files: trn(
                "{machine} is forgotten, with {n} file.",
                "{machine} is forgotten, with {n} files.",
                files,
                machine=machine,
            ),
            self._moved,
        )

    def add_mapping(self, folder: str, here: str) -> None:
        def words(_: None) -> str:
            self._dialog.machines.form.clear_folders()
            return tr("Pictures in {folder} can be opened here now.").format(folder=folder)

        self._map(folder, here, words)

    def remove_mapping(self, folder: str) -> None:
        gone = tr("{folder} has no place on this computer any more.").format(folder=folder)
        self._map(folder, None, lambda _: gone)

    def _map(self, folder: str, here: str | None, words: Callable[[None], str]) -> None:
        """A drive that does not respond is not waited for once that is cancelled."""
        if not self._work.can_begin:
            return
        stop = CancelToken()
        self._call(
            Lane.DRIVES,
            tr("Looking for the folder …"),
            lambda _: self._storage.map_folder(folder, here, stop),
            words,
            self._moved,
            stop,
        )
        self._may_hang = True

    def rebuild(self, index: str) -> None:
        """Each model in turn; cancelling it ends it before the next one."""
        if not self._work.can_begin:
            return
        self._begin(Lane.LIBRARY, tr("Building the index …"), can_cancel=True)
        self._work.begin(
            self._task_runner.run(
                Lane.LIBRARY,
                partial(self._storage.rebuild, index),
                self._show_rebuilt,
                self._rebuilt,
                partial(self._failed, self._moved),
                CancelToken(),
            )
        )

    def _show_rebuilt(self, done: Sequence[str]) -> None:
        if not self._work.is_closed and self._status is not None:
            total = max(len(done), len(self._status.indexes))
            text = tr("Building the index: {done} of {total} models").format(
                done=len(done), total=total
            )
            self._dialog.activity.show_progress(text, len(done), total)

    def _rebuilt(self, done: Sequence[str] | None) -> None:
        models = trn("{n} model", "{n} models", len(done or ()))
        activity = self._dialog.activity
        if self._work.was_cancelled:
            more = tr("Indexed anew: {models}. The others keep their index.")
            said = tr("Building the index was stopped."), more.format(models=models)
            if self._work.end(*said):
                activity.show_note(*said)
                self._read()
        else:
            built = tr("The index was built: {models}.").format(models=models)
            if self._work.end(built):
                activity.show_success(built)
                self._read()

    # All of them

    def _call(
        self,
        lane: Lane,
        text: str,
        function: Callable[[Callable[[SendProgress], None]], Value],
        words: Callable[[Value], str],
        report: Report,
        stop: CancelToken | None = None,
    ) -> None:
        """text: what is done, once nothing else is in the lane, until there are steps; words: that
        it is done, from what the function returns; stop: for what can be cancelled."""

        def begun(note: Callable[[_Noted], None]) -> Value:
            if stop is not None:
                stop.check()
            note((text, 0, 0))
            return function(lambda step: note((step.doing, step.done, step.total)))

        if not self._work.can_begin:
            return
        self._begin(lane, text, can_cancel=stop is not None)
        self._work.begin(
            self._task_runner.follow(
                lane,
                begun,
                self._show_step,
                partial(self._done, words, report),
                partial(self._failed, report),
                stop,
            )
        )

    def _begin(self, lane: Lane, text: str, can_cancel: bool) -> None:
        self._work.drop_reading()
        self._may_hang = False
        waiting = self._work.waiting_text(lane)
        self._dialog.activity.show_busy(waiting or text, can_cancel)

    def _show_step(self, noted: _Noted) -> None:
        if not self._work.is_closed:
            self._dialog.activity.show_progress(*noted)

    def _done(self, words: Callable[[Value], str], report: Report, value: Value) -> None:
        report()
        said = words(value)
        if self._work.end(said):
            self._dialog.activity.show_success(said)
            self._dialog.server.verdict.clear()
            self._read()

    def _failed(self, report: Report, error: BaseException) -> None:
        report()  # a part may have been done
        message = self._work.message(error)
        stopped = (
            (tr("It was stopped."), tr("What was done stays; the next time goes on there."))
            if isinstance(error, Cancelled)
            else ()
        )
        if not self._work.end(*stopped):
            return
        activity = self._dialog.activity
        activity.clear()
        if message is not None:
            activity.show_problem(message)
        elif stopped:
            activity.show_note(*stopped)
            self._read()

    def _cancel(self) -> None:
        if self._may_hang:
            self._work.drop()
            self._dialog.activity.show_note(tr("It was stopped."))
            self._read()
            return
        self._dialog.activity.show_stopping(tr("Stopping …"))
        self._work.cancel()
