"""What can be done with the chosen picture, and its details."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QMenu, QWidget

from finder.core.text import tr
from finder.gui import desktop
from finder.gui.actions import PICTURE_ACTIONS
from finder.gui.details_panel import DetailsPanel
from finder.gui.thumbnails import ThumbnailFeed
from finder.gui.words import file_name
from finder.jobs.door import Door, Lane, Ticket
from finder.jobs.workspace import PictureDetails, Workspace

if TYPE_CHECKING:
    from finder.core.search.matches import Match
    from finder.gui.preview_dialog import PreviewDialog


class PictureController(QObject):
    """Signals: similar_asked(path); said(text) for the status line."""

    similar_asked = Signal(str)
    said = Signal(str)

    def __init__(
        self,
        door: Door,
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
        self._ticket: Ticket | None = None
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
            Lane.PREVIEW, partial(self._workspace.details, match.picture), self._show_details
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
        if match is self._match:
            self._open()
        else:
            self._open_path(match.picture.paths[0])

    def show_menu(self, match: Match, at: QPoint) -> None:
        menu = QMenu(self._window)
        for name in PICTURE_ACTIONS:
            menu.addAction(self._actions[name])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _path(self) -> str:
        """A place where the picture is; the first that is known until we have looked."""
        assert self._match is not None
        found = self._details.path if self._details is not None else None
        return found or self._match.picture.paths[0]

    def _find_similar(self) -> None:
        self.similar_asked.emit(self._path())

    def _open(self) -> None:
        self._open_path(self._path())

    def _open_path(self, path: str) -> None:
        if not desktop.open_file(path):
            self.said.emit(tr("This computer has no program that opens the picture."))

    def _show_in_folder(self) -> None:
        desktop.show_in_folder(self._path())

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
        from finder.gui.preview_dialog import PreviewDialog

        assert self._match is not None
        if self._preview is None:
            self._preview = PreviewDialog(self._window)
        self._preview.show_preview(file_name(self._match), self._image())

    def _show_details(self, details: PictureDetails) -> None:
        self._details = details
        self._panel.show_details(details)
        if self._preview is not None and self._preview.isVisible() and self._match is not None:
            self._preview.show_preview(file_name(self._match), self._image())
