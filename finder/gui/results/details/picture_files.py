"""What can be done with a picture's file: open it, show it in its folder, copy it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from finder.core.i18n import tr
from finder.core.printable import printable
from finder.gui.common import desktop
from finder.jobs.task_runner import Lane, TaskRunner

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.jobs.workspace import Workspace


class PictureFiles(QObject):
    """Signals: places_found(dict of pictures by their ids), when a file was looked for;
    picture_missing(path to show), when it is in none of its places; status_changed(text);
    failed(error)."""

    places_found = Signal(object)
    picture_missing = Signal(str)
    status_changed = Signal(str)
    failed = Signal(object)

    def __init__(self, task_runner: TaskRunner, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self._task_runner = task_runner
        self._workspace = workspace

    def open(self, picture: PictureRecord) -> None:
        self._with_path(picture, self._open_path)

    def show_in_folder(self, picture: PictureRecord) -> None:
        self._with_path(picture, lambda path: desktop.show_in_folder(path))

    def copy_path(self, picture: PictureRecord) -> None:
        """The first known path; it may be offline."""
        desktop.copy_text(picture.paths[0])
        self.status_changed.emit(tr("The path was copied."))

    def copy_picture(self, picture: PictureRecord, image: QImage) -> None:
        desktop.copy_picture(picture.paths[0], image)
        self.status_changed.emit(tr("The picture was copied."))

    def _open_path(self, path: str) -> None:
        if not desktop.open_file(path):
            self.status_changed.emit(tr("This computer has no program that opens the picture."))

    def _with_path(self, picture: PictureRecord, use: Callable[[str], object]) -> None:
        """Call `use` with a path where the picture's file is now."""
        self._task_runner.call(
            Lane.QUICK,
            partial(self._workspace.pictures.locate, [picture]),
            partial(self._use_path, picture.id, use),
            self.failed.emit,
        )

    def _use_path(
        self, picture: int, use: Callable[[str], object], found: Mapping[int, PictureRecord]
    ) -> None:
        self.places_found.emit(found)
        if found[picture].is_offline:
            self.picture_missing.emit(printable(found[picture].paths[0]))
        else:
            use(found[picture].paths[0])
