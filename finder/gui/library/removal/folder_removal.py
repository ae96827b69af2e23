"""Removes folders from the library with a toast that undoes it: until the toast has gone the folder
is only hidden, so that undoing loses nothing and extracts nothing again."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from finder.core.i18n import tr
from finder.core.pictures.scan import is_within
from finder.gui.common.formatting import folder_name
from finder.gui.library.folder_dialogs import confirm_removal

if TYPE_CHECKING:
    from finder.gui.common.notices.toast import Toasts
    from finder.gui.library.library_controller import LibraryController
    from finder.use_cases.library.library_overview import Overview


class FolderRemoval(QObject):
    """Signal: hidden_changed(tuple of the folders to hide)."""

    hidden_changed = Signal(object)

    def __init__(self, library: LibraryController, toasts: Toasts, window: QWidget) -> None:
        super().__init__(window)
        self._library = library
        self._toasts = toasts
        self._window = window
        self._waiting: list[str] = []
        self._removing: list[str] = []
        library.overview_loaded.connect(self._forget_removed)
        library.adding.connect(self._keep)
        library.removal_failed.connect(self._show_again)

    def remove(self, folder: str) -> None:
        """One that has another folder of the library in it, whose pictures stay, is removed after a
        question instead."""
        others = [other.path for other in self._library.overview.folders if other.path != folder]
        if any(is_within(other, folder) for other in others):
            confirm_removal(self._window, folder, partial(self._library.remove, folder))
            return
        if folder in (*self._waiting, *self._removing):
            return
        self._waiting.append(folder)
        self._emit()
        text = tr("“{folder}” was removed from the library. Its pictures are not touched.")
        toast = self._toasts.show_toast(
            text.format(folder=folder_name(folder)), tr("Undo"), partial(self._undo, folder)
        )
        # The toast ends before its action is done.
        toast.ended.connect(lambda: QTimer.singleShot(0, self, partial(self._finish, folder)))

    def finish(self) -> None:
        """Remove now what is hidden: the window closes."""
        for folder in tuple(self._waiting):
            self._finish(folder)

    def _keep(self, added: Sequence[str]) -> None:
        """The user adds a folder that he has just removed."""
        for folder in [folder for folder in self._waiting if folder in added]:
            self._undo(folder)

    def _undo(self, folder: str) -> None:
        self._waiting.remove(folder)
        self._emit()

    def _finish(self, folder: str) -> None:
        if folder in self._waiting:
            self._waiting.remove(folder)
            self._removing.append(folder)
            self._library.remove(folder)

    def _forget_removed(self, overview: Overview) -> None:
        paths = {folder.path for folder in overview.folders}
        if not paths.issuperset(self._removing):
            self._removing = [folder for folder in self._removing if folder in paths]
            self._emit()

    def _show_again(self, folder: str) -> None:
        if folder in self._removing:
            self._removing.remove(folder)
            self._emit()

    def _emit(self) -> None:
        self.hidden_changed.emit((*self._waiting, *self._removing))
