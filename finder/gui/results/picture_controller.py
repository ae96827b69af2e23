"""What can be done with the chosen picture, and its details."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QMenu, QWidget

from finder.core.i18n import tr
from finder.gui.common.formatting import file_name
from finder.gui.results import desktop
from finder.gui.results.details_panel import DetailsPanel
from finder.gui.results.thumbnail_feed import ThumbnailFeed
from finder.gui.shell.actions import PICTURE_ACTIONS
from finder.jobs.library_pictures import PictureDetails
from finder.jobs.task_runner import Lane, Task, TaskRunner
from finder.jobs.workspace import Workspace

if TYPE_CHECKING:
    from finder.core.library.catalogue.records import PictureRecord
    from finder.core.search.matches import Match
    from finder.gui.results.preview_dialog import PreviewDialog


class PictureController(QObject):
    """Signals: similar_asked(path); said(text) for the status line; found(dict of pictures by their
    ids): one was looked for, and this is where it is; missing(PictureRecord): it is nowhere;
    failed(error)."""

    similar_asked = Signal(str)
    said = Signal(str)
    found = Signal(object)
    missing = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        door: TaskRunner,
        workspace: Workspace,
        feed: ThumbnailFeed,
        panel: DetailsPanel,
        actions: dict[str, QAction],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._door = door
        self._workspace = workspace
        self._feed = feed
        self._panel = panel
        self._actions = {name: actions[name] for name in PICTURE_ACTIONS}
        self._window = window
        self._match: Match | None = None
        self._details: PictureDetails | None = None
        self._ticket: Task | None = None
        self._preview: PreviewDialog | None = None
        panel.asked.connect(self.do)
        for name, action in self._actions.items():
            action.triggered.connect(partial(self.do, name))
        self.choose(None)

    def choose(self, match: Match | None) -> None:
        """Make this the picture that actions mean; its details are fetched."""
        self._match, self._details = match, None
        for action in self._actions.values():
            action.setEnabled(match is not None)
        if self._ticket is not None:
            self._ticket.drop()
        if match is None:
            self._panel.clear()
            return
        self._panel.show_picture(match.picture)
        thumb = self._feed.pixmap(match.picture.id)
        self._panel.image.show_image(thumb.toImage() if thumb is not None else QImage())
        self._ticket = self._door.call(
            Lane.PREVIEW,
            partial(self._workspace.pictures.details, match.picture),
            self._show_details,
        )

    def do(self, name: str, *_: object) -> None:
        """Carry out one of PICTURE_ACTIONS on the chosen picture."""
        if self._match is not None:
            {
                "find_similar": self._find_similar,
                "open_file": self._open,
                "preview": self._show_preview,
                "show_in_folder": self._show_in_folder,
                "copy_path": self._copy_path,
                "copy_picture": self._copy_picture,
            }[name]()

    def open_match(self, match: Match) -> None:
        self._look_for(match, self._open_path)

    def renew(self, pictures: Mapping[int, PictureRecord]) -> None:
        """The pictures were looked for again; perhaps the chosen one is at another place now."""
        if self._match is not None:
            picture = pictures.get(self._match.picture.id, self._match.picture)
            self._match = replace(self._match, picture=picture)
        self._panel.renew(pictures)

    def show_menu(self, match: Match, at: QPoint) -> None:
        menu = QMenu(self._window)
        for name in PICTURE_ACTIONS:
            menu.addAction(self._actions[name])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _look_for(self, match: Match | None, act: Callable[[str], object]) -> None:
        """Do something with the file of a match, at whatever place it is now."""
        if match is not None:
            self._door.call(
                Lane.LOOK,
                partial(self._workspace.pictures.locate, [match.picture]),
                partial(self._looked, match.picture.id, act),
                self.failed.emit,
            )

    def _looked(
        self, picture: int, act: Callable[[str], object], found: Mapping[int, PictureRecord]
    ) -> None:
        self.found.emit(found)
        if found[picture].is_offline:
            self.missing.emit(found[picture])
        else:
            act(found[picture].paths[0])

    def _path(self) -> str:
        """A place where the picture is, as far as was looked."""
        assert self._match is not None
        return self._match.picture.paths[0]

    def _find_similar(self) -> None:
        self._look_for(self._match, self.similar_asked.emit)

    def _open(self) -> None:
        self._look_for(self._match, self._open_path)

    def _open_path(self, path: str) -> None:
        if not desktop.open_file(path):
            self.said.emit(tr("This computer has no program that opens the picture."))

    def _show_in_folder(self) -> None:
        self._look_for(self._match, lambda path: desktop.show_in_folder(path))

    def _copy_path(self) -> None:
        desktop.copy_text(self._path())
        self.said.emit(tr("The path was copied."))

    def _copy_picture(self) -> None:
        desktop.copy_picture(self._path(), self._image())
        self.said.emit(tr("The picture was copied."))

    def _image(self) -> QImage:
        """The large preview, or the thumbnail until it is there."""
        if self._details is not None and not self._details.image.isNull():
            return self._details.image
        thumb = self._feed.pixmap(self._match.picture.id) if self._match else None
        return thumb.toImage() if thumb is not None else QImage()

    def _show_preview(self) -> None:
        from finder.gui.results.preview_dialog import PreviewDialog

        assert self._match is not None
        if self._preview is None:
            self._preview = PreviewDialog(self._window)
        self._preview.show_preview(file_name(self._match), self._image())

    def _show_details(self, details: PictureDetails) -> None:
        self._details = details
        self.renew({details.picture.id: details.picture})
        self._panel.show_details(details)
        if self._preview is not None and self._preview.isVisible() and self._match is not None:
            self._preview.show_preview(file_name(self._match), self._image())
